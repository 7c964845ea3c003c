// The stand-ins on the embedded broker, when it fails them.
#include "ordersctl/simulate_engine.h"

#include <gtest/gtest.h>

#include "support/refusing_broker.h"
#include "support/wait_until.h"

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;

class Engine : public testing::Test {
 protected:
  Engine() {
    options_.connection = broker_.connection();
    options_.group = "orders-simulate";
    options_.instance = "one";
  }

  void announce_an_order() const {
    auto producer = kafka::TransactionalProducer::create(broker_.connection(), {"announcing"});
    ASSERT_TRUE(producer.has_value() && producer->init(30s).has_value());
    auto transaction = producer->begin();
    ASSERT_TRUE(transaction.has_value());
    const kafka::OutputRecord order{"orders", 0, std::string("\0\0\0\0\0\0\0\1", 8),
                                    R"({"orderId":1,"customerId":7,"status":"NEW","source":null,"items":[]})",
                                    {}, std::nullopt};
    ASSERT_TRUE(transaction->produce(order).has_value());
    ASSERT_TRUE(transaction->commit(30s).has_value());
  }

  test::RefusingBroker broker_{{"orders", "payment-orders", "stock-orders"}};
  EngineOptions options_;
};

TEST_F(Engine, StopsRightAfterItsProducerWasLost) {
  announce_an_order();
  SimulateEngine engine(options_);
  ASSERT_TRUE(engine.start().has_value());
  broker_.lose_producer();
  // The step that takes the order tries to answer it, too.
  ASSERT_TRUE(test::wait_until(30s, [&] { return engine.step(10ms).has_value() && engine.pending() == 1; }));
  engine.stop();
  EXPECT_EQ(engine.answered(), 0U);
}

}  // namespace
}  // namespace orders::ctl

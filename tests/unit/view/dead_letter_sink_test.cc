// What a view's dead-letter topic refuses, with librdkafka's embedded broker.
#include "view/dead_letter_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/refusing_broker.h"
#include "failure/dead_letter.h"

namespace orders::view {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class RefusedLetters : public testing::Test {
 protected:
  static DeadLetterSink::Letter letter(std::int64_t offset) {
    const auto value = "value " + std::to_string(offset);
    return {failure::dead_letter("dead",
                                 {.topic = "orders",
                                  .partition = 2,
                                  .offset = offset,
                                  .timestamp = from_millis(1'000),
                                  .key = "key",
                                  .value = value,
                                  .headers = {}},
                                 failure::Reason::invalid_value, "no JSON", {"app", "one", "database"},
                                 from_millis(2'000)),
            2, offset};
  }
  std::vector<std::string> values() const {
    std::vector<std::string> values;
    for (const auto& record : broker.read_all("dead")) values.push_back(record.value.value_or("(null)"));
    return values;
  }

  test::RefusingBroker broker{{"dead"}};
  DeadLetterSink sink{broker.connection(), "app-database-one"};
};

TEST_F(RefusedLetters, TheOneToBlameGoesWithoutItsValueAndTheOthersAsTheyAre) {
  broker.refuse(2);  // all three together, and then the first by itself
  const auto sent = sink.send({letter(1), letter(2), letter(3)});
  ASSERT_TRUE(sent) << sent.error().text();
  EXPECT_THAT(values(), ElementsAre("(null)", "value 2", "value 3"));
  EXPECT_EQ(broker.read_all("dead")[0].headers.at("orders-value-left-out"), "7 bytes, refused by the broker");
  EXPECT_EQ(sink.settled(), 0u);
}

TEST_F(RefusedLetters, OneThatIsRefusedEvenSoIsDroppedAndCountedOnce) {
  broker.refuse(3);
  ASSERT_TRUE(sink.send({letter(1)}));
  ASSERT_TRUE(sink.send({letter(1)})) << "the position could not be moved, and it comes again";
  EXPECT_THAT(values(), IsEmpty());
  EXPECT_EQ(sink.settled(), 1u);
  EXPECT_EQ(sink.settled(), 0u);
  ASSERT_TRUE(sink.send({letter(2)}));
  EXPECT_THAT(values(), SizeIs(1));
}

}  // namespace
}  // namespace orders::view

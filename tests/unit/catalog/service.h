// A catalog over HTTP and the service that it asks.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "support/catalog_server.h"
#include "support/process.h"
#include "support/temp_folder.h"
#include "support/wait_until.h"

namespace orders::catalog {

using namespace std::chrono_literals;
using orders::test::CatalogServer;
using orders::test::wait_until;
using Mood = CatalogServer::Mood;
using Answer = Result<Standing>;

constexpr auto patience = 20s;

inline auto is(Standing standing) {
  return testing::Truly([standing](const Answer& answer) { return answer.has_value() && *answer == standing; });
}

class Service : public testing::Test {
 protected:
  /// One try for each code, and a breaker that stays closed, so that a test sees what it asks for.
  Service() {
    config_.backend = config::CatalogBackend::http;
    config_.location = server_.location();
    config_.timeout = 10s;
    config_.retry_attempts = 1;
    config_.breaker_failures = 1'000;
    config_.breaker_pause = 1h;
  }

  void open() {
    auto opened = catalog::open(config_);
    ASSERT_TRUE(opened) << opened.error().text();
    catalog_ = *std::move(opened);
  }
  std::vector<Answer> ask_all(const std::vector<std::string>& codes, Milliseconds within = patience) {
    return catalog_->look_up(codes, Catalog::Clock::now() + within);
  }
  Answer ask(const std::string& code) { return ask_all({code}).at(0); }
  std::future<std::vector<Answer>> ask_meanwhile(std::vector<std::string> codes) {
    return std::async(std::launch::async, [this, codes = std::move(codes)] { return ask_all(codes); });
  }
  void expect(const std::string& code, Standing standing) {
    const auto answer = ask(code);
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(*answer, standing) << code;
  }
  Error expect_failure(const std::string& code) {
    const auto answer = ask(code);
    EXPECT_FALSE(answer) << code;
    return answer ? Error{} : answer.error();
  }
  [[nodiscard]] Status status() const { return catalog_->status().value(); }
  [[nodiscard]] bool wait_for(Breaker::State state) const {
    return wait_until(patience, [&] { return status().breaker == state; });
  }

  CatalogServer server_{{"mug", "plate", "bowl"}};
  config::Catalog config_;
  std::unique_ptr<Catalog> catalog_;
};

}  // namespace orders::catalog

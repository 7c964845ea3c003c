// The check that stands at the end of every system test can fail.
#include "support/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orders::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

json status() {
  return json::parse(R"({
    "join": {
      "fates": {"read": 100, "joined": 60, "unmatched": 5, "late": 4, "duplicate": 3, "invalid": 2, "skipped": 1,
                "results": 30, "carried": -10},
      "waiting": 15, "identity": {"holds": true, "off_by": 0},
      "workers": [
        {"tasks": [{"state": "running", "payment": {"waiting": 7}, "stock": {"waiting": 3}},
                   {"state": "rebuilding", "payment": {"waiting": 1000}, "stock": {"waiting": 0}}]},
        {"tasks": [{"state": "running", "payment": {"waiting": 0}, "stock": {"waiting": 5}}]}]},
    "views": {
      "table": null,
      "database": {"read": 21, "applied": 6, "superseded": 5, "tombstone": 4, "missing": 3, "invalid": 2, "failed": 1,
                   "identity": {"holds": true, "off_by": 0}}}})");
}

TEST(Identity, HoldsWhereEveryRecordHasOneFate) {
  EXPECT_THAT(identity_violations(status()), IsEmpty());
  EXPECT_THAT(identity_violations(json::parse(R"({"join":null,"views":{"table":null,"database":null}})")), IsEmpty());
}

TEST(Identity, ARecordWithoutAFateIsFoundWhateverTheDaemonSays) {
  for (const auto* counter : {"joined", "unmatched", "late", "duplicate", "invalid", "skipped"}) {
    auto broken = status();
    auto& figure = broken["join"]["fates"][counter];
    figure = figure.get<int>() - 1;
    EXPECT_THAT(identity_violations(broken), ElementsAre(HasSubstr("differ by 1"), HasSubstr("the daemon says")))
        << counter;
    broken["join"]["identity"] = {{"holds", false}, {"off_by", 1}};
    EXPECT_THAT(identity_violations(broken), ElementsAre(HasSubstr("differ by 1"))) << counter;
  }
  for (const auto* counter : {"applied", "superseded", "tombstone", "missing", "invalid", "failed"}) {
    auto broken = status();
    auto& figure = broken["views"]["database"][counter];
    figure = figure.get<int>() + 1;
    EXPECT_THAT(identity_violations(broken), ElementsAre(HasSubstr("differ by -1"), HasSubstr("the daemon says")))
        << counter;
  }
}

TEST(Identity, WhatWaitsAndWhatWasCarriedCount) {
  auto broken = status();
  broken["join"]["workers"][1]["tasks"][0]["stock"]["waiting"] = 4;
  EXPECT_THAT(identity_violations(broken), ElementsAre(HasSubstr("differ by 1"), HasSubstr("the daemon says")));
  broken = status();
  broken["join"]["fates"]["carried"] = -9;
  EXPECT_THAT(identity_violations(broken), ElementsAre(HasSubstr("differ by 1"), HasSubstr("the daemon says")));
}

TEST(Identity, ADaemonThatFindsAFaultWhereThereIsNoneIsFound) {
  auto broken = status();
  broken["join"]["identity"] = {{"holds", false}, {"off_by", 0}};
  EXPECT_THAT(identity_violations(broken), ElementsAre(HasSubstr("the daemon says")));
}

}  // namespace
}  // namespace orders::test

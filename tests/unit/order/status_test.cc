#include "order/status.h"

#include <gtest/gtest.h>

#include <set>

namespace orders::order {
namespace {

using enum Status;

constexpr Status all[] = {new_, accept, reject, confirmed, rejected, rollback, unknown};

TEST(Status, NamesAreThoseOfTheWireContract) {
  EXPECT_EQ(to_string(new_), "NEW");
  EXPECT_EQ(to_string(accept), "ACCEPT");
  EXPECT_EQ(to_string(reject), "REJECT");
  EXPECT_EQ(to_string(confirmed), "CONFIRMED");
  EXPECT_EQ(to_string(rejected), "REJECTED");
  EXPECT_EQ(to_string(rollback), "ROLLBACK");
  EXPECT_EQ(to_string(unknown), "unknown");
}

TEST(Status, NamesRoundTrip) {
  for (const Status status : all) EXPECT_EQ(parse_status(to_string(status)), status);
}

TEST(Status, AnythingElseIsUnknown) {
  for (const char* text : {"", "accept", "Accept", "ACCEPT ", " ACCEPT", "ACCEPTED", "REJECTE", "PENDING", "null"}) {
    EXPECT_EQ(parse_status(text), unknown) << text;
  }
}

TEST(StatusId, TellsEveryStatusFromEveryOther) {
  std::set<StatusId> ids;
  for (const Status status : all) ids.insert(status_id(status));
  for (const char* text : {"", "HOLD", "SHIPPED", "hold", "HOLD ", "\x01", "\xC3\xA9"}) ids.insert(status_id(text));
  EXPECT_EQ(ids.size(), std::size(all) + 7);
}

TEST(StatusId, IsStoredAndStaysAsItIs) {
  EXPECT_EQ(status_id(accept), StatusId{1});
  EXPECT_EQ(status_id("HOLD"), StatusId{0xFDC737D91B0ED538});
}

// The table of all 49 pairs, written out by hand from the wire contract. Rows: the payment's status, columns: the
// stock record's, both in the order of `all`.
//   C: CONFIRMED, source null       R: REJECTED, source as it came
//   P: ROLLBACK, source PAYMENT     I: ROLLBACK, source INVENTORY     .: the stock record as it came
constexpr std::string_view contract[] = {
    // NEW ACCEPT REJECT CONFIRMED REJECTED ROLLBACK unknown
    "..I....",  // NEW
    ".CI....",  // ACCEPT
    "PPRPPPP",  // REJECT
    "..I....",  // CONFIRMED
    "..I....",  // REJECTED
    "..I....",  // ROLLBACK
    "..I....",  // unknown
};

Resolution expected(char letter) {
  switch (letter) {
    case 'C':
      return {false, confirmed, SourceChange::null};
    case 'R':
      return {false, rejected, SourceChange::keep};
    case 'P':
      return {false, rollback, SourceChange::payment};
    case 'I':
      return {false, rollback, SourceChange::inventory};
    default:
      return {true, unknown, SourceChange::keep};
  }
}

TEST(Resolve, FollowsTheContractForEveryPair) {
  ASSERT_EQ(std::size(contract), std::size(all));
  for (std::size_t payment = 0; payment < std::size(all); ++payment) {
    ASSERT_EQ(contract[payment].size(), std::size(all));
    for (std::size_t stock = 0; stock < std::size(all); ++stock) {
      EXPECT_EQ(resolve(all[payment], all[stock]), expected(contract[payment][stock]))
          << "payment " << to_string(all[payment]) << ", stock " << to_string(all[stock]);
    }
  }
}

}  // namespace
}  // namespace orders::order

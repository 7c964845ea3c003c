// What a damaged buffer holds never becomes a result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "join/disk_buffer.h"
#include "order/key.h"
#include "support/temp_folder.h"
#include "topology/task.h"

namespace orders::topology {
namespace {

using testing::ElementsAre;

const std::string stock = R"({"orderId":7,"status":"ACCEPT","items":[]})";

/// The buffer's folder after a stock record was read, committed and written.
void buffer_a_stock_record(const TaskOptions& options, std::array<Committed, 2>& committed) {
  Task task(0, options);
  ASSERT_TRUE(task.restore({}));
  Outputs outputs;
  task.process(Side::stock,
               {.offset = 0,
                .timestamp = from_millis(1'000),
                .timestamp_type = "CreateTime",
                .key = order::encode_key(7, config::KeyFormat::int64),
                .value = stock,
                .headers = {}},
               outputs);
  const auto positions = task.positions();
  for (std::size_t i = 0; i < 2; ++i) {
    committed[i] = {.offset = positions[i].offset, .metadata = decode(positions[i].metadata).value(), .cold_from = {}};
  }
  task.committed();
}

/// Exchanges `from` for `to`, of the same length, in every row: RocksDB's checksums are right again.
int exchange(const std::filesystem::path& path, std::string_view from, std::string_view to) {
  auto store = rocks::Store::open({.path = path, .apart = join::row_prefix});
  EXPECT_TRUE(store);
  rocks::Batch batch(join::row_prefix);
  int changed = 0;
  for (auto cursor = store->scan({&join::row_prefix, 1}); cursor.valid(); cursor.next()) {
    std::string row(cursor.value());
    const auto at = row.find(from);
    if (at == std::string::npos) continue;
    batch.put(cursor.key(), row.replace(at, from.size(), to));
    ++changed;
  }
  EXPECT_TRUE(store->write(batch, true));
  return changed;
}

class BufferedStock : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(BufferedStock, ThatIsNotWhatWasReadIsADeadLetterInsteadOfAResult) {
  test::TempFolder folder("invalid-result");
  TaskOptions options;
  options.dead_letter_time = [](Timestamp t) { return t; };
  options.buffer.store = config::BufferStore::disk;
  options.buffer.folder = folder / "buffer";
  std::array<Committed, 2> committed;
  buffer_a_stock_record(options, committed);
  const auto [from, to] = GetParam();
  ASSERT_EQ(exchange(options.buffer.folder / "0", from, to), 1);

  Task task(0, options);
  ASSERT_TRUE(task.resumes(committed).value()) << "it is the buffer that must be read, not the log";
  ASSERT_TRUE(task.restore(committed));
  Outputs none;
  while (task.rebuilding()) ASSERT_TRUE(task.finish_phase());
  Outputs outputs;
  const auto key = order::encode_key(7, config::KeyFormat::int64);
  const std::string payment = R"({"orderId":7,"status":"ACCEPT"})";
  task.process(Side::payment,
               {.offset = 0,
                .timestamp = from_millis(1'001),
                .timestamp_type = "CreateTime",
                .key = key,
                .value = payment,
                .headers = {}},
               outputs);
  ASSERT_EQ(outputs.records.size(), 1U);
  const auto& letter = outputs.records[0];
  EXPECT_EQ(letter.topic, options.topics.dead_letter);
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : letter.headers) headers[name] = value.value_or("");
  EXPECT_EQ(headers["orders-reason"], "invalid_result");
  EXPECT_EQ(headers["kafka_dlt-original-topic"], options.topics.stock);
  EXPECT_EQ(letter.key, key);
  EXPECT_EQ(task.fates().refused, 1U);
  EXPECT_EQ(task.fates().joined, 2U) << "both have met their partner, whatever became of the result";
}

INSTANTIATE_TEST_SUITE_P(Damage, BufferedStock,
                         testing::Values(std::pair{R"("ACCEPT")", R"("REJECT")"},
                                         std::pair{R"("ACCEPT")", R"(.ACCEPT")"}, std::pair{"[]}", "[]]"}));

}  // namespace
}  // namespace orders::topology

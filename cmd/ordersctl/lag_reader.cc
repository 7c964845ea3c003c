#include "ordersctl/lag_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "ordersctl/raw_json.h"
#include "table/table.h"

namespace orders::ctl {
namespace {

void set_position(ReaderLag& reader, std::int64_t partition, std::int64_t position) {
  for (auto& found : reader.partitions) {
    if (found.at.partition == partition) found.position = position;
  }
}

}  // namespace

Result<LagReader> LagReader::open(Context& context, Milliseconds timeout) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  auto committed = kafka::Consumer::create(*connection, {});
  if (!committed) return fail(std::move(committed.error()));
  kafka::ConsumerOptions all;
  all.read_committed = false;
  auto uncommitted = kafka::Consumer::create(*connection, all);
  if (!uncommitted) return fail(std::move(uncommitted.error()));
  LagReader reader(context, **config, *std::move(committed), *std::move(uncommitted), timeout);
  if (auto found = reader.find_partitions(*connection); !found) return fail(std::move(found.error()));
  return reader;
}

Result<> LagReader::find_partitions(const kafka::Connection& connection) {
  const auto& topics = config_->topics;
  auto admin = kafka::Admin::create(connection);
  if (!admin) return fail(std::move(admin.error()));
  const std::vector<std::string> names = {topics.payments, topics.stock, topics.orders};
  auto found = admin->topics(names, timeout_);
  if (!found) return fail(std::move(found.error()));
  for (const auto& topic : *found) {
    if (topic.partitions == 0) {
      return fail(ErrorClass::not_found, fmt::format("topic {} is not there", topic.name), "ordersctl topics create");
    }
    auto& list = topic.name == topics.orders ? orders_ : inputs_;
    for (std::int32_t partition = 0; partition < topic.partitions; ++partition) list.push_back({topic.name, partition});
  }
  return {};
}

Result<std::vector<PartitionLag>> LagReader::with_ends(const std::vector<kafka::TopicPartition>& partitions) {
  auto ends = committed_.offsets_for_time(partitions, from_millis(kafka::offset_end), timeout_);
  if (!ends) return fail(std::move(ends.error()));
  auto written = uncommitted_.offsets_for_time(partitions, from_millis(kafka::offset_end), timeout_);
  if (!written) return fail(std::move(written.error()));
  std::vector<PartitionLag> found;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    found.push_back({partitions[i], std::nullopt, (*ends)[i], (*written)[i]});
  }
  return found;
}

/// Positions before ends: what is written between the two is lag, and never a negative one.
Result<ReaderLag> LagReader::of_group(const std::string& reader, const std::string& group,
                                      std::optional<kafka::Consumer>& consumer,
                                      const std::vector<kafka::TopicPartition>& partitions) {
  if (!consumer) {
    auto connection = context_->connection();
    if (!connection) return fail(std::move(connection.error()));
    // Uncommitted, else it would wait for a transaction that is under way, and it may be that which hangs.
    kafka::ConsumerOptions options;
    options.group_id = group;
    options.read_committed = false;
    auto created = kafka::Consumer::create(*connection, options);
    if (!created) return fail(std::move(created.error()));
    consumer.emplace(*std::move(created));
  }
  auto committed = consumer->committed(partitions, timeout_);
  if (!committed) return fail(std::move(committed.error()));
  auto found = with_ends(partitions);
  if (!found) return fail(std::move(found.error()));
  ReaderLag lag{reader, "group " + group, {}, *std::move(found)};
  for (const auto& position : *committed) {
    const auto same = std::ranges::find(lag.partitions, position.at, &PartitionLag::at);
    if (position.offset >= 0 && same != lag.partitions.end()) same->position = position.offset;
  }
  if (std::ranges::none_of(lag.partitions, [](const PartitionLag& p) { return p.position.has_value(); })) {
    lag.reason = fmt::format("group {} has committed nothing", group);
  }
  return lag;
}

void LagReader::ask_daemon_for_table(ReaderLag& table) {
  auto daemon = context_->daemon();
  if (!daemon) {
    table.reason = daemon.error().message;
    return;
  }
  auto status = (*daemon)->get("/api/status", {}, {}, timeout_);
  if (!status) {
    table.reason = status.error().message;
    return;
  }
  table.source = "daemon";
  const auto view = raw_json::member(raw_json::member(*status, "views").value_or("{}"), "table").value_or("{}");
  for (const auto partition : raw_json::elements(raw_json::member(view, "partitions").value_or("[]"))) {
    const auto number = raw_json::integer(partition, "partition"), next = raw_json::integer(partition, "next_offset");
    if (number && next) set_position(table, *number, *next);
  }
}

/// Of this machine, and as it was flushed last.
void LagReader::ask_folder_for_table(ReaderLag& table) {
  const auto folder = std::filesystem::path(config_->state.directory) / config_->application_id / "table";
  std::error_code ignored;
  if (!std::filesystem::exists(folder, ignored)) {
    table.reason += fmt::format("; and {} is not there", folder.string());
    return;
  }
  auto opened = table::Table::open({.path = folder, .read_only = true});
  auto positions = opened ? opened->positions() : tl::unexpected(opened.error());
  if (!positions) {
    table.reason += "; and " + positions.error().message;
    return;
  }
  table.source = "state folder";
  table.reason.clear();
  for (const auto& position : *positions) set_position(table, position.partition, position.next_offset);
}

Result<ReaderLag> LagReader::of_table() {
  ReaderLag table{"table", {}, {}, {}};
  for (const auto& at : orders_) table.partitions.push_back({at, std::nullopt, 0});
  ask_daemon_for_table(table);
  if (table.source.empty()) ask_folder_for_table(table);
  auto ends = with_ends(orders_);
  if (!ends) return fail(std::move(ends.error()));
  for (std::size_t i = 0; i < ends->size(); ++i) {
    table.partitions[i].end = (*ends)[i].end;
    table.partitions[i].written = (*ends)[i].written;
  }
  return table;
}

Result<std::vector<ReaderLag>> LagReader::look() {
  const auto& id = config_->application_id;
  auto join = of_group("join", id, join_group_, inputs_);
  if (!join) return fail(std::move(join.error()));
  std::vector<ReaderLag> readers = {*std::move(join)};
  if (config_->database.backend != config::DatabaseBackend::none) {
    auto database = of_group("database", id + "-database", database_group_, orders_);
    if (!database) return fail(std::move(database.error()));
    readers.push_back(*std::move(database));
  }
  auto table = of_table();
  if (!table) return fail(std::move(table.error()));
  readers.push_back(*std::move(table));
  return readers;
}

}  // namespace orders::ctl

#include "api/order_routes.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "api/json_text.h"
#include "base/bytes.h"
#include "order/document.h"

namespace orders::api {
namespace {

constexpr std::size_t batch_lines = 1'000;
constexpr std::size_t key_length = 200;

/// The header's key, empty where there is none; nothing when it can't be one.
std::optional<std::string> idempotency_key(const Request& request) {
  auto key = request.header("idempotency-key");
  if (!key) return std::string();
  if (key->empty() || key->size() > key_length) return std::nullopt;
  for (const char c : *key) {
    if (c <= ' ' || c > '~') return std::nullopt;
  }
  return key;
}

Reply bad_key() {
  const std::string message = "must be 1 to " + std::to_string(key_length) + " visible ASCII characters";
  return bad_request("Idempotency-Key " + message, {{"Idempotency-Key", message}});
}

/// By value: 12.5 is 12.50.
bool same_price(const order::Price& a, const order::Price& b) {
  const auto shortest = [](std::string text) {
    if (text.find('.') == std::string::npos) return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
  };
  return shortest(a.text()) == shortest(b.text());
}

bool is_for(const order::Order& order, const intake::Request& asked) {
  return order.customer_id == asked.customer_id &&
         std::ranges::equal(order.items, asked.items, [](const order::Item& a, const order::Item& b) {
           return a.product_id == b.product_id && a.quantity == b.quantity && same_price(a.price, b.price);
         });
}

Reply accepted_reply(const intake::Accepted& accepted, bool unchecked) {
  Reply reply;
  std::string more = std::string("\"published\":") + (accepted.published ? "true" : "false");
  if (accepted.existed) more += ",\"existed\":true";
  if (unchecked && !accepted.existed) more += ",\"unchecked\":true";
  if (accepted.partition >= 0) {
    more += ",\"topic\":" + json_string(accepted.topic) + ",\"partition\":" + std::to_string(accepted.partition) +
            ",\"offset\":" + std::to_string(accepted.offset);
  }
  reply.body = with_members(order::to_json(accepted.order), more);
  reply.status = !accepted.published ? 202 : accepted.existed ? 200 : 201;
  if (!accepted.existed) reply.headers.emplace_back("Location", "/api/orders/" + std::to_string(accepted.order.id));
  return reply;
}

using Deadline = std::chrono::steady_clock::time_point;

/// What was submitted, and what becomes of it.
struct Submitted {
  intake::Request asked;
  std::future<Result<intake::Accepted>> accepted;
};

std::vector<Submitted> submit(intake::Intake& intake, std::vector<intake::Request> requests) {
  auto futures = intake.submit(requests);
  std::vector<Submitted> submitted;
  for (std::size_t i = 0; i < requests.size(); ++i) submitted.push_back({std::move(requests[i]), std::move(futures[i])});
  return submitted;
}

/// The thread must not wait longer than the client does: a database that hangs would hold all of them.
Reply reply_of(Submitted& submitted, Deadline deadline) {
  auto& future = submitted.accepted;
  if (future.wait_until(deadline) != std::future_status::ready) {
    return problem(504, "Gateway Timeout",
                   "it is not known in time whether the order was saved; send it again with the same idempotency key");
  }
  auto accepted = future.get();
  if (accepted && accepted->existed && !is_for(accepted->order, submitted.asked)) {
    return problem(422, "Unprocessable Content",
                   "the idempotency key was used for another order: " + std::to_string(accepted->order.id));
  }
  if (accepted) return accepted_reply(*accepted, submitted.asked.unchecked);
  const auto& error = accepted.error();
  return error.error_class == ErrorClass::recreate ? problem(504, "Gateway Timeout", error.text()) : failed(error);
}

/// Of the time that a client has, the last two fifths are for saving and publishing.
void ask_catalog(catalog::Catalog* catalog, std::span<Result<intake::Checked>> orders, Milliseconds within) {
  if (catalog != nullptr) intake::check_products(orders, *catalog, std::chrono::steady_clock::now() + within * 3 / 5);
}

/// The checked request, or the answer that refuses it.
std::variant<intake::Request, Reply> judged(Result<intake::Checked> checked) {
  if (!checked) return bad_request(checked.error().message, {{"", checked.error().message}});
  if (!checked->problems.empty()) {
    const auto& first = checked->problems.front();
    return bad_request((first.member + " " + first.message) + (checked->problems.size() > 1 ? ", and more" : ""),
                       checked->problems);
  }
  if (auto& unanswered = checked->unanswered) {
    unanswered->message.insert(0, "the products can't be checked: ");
    return failed(*unanswered);
  }
  return std::move(checked->request);
}

/// Nothing when there are too many.
std::optional<std::vector<std::string_view>> lines_of(std::string_view body) {
  std::vector<std::string_view> lines;
  while (!body.empty()) {
    if (lines.size() == batch_lines) return std::nullopt;
    const auto end = body.find('\n');
    lines.push_back(body.substr(0, end));
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
  }
  return lines;
}

}  // namespace

Reply create_order(intake::Intake& intake, catalog::Catalog* catalog, Milliseconds within, const Request& request) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  auto key = idempotency_key(request);
  if (!key) return bad_key();
  std::array checked{intake::check(request.body)};
  ask_catalog(catalog, checked, within);
  auto order = judged(std::move(checked.front()));
  if (auto* refused = std::get_if<Reply>(&order)) return std::move(*refused);
  std::vector<intake::Request> requests;
  requests.push_back(std::move(std::get<intake::Request>(order)));
  requests.front().idempotency_key = std::move(*key);
  return reply_of(submit(intake, std::move(requests)).at(0), deadline);
}

Reply create_orders(intake::Intake& intake, catalog::Catalog* catalog, Milliseconds within, const Request& request) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  const auto key = idempotency_key(request);
  if (!key) return bad_key();
  const auto first = parse_int64(request.header("batch-first-line").value_or("1"));
  if (!first || *first < 1 || *first > (std::int64_t{1} << 53)) {
    return bad_request("Batch-First-Line must be a whole number, at least 1",
                       {{"Batch-First-Line", "must be a whole number, at least 1"}});
  }
  const auto lines = lines_of(request.body);
  if (!lines) {
    return problem(413, "Content Too Large", "at most " + std::to_string(batch_lines) + " lines are taken at once");
  }
  std::vector<Result<intake::Checked>> checked;
  for (const auto line : *lines) checked.push_back(intake::check(line));
  ask_catalog(catalog, checked, within);
  std::vector<std::optional<Reply>> refused(lines->size());
  std::vector<intake::Request> requests;
  for (std::size_t i = 0; i < lines->size(); ++i) {
    auto order = judged(std::move(checked[i]));
    if (auto* reply = std::get_if<Reply>(&order)) {
      refused[i] = std::move(*reply);
      continue;
    }
    requests.push_back(std::move(std::get<intake::Request>(order)));
    if (!key->empty()) {
      requests.back().idempotency_key = *key + "/" + std::to_string(*first + static_cast<std::int64_t>(i));
    }
  }
  auto submitted = submit(intake, std::move(requests));
  Reply reply;
  reply.content_type = "application/x-ndjson";
  auto next = submitted.begin();
  for (std::size_t i = 0; i < lines->size(); ++i) {
    const Reply line = refused[i] ? std::move(*refused[i]) : reply_of(*next++, deadline);
    reply.body += "{\"line\":" + std::to_string(*first + static_cast<std::int64_t>(i)) +
                  ",\"status\":" + std::to_string(line.status) + ",\"body\":" + line.body + "}\n";
  }
  return reply;
}

}  // namespace orders::api

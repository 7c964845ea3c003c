#include "join/verify.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "join/disk_state.h"

namespace orders::join {
namespace {

constexpr std::size_t shown = 40;                    ///< bytes of a key
constexpr std::size_t row_key_size = 1 + 8;          // see disk_buffer.cc
constexpr std::size_t waiting_key_size = 2 + 8 + 8;  // see disk_waiting.cc
constexpr std::size_t waiting_size = 8;

void wrong(DiskContents& contents, std::string_view key, std::string_view what) {
  contents.damages.add(fmt::format("key {}", printable(key, shown)), std::string(what));
}

void see_rows(const rocks::Store& store, DiskContents& contents) {
  auto cursor = store.scan({&row_prefix, 1});
  for (; cursor.valid(); cursor.next()) {
    ++contents.rows;
    if (cursor.key().size() != row_key_size || !is_row(cursor.value())) {
      wrong(contents, cursor.key(), "is no row of an order");
    }
  }
  if (auto read = cursor.status(); !read) {
    contents.damages.add("rows", fmt::format("{} could be read: {}", contents.rows, read.error().message));
  }
}

void see_state(std::string_view value, DiskContents& contents) {
  auto state = decode_state(value);
  if (!state) return contents.damages.add("state", "is not of this version's format");
  contents.waiting = state->waiting[0] + state->waiting[1];
  contents.position = std::move(state->position);
}

/// What is not kept apart: the index of those that wait, and the state.
void see_rest(const rocks::Store& store, DiskContents& contents) {
  auto cursor = store.scan({});
  for (; cursor.valid(); cursor.next()) {
    const auto key = cursor.key();
    if (key == state_key) {
      see_state(cursor.value(), contents);
    } else if (!key.starts_with('w') || key.size() != waiting_key_size || cursor.value().size() != waiting_size) {
      wrong(contents, key, "does not belong into the buffer");
    }
  }
  if (auto read = cursor.status(); !read) contents.damages.add("index", read.error().message);
}

}  // namespace

DiskContents check(const rocks::Store& store) {
  DiskContents contents;
  see_rows(store, contents);
  see_rest(store, contents);
  return contents;
}

}  // namespace orders::join

// Keys: what is taken for one is the one way to write it, in both formats and in our stores'.
#include "check.h"
#include "order/key.h"

namespace orders::order {
namespace {

void check_id(OrderId id) {
  for (const auto format : {config::KeyFormat::int64, config::KeyFormat::string}) {
    FUZZ_CHECK(decode_key(encode_key(id, format), format) == id);
  }
  FUZZ_CHECK(from_sortable_key(sortable_key(id)) == id);
}

}  // namespace
}  // namespace orders::order

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orders::order;
  const auto bytes = orders::fuzz::text_of(data, size);
  for (const auto format : {orders::config::KeyFormat::int64, orders::config::KeyFormat::string}) {
    const auto id = decode_key(bytes, format);
    if (id) FUZZ_CHECK(encode_key(*id, format) == bytes);
    if (id) check_id(*id);
  }
  const auto first = from_sortable_key(bytes.substr(0, 8));
  if (!first) return 0;
  FUZZ_CHECK(sortable_key(*first) == bytes.substr(0, 8));
  check_id(*first);
  const auto second = from_sortable_key(bytes.substr(8));
  if (second) FUZZ_CHECK((*first < *second) == (sortable_key(*first) < sortable_key(*second)));
  return 0;
}

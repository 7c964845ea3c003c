// What RocksDB gives back to the embedded database.
#include "check.h"
#include "database/embedded_codec.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orders::database;
  const auto bytes = orders::fuzz::text_of(data, size);
  if (const auto row = decode_order(7, bytes)) {
    const auto again = decode_order(7, encode(*row));
    FUZZ_CHECK(again && again->order == row->order && again->created == row->created && again->updated == row->updated);
    FUZZ_CHECK(again->result_partition == row->result_partition && again->result_offset == row->result_offset);
  }
  if (const auto row = decode_outbox(7, bytes)) FUZZ_CHECK(encode(*row) == bytes);
  if (const auto number = decode_number(bytes)) FUZZ_CHECK(encode_number(*number) == bytes);
  return 0;
}

#include "data.h"

#include <charconv>
#include <cstring>

namespace orders::bench {
namespace {

constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;

// The finalizer of splitmix64: a bijection of the 64-bit numbers.
constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

constexpr std::uint64_t unshift(std::uint64_t z, int bits) {
  std::uint64_t out = z;
  for (int done = bits; done < 64; done += bits) out = z ^ (out >> bits);
  return out;
}

constexpr std::uint64_t unmix(std::uint64_t z) {
  z = unshift(z, 31) * 0x319642b2d24d8ec3;
  z = unshift(z, 27) * 0x96de1b173f119089;
  return unshift(z, 30);
}
static_assert(unmix(mix(1)) == 1 && unmix(mix(0xfedcba9876543210)) == 0xfedcba9876543210);

struct Random {
  std::uint64_t state;
  std::uint64_t next() { return mix(state += golden); }
  bool below(double share) { return static_cast<double>(next() >> 11) * 0x1p-53 < share; }
};

struct Answers {
  bool payment_rejects, stock_rejects;
};

Answers draw(Random& random, double rejects) {
  const bool payment = random.below(rejects);
  return {payment, random.below(rejects)};
}

Random random_of(const Recipe& recipe, std::uint64_t number) { return {mix(recipe.seed * golden ^ number)}; }

template <class Int>
void append_number(std::string& out, Int number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_uuid(std::string& out, std::uint64_t high, std::uint64_t low) {
  static constexpr char hex[] = "0123456789abcdef";
  std::array<char, 36> text;
  std::size_t at = 0;
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) text[at++] = '-';
    text[at++] = hex[((i < 16 ? high : low) >> (60 - i % 16 * 4)) & 15];
  }
  out.append(text.data(), text.size());
}

void append_item(std::string& out, Random& random) {
  out += R"({"itemId":)";
  append_number(out, 1'000'000'000 + random.next() % 9'000'000'000);
  out += R"(,"productId":"item-)";
  const auto high = random.next();
  append_uuid(out, high, random.next());
  out += R"(","quantity":)";
  append_number(out, 1 + random.next() % 9);
  out += R"(,"productPrice":)";
  const auto cents = 100 + random.next() % 100'000;
  append_number(out, cents / 100);
  out += '.';
  out += static_cast<char>('0' + cents / 10 % 10);
  out += static_cast<char>('0' + cents % 10);
  out += '}';
}

void assemble(std::string& out, std::int64_t id, std::uint64_t customer, bool rejects, std::string_view source,
              std::string_view items) {
  out = R"({"orderId":)";
  append_number(out, id);
  out += R"(,"customerId":)";
  append_number(out, customer);
  out += R"(,"status":")";
  out += rejects ? "REJECT" : "ACCEPT";
  out += R"(","source":")";
  out += source;
  out += R"(","items":[)";
  out += items;
  out += "]}";
}

}  // namespace

std::int64_t Recipe::id_of(std::uint64_t number) const {
  return static_cast<std::int64_t>(keys == Keys::sequential ? number : mix(number + seed * golden));
}

std::uint64_t Recipe::index_of(std::int64_t id) const {
  const auto bits = static_cast<std::uint64_t>(id);
  const auto index = (keys == Keys::sequential ? bits : unmix(bits) - seed * golden) - first;
  return index < orders ? index : orders;
}

Outcome Recipe::expected(std::uint64_t number) const {
  auto random = random_of(*this, number);
  const auto [payment_rejects, stock_rejects] = draw(random, rejects);
  if (payment_rejects) return stock_rejects ? Outcome::rejected : Outcome::rollback_payment;
  return stock_rejects ? Outcome::rollback_inventory : Outcome::confirmed;
}

void Recipe::write(std::uint64_t number, AnswerTexts& texts) const {
  auto random = random_of(*this, number);
  const auto [payment_rejects, stock_rejects] = draw(random, rejects);
  const auto customer = 1'000'000'000 + random.next() % 1'000'000'000;
  texts.items.clear();
  append_item(texts.items, random);
  texts.items += ',';
  append_item(texts.items, random);
  assemble(texts.payment, id_of(number), customer, payment_rejects, "PAYMENT", texts.items);
  assemble(texts.stock, id_of(number), customer, stock_rejects, "INVENTORY", texts.items);
}

std::array<char, 8> key_of(std::int64_t id) {
  const std::uint64_t swapped = __builtin_bswap64(static_cast<std::uint64_t>(id));
  std::array<char, 8> key;
  std::memcpy(key.data(), &swapped, key.size());
  return key;
}

std::int64_t id_from(const void* key) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, key, sizeof bits);
  return static_cast<std::int64_t>(__builtin_bswap64(bits));
}

}  // namespace orders::bench

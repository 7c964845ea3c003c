// Prints the results that a capture's answers give.
#include <config/config.h>
#include <replay/local.h>

#include <iostream>

int main() {
  orders::replay::CaptureReader capture(std::cin, "stdin", orders::config::KeyFormat::int64);
  const auto print = [](const orders::replay::Record& record) {
    std::cout << record.value.value_or("") << '\n';
    return orders::Result<>();
  };
  const auto report = orders::replay::replay_local(capture, orders::config::Config(), print, [] { return true; });
  if (!report) std::cerr << report.error().text() << '\n';
  return report ? 0 : 1;
}

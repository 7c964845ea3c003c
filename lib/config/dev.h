// Where `ordersd --dev` leaves its effective configuration, so that ordersctl finds it without being told.
#pragma once

#include <filesystem>
#include <optional>

namespace orders::config {

/// `$XDG_RUNTIME_DIR/ordersd-dev.yaml`, else `/tmp/ordersd-dev-<uid>.yaml`. The daemon writes it with mode 0600 and
/// removes it when it stops.
[[nodiscard]] std::filesystem::path dev_config_path();

/// That path, if a regular file (no link) of this user that nobody else can write is there: anybody can put a file
/// into /tmp.
[[nodiscard]] std::optional<std::filesystem::path> find_dev_config();

}  // namespace orders::config

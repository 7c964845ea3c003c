// The embedded database's store, shared by its sessions. Private to the module.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "database/database.h"
#include "rocks/store.h"

namespace orders::database {

/// Opened when it is needed first, so that open() does not fail for a folder that is busy or a disk that is full.
/// One call at a time, readers too: each sees what a transaction would.
class EmbeddedStore {
 public:
  explicit EmbeddedStore(const Options& options) : options_(options) {}

  /// The store for the lifetime of this.
  class Locked {
   public:
    Locked(std::unique_lock<std::mutex> lock, rocks::Store& store) : lock_(std::move(lock)), store_(&store) {}
    rocks::Store* operator->() const { return store_; }
    rocks::Store& operator*() const { return *store_; }

   private:
    std::unique_lock<std::mutex> lock_;
    rocks::Store* store_;
  };
  /// `invalid` for a store of a newer layout, else Store's own errors.
  [[nodiscard]] Result<Locked> lock();
  [[nodiscard]] const Options& options() const { return options_; }

 private:
  Result<> open();
  Options options_;
  std::mutex mutex_;
  std::optional<rocks::Store> store_;
};

[[nodiscard]] Error corrupt(const Options& options, std::string_view what);

}  // namespace orders::database

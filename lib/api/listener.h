// The daemon's own listening Unix socket.
#pragma once

#include <string>

#include "base/result.h"

namespace orders::api {

/// A bound and listening socket of mode 0660, and its file; both go with the object.
class Listener {
 public:
  /// Makes the parent folder if it is missing and replaces an abandoned socket file. `refused`: another daemon listens
  /// there, or the file is no socket; `invalid`: the path is too long or the folder can't be written.
  [[nodiscard]] static Result<Listener> open(const std::string& path);
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) = delete;
  ~Listener();

  [[nodiscard]] int fd() const { return fd_; }
  /// Removes the file if it is still ours, so that no new client finds it.
  void remove_file();

 private:
  Listener(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  int fd_;
  std::string path_;  ///< empty: removed
  unsigned long inode_ = 0;
};

}  // namespace orders::api

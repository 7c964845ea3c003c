// The daemon's own listening Unix socket.
#pragma once

#include <string>

#include "api/fd.h"
#include "base/result.h"

namespace orders::api {

/// A bound and listening socket of mode 0660, and its file; both go with the object. Who may connect: the owner, and
/// the group that the process has.
class Listener {
 public:
  /// Makes the parent folder if it is missing (not writable for group and others) and replaces an abandoned socket
  /// file. `refused`: another daemon listens there, or the file is no socket; `invalid`: the path is too long, the
  /// folder can't be written, or everybody may put files of their own in the place of ours there.
  [[nodiscard]] static Result<Listener> open(const std::string& path);
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) = delete;
  ~Listener();

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// Removes the file if it is still ours, so that no new client finds it.
  void remove_file();

 private:
  Listener(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Fd fd_;
  std::string path_;  ///< empty: removed
  unsigned long inode_ = 0;
};

}  // namespace orders::api

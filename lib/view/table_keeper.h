// The table's store over its life: opened, opened anew after a disk error, set aside when it is proven wrong.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "table/table.h"
#include "view/status_board.h"

namespace orders::view {

/// get() from any thread; the rest belongs to the view's thread.
class TableKeeper {
 public:
  TableKeeper(TableOptions options, StatusBoard& board) : options_(std::move(options)), board_(board) {}

  /// For queries; null while there is none.
  [[nodiscard]] std::shared_ptr<const Table> get() const;
  /// The table, after whatever it needs has been done; valid until the next call. `wait`: not now; `refused` and
  /// `invalid` don't mend themselves. Before rows can go by that, the board forgets the positions.
  [[nodiscard]] Result<Table*> ready();
  /// An error that the table itself gave: decides what the next ready() does. Returns it.
  [[nodiscard]] tl::unexpected<Error> failed(Error error);
  /// The next ready() sets the table aside and begins an empty one (I2).
  void prove_wrong(std::string why) { wrong_ = std::move(why); }
  /// The same, because somebody wants it so: nothing is wrong with the old one, and it is deleted.
  void replace() { replace_ = true; }

 private:
  [[nodiscard]] Result<> open();
  [[nodiscard]] Result<> set_aside();
  void tell_and_clean_up(const Result<std::filesystem::path>& aside);

  const TableOptions options_;
  StatusBoard& board_;
  mutable std::mutex mutex_;
  std::shared_ptr<Table> table_;     ///< under the mutex where it changes
  std::shared_ptr<Table> retiring_;  ///< proven wrong, and still in use by queries
  bool reopen_ = false;
  std::optional<std::string> wrong_;
  bool replace_ = false;
};

}  // namespace orders::view

#include <utility>

#include "api/routes.h"

namespace orders::api {
namespace {

class CurrentTable : public TableQueries {
 public:
  explicit CurrentTable(std::function<std::shared_ptr<const table::Table>()> current) : current_(std::move(current)) {}

  Result<std::optional<table::TableRow>> get(order::OrderId id) const override {
    const auto table = current_();
    return table ? told(table->get(id)) : away();
  }
  std::optional<std::optional<table::TableRow>> peek(order::OrderId id) const override {
    const auto table = current_();
    return table ? table->peek(id) : std::nullopt;
  }
  Result<table::Table::Page> list(std::optional<order::OrderId> after, std::size_t limit,
                                  const table::Filter& filter) const override {
    const auto table = current_();
    return table ? told(table->list(after, limit, filter)) : away();
  }
  Result<std::uint64_t> count(const table::Filter& filter) const override {
    const auto table = current_();
    return table ? told(table->count(filter)) : away();
  }
  Result<table::TableStats> stats() const override {
    const auto table = current_();
    return table ? told(table->stats()) : away();
  }
  Result<> flush() const override {
    const auto table = current_();
    return table ? told(table->store().flush()) : away();
  }

 private:
  /// The view sets a damaged table aside as soon as a query has met the damage.
  template <class T>
  static Result<T> told(Result<T> found) {
    if (!found && found.error().error_class == ErrorClass::gap) {
      found.error().hint = "the state store is set aside and built anew from the topic: ask again later";
    }
    return found;
  }
  static tl::unexpected<Error> away() { return fail(ErrorClass::wait, "the state store is not open at the moment"); }

  std::function<std::shared_ptr<const table::Table>()> current_;
};

}  // namespace

std::unique_ptr<TableQueries> table_queries(std::function<std::shared_ptr<const table::Table>()> current) {
  return std::make_unique<CurrentTable>(std::move(current));
}

}  // namespace orders::api

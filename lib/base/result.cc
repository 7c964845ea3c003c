#include "base/result.h"

namespace orders {

std::string_view to_string(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::wait:
      return "wait";
    case ErrorClass::denied:
      return "denied";
    case ErrorClass::abort:
      return "abort";
    case ErrorClass::recreate:
      return "recreate";
    case ErrorClass::record:
      return "record";
    case ErrorClass::fenced:
      return "fenced";
    case ErrorClass::gap:
      return "gap";
    case ErrorClass::bug:
      return "bug";
    case ErrorClass::invalid:
      return "invalid";
    case ErrorClass::not_found:
      return "not_found";
    case ErrorClass::refused:
      return "refused";
  }
  return "?";
}

std::string Error::text() const { return hint.empty() ? message : message + "; " + hint; }

}  // namespace orders

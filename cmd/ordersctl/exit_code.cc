#include "ordersctl/exit_code.h"

namespace orders::ctl {

ExitCode exit_code(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::wait:
      return ExitCode::unreachable;
    case ErrorClass::invalid:
      return ExitCode::usage;
    case ErrorClass::not_found:
      return ExitCode::not_found;
    case ErrorClass::refused:
      return ExitCode::refused;
    case ErrorClass::denied:
    case ErrorClass::abort:
    case ErrorClass::recreate:
    case ErrorClass::record:
    case ErrorClass::fenced:
    case ErrorClass::gap:
    case ErrorClass::bug:
      return ExitCode::failed;
  }
  return ExitCode::failed;
}

}  // namespace orders::ctl

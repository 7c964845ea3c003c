// A callable that is borrowed for the length of a call: no copy, no allocation (std::function has both).
#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace orders {

template <class Signature>
class FunctionRef;

/// For parameters only, and for members of what is one: it must not outlive the expression that made it. The shape of
/// C++26's std::function_ref.
template <class R, class... Args>
class FunctionRef<R(Args...)> {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> && std::is_invocable_r_v<R, F&, Args...>)
      FunctionRef(F&& callable)  // NOLINT(google-explicit-constructor): made from the lambda at the call
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
        call_([](void* object, Args... args) -> R {
          return std::invoke(*static_cast<std::add_pointer_t<std::remove_reference_t<F>>>(object),
                             std::forward<Args>(args)...);
        }) {}

  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

}  // namespace orders

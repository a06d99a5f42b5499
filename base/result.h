#pragma once
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>
#include <variant>

#include "base/error.h"

namespace headgate::base {

/// Stops the program because one of its own invariants broke. Never reached by input from outside.
[[noreturn]] inline void invariant_broken(const char* what) {
  std::fprintf(stderr, "headgate: invariant broken: %s\n", what);
  std::abort();
}

namespace result_detail {

/// An Error on the heap, or none. A success, of which every request has a dozen, then moves and dies at the cost of a
/// word.
class HeldError {
 public:
  HeldError() = default;
  explicit HeldError(Error error) : error_(std::make_unique<Error>(std::move(error))) {}
  HeldError(const HeldError& other) : error_(other.error_ ? std::make_unique<Error>(*other.error_) : nullptr) {}
  HeldError& operator=(const HeldError& other) {
    error_ = other.error_ ? std::make_unique<Error>(*other.error_) : nullptr;
    return *this;
  }
  HeldError(HeldError&&) noexcept = default;
  HeldError& operator=(HeldError&&) noexcept = default;
  ~HeldError() = default;

  explicit operator bool() const { return error_ != nullptr; }
  const Error& operator*() const { return *error_; }

 private:
  std::unique_ptr<Error> error_;
};

}  // namespace result_detail

/// A T, or the Error that kept it from being made.
///
///     Result<int> port = parse_port(text);
///     if (!port) return port.error();
///     use(*port);
template <class T = void>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() { return *checked(); }
  const T& operator*() const { return *const_cast<Result*>(this)->checked(); }
  T* operator->() { return checked(); }
  const T* operator->() const { return const_cast<Result*>(this)->checked(); }

  const Error& error() const {
    if (state_.index() != 1) invariant_broken("error() of a Result that holds a value");
    return **std::get_if<1>(&state_);
  }

 private:
  T* checked() {
    if (state_.index() != 0) invariant_broken("value of a Result that holds an error");
    return std::get_if<0>(&state_);
  }
  std::variant<T, result_detail::HeldError> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  explicit operator bool() const { return !error_; }
  const Error& error() const {
    if (!error_) invariant_broken("error() of a Result that holds a value");
    return *error_;
  }

 private:
  result_detail::HeldError error_;
};

}  // namespace headgate::base

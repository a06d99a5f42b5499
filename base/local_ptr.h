#pragma once
#include <cstdint>
#include <utility>

namespace headgate::base {

/// Base of what LocalPtr counts.
class LocallyCounted {
 private:
  template <class T>
  friend class LocalPtr;
  std::uint32_t references_ = 0;
};

/// Shared ownership within one thread: a reference costs a plain increment, not a locked one as shared_ptr's does.
template <class T>
class LocalPtr {
 public:
  LocalPtr() = default;
  explicit LocalPtr(T* object) : object_(object) { retain(); }
  LocalPtr(const LocalPtr& other) : object_(other.object_) { retain(); }
  LocalPtr(LocalPtr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  LocalPtr& operator=(LocalPtr other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~LocalPtr() { reset(); }

  void reset() {
    if (object_ != nullptr && --object_->references_ == 0) delete object_;
    object_ = nullptr;
  }
  T* get() const { return object_; }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  void retain() {
    if (object_ != nullptr) ++object_->references_;
  }
  T* object_ = nullptr;
};

}  // namespace headgate::base

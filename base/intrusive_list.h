#pragma once
#include "base/result.h"

namespace headgate::base {

/// A link of a doubly linked ring; an object that inherits it can be in one IntrusiveList and leaves it when destroyed.
class ListHook {
 public:
  ListHook() = default;
  ~ListHook() { unlink(); }
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;

  bool is_linked() const { return next_ != this; }
  void unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = this;
  }

 private:
  template <class T>
  friend class IntrusiveList;
  void link_before(ListHook& position) {
    if (is_linked()) invariant_broken("an object was put into a second list");
    previous_ = position.previous_;
    next_ = &position;
    previous_->next_ = this;
    position.previous_ = this;
  }
  ListHook* next_ = this;
  ListHook* previous_ = this;
};

/// A list of objects that it does not own, without allocation; T inherits ListHook.
template <class T>
class IntrusiveList {
 public:
  bool empty() const { return !head_.is_linked(); }
  void push_back(T& object) { static_cast<ListHook&>(object).link_before(head_); }
  void push_front(T& object) { static_cast<ListHook&>(object).link_before(*head_.next_); }
  T& front() { return static_cast<T&>(*head_.next_); }
  T& back() { return static_cast<T&>(*head_.previous_); }
  T& pop_front() {
    T& object = front();
    static_cast<ListHook&>(object).unlink();
    return object;
  }
  /// The object after `object`, or null at the end.
  T* next(T& object) {
    ListHook* hook = static_cast<ListHook&>(object).next_;
    return hook == &head_ ? nullptr : static_cast<T*>(hook);
  }
  T* first() { return empty() ? nullptr : &front(); }

 private:
  ListHook head_;
};

}  // namespace headgate::base

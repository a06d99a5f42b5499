#include "proxy/cache/flight/flight.h"

#include <utility>

namespace headgate::proxy::cache::flight {

struct alignas(64) Flight::Place {
  std::atomic<bool> is_wanted{false};  // somebody of this worker armed since it was last woken
  base::IntrusiveList<Wait> waits;     // its own thread's
};

Wait::Wait(std::shared_ptr<Flight> flight, std::size_t worker, net::Loop& loop)
    : flight_(std::move(flight)), worker_(worker), gate_(loop) {
  flight_->places_[worker_].waits.push_back(*this);
}

void Wait::arm() {
  // Who wakes changes what is looked at first and looks at this then: one of the two sees the other.
  flight_->places_[worker_].is_wanted.store(true, std::memory_order_seq_cst);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

Flight::Flight(std::size_t workers, std::size_t leader, const Post& post)
    : workers_(workers), leader_(leader), post_(post), places_(new Place[workers]) {}

Flight::~Flight() = default;

void Flight::become(State state) {
  state_.store(state, std::memory_order_seq_cst);
  wake();
}

void Flight::wake() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  for (std::size_t worker = 0; worker < workers_; ++worker) {
    Place& place = places_[worker];
    if (!place.is_wanted.load(std::memory_order_seq_cst)) continue;
    if (!place.is_wanted.exchange(false, std::memory_order_seq_cst)) continue;
    if (worker == leader_) {
      open(worker);
    } else {
      post_(worker, [self = shared_from_this(), worker] { self->open(worker); });
    }
  }
}

void Flight::open(std::size_t worker) {
  base::IntrusiveList<Wait>& waits = places_[worker].waits;
  for (Wait* each = waits.first(); each != nullptr; each = waits.next(*each)) each->gate_.open();
}

void Flight::read_on() {
  if (!wants_reading_.load(std::memory_order_seq_cst)) return;
  if (!wants_reading_.exchange(false, std::memory_order_seq_cst)) return;
  post_(leader_, [self = shared_from_this()] {
    if (self->writer_ != nullptr) self->writer_->open();
  });
}

}  // namespace headgate::proxy::cache::flight

#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/intrusive_list.h"
#include "base/random.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/balance/choose/by_hash.h"
#include "proxy/balance/choose/eligibility.h"
#include "proxy/balance/choose/least_requests.h"
#include "proxy/balance/choose/random_two.h"
#include "proxy/balance/choose/round_robin.h"
#include "proxy/balance/connection.h"
#include "proxy/balance/forecast.h"
#include "proxy/balance/identity.h"
#include "proxy/balance/pool.h"
#include "proxy/balance/region/regional_choice.h"
#include "proxy/balance/shared_connection.h"
#include "proxy/balance/wish.h"
#include "wire/proxy_protocol/proxy_writer.h"

namespace headgate::proxy::sticky {
class Cookies;
}

namespace headgate::proxy::balance {

namespace limit {
class AdaptiveLimit;
class Hedging;
class WantedConnection;
}  // namespace limit
class WorkerPool;
class WaitingRequest;
struct WorkerBackend;

/// The right to send one request to one backend. Destroying it gives the slot back and wakes who waits for it.
/// Counted in Backend::requests_in_flight; of a backend with max_requests there are never more than that, over all
/// workers. It stays good when the backend goes down or leaves the pool. It must end before its WorkerPool does.
class Lease {
 public:
  Lease() = default;
  Lease(Lease&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), backend_(std::exchange(other.backend_, nullptr)) {}
  Lease& operator=(Lease&& other) noexcept {
    if (this != &other) {
      release();
      pool_ = std::exchange(other.pool_, nullptr);
      backend_ = std::exchange(other.backend_, nullptr);
    }
    return *this;
  }
  ~Lease() { release(); }

  explicit operator bool() const { return backend_ != nullptr; }
  Backend& backend() const;
  /// Tells the pool's limit of requests what an answer took.
  void note_latency(base::Duration latency, base::Time now) const;
  /// What the pool wants to hear of the answer.
  Feedback wanted_feedback() const;
  /// By which sessions know the backend; 0: they do not.
  std::uint64_t identity() const;
  /// Whether the pool's backends are told of the client by a PROXY header.
  bool wants_announcement() const;
  /// That header.
  std::string announcement_of(const wire::proxy_protocol::Announcement& announcement) const;
  /// The most recently used idle connection to this backend that is still open and silent, or null; with a PROXY header
  /// (not empty), one that began with the same.
  std::unique_ptr<Connection> take_idle(std::string_view announced = {});
  /// Connects. At a limit of connections (over all workers) the oldest idle one of this worker makes room: of this
  /// backend, or at the pool's limit of any. If there is none, an error of kind kUnavailable, but at the pool's limit
  /// other workers are asked for theirs first, and waited for until the deadline. A failure is counted, and told to the
  /// backend's health unless it is our own want of descriptors or ports. The lease must not move or end before the
  /// task. The connection begins with `header`, unless that is empty.
  net::Task<base::Result<std::unique_ptr<Connection>>> connect(base::Time deadline, std::string header = {});
  /// Keeps a connection for the next request; beyond the bound, or if it is not silent, it is closed. So it is if the
  /// backend has left the pool.
  void keep(std::unique_ptr<Connection> connection);

  /// The first connection to this backend that carries several requests at once and has room: this one is on it until
  /// give_back(). Null: there is none.
  SharedConnection* take_shared();
  /// The right to open one more connection; the bound and its error as for connect().
  base::Result<ConnectionSlot> take_slot();
  /// Takes over a connection for this request and others; take_shared() then finds it.
  void share(std::unique_ptr<SharedConnection> connection);
  std::shared_ptr<Backend> shared_backend() const;
  /// Who the backend has to be, over TLS; null: it is spoken to without.
  std::shared_ptr<net::tls::KnownServer> server() const;
  /// The request on it has ended; without requests it is kept as by keep(). The lease is released afterwards.
  void give_back(SharedConnection& connection);

  void release() {
    if (backend_ != nullptr) end();
  }

 private:
  friend class WorkerPool;
  Lease(WorkerPool* pool, WorkerBackend* backend) : pool_(pool), backend_(backend) {}
  void end();
  WorkerPool* pool_ = nullptr;
  WorkerBackend* backend_ = nullptr;
};

/// Opens a socket to a backend, over TLS where there is a `server` to be found (and then after `opening`, a PROXY
/// header), counts that, and tells the backend's health of a failure unless it is our own want of descriptors or ports.
net::Task<base::Result<std::unique_ptr<net::Socket>>> open_socket(net::Loop& loop, std::shared_ptr<Backend> backend,
                                                                  std::shared_ptr<net::tls::KnownServer> server,
                                                                  std::string opening, std::size_t worker,
                                                                  base::Time deadline);

/// One worker's view of one pool: which backends may be chosen, whose turn it is, idle connections, who waits.
/// Belongs to its worker's thread.
///
///     balance::Lease lease = pool.try_acquire(wish);
///     if (!lease) {
///       base::Result<balance::Lease> waited = co_await pool.acquire(wish, deadline);
///       if (!waited) co_return waited.error();
///       lease = std::move(*waited);
///     }
///     std::unique_ptr<balance::Connection> connection = lease.take_idle();  // else co_await lease.connect(deadline)
///
/// Among eligible backends (choose/eligibility.h) the pool's `balance` decides; one that has its max_requests is passed
/// over. A request with a session goes to the backend that has it (Wish::stay), and passes by those who wait for
/// others.
///  A choice costs the same for 3 backends and for 1,000, as long as one in kProbesMax has room; beyond, each is
/// looked at once. A slot that comes free goes to whoever waits, in the order of coming on each worker; between workers
/// in proportion to how many wait there.
class WorkerPool {
 public:
  /// Backends that are looked at in the balancer's order before all are.
  static constexpr std::uint32_t kProbesMax = 16;

  WorkerPool(net::Loop& loop, std::shared_ptr<Pool> pool, std::size_t worker, std::uint64_t seed);
  /// Closes idle connections. No lease and no acquire() may be left.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// The backend whose turn it is, without waiting; empty if all are busy or none is healthy, or if others wait.
  Lease try_acquire(const Wish& wish);

  /// For the same request as a lease on `first` that has not answered yet: another backend with room, or none, also
  /// while anybody waits. It is not counted as a request of the pool.
  Lease try_acquire_beside(const Backend& first, Wish wish);

  /// As try_acquire(), waiting in the pool's queue if all are busy: at most queue.timeout, and not beyond `deadline`.
  /// kUnavailable: no healthy backend, also when the last one goes while waiting, or the queue is full (queue.size over
  /// all workers; 0: nobody waits), or moves so slowly that it would wait longer than queue.shed; kTimeout: none came
  /// free in time. Cancelling leaves the queue. A request that try_acquire() left empty-handed and that then comes here
  /// is counted once.
  net::Task<base::Result<Lease>> acquire(Wish wish, base::Time deadline);

  /// Whether any backend may be chosen, busy or not.
  bool has_candidates() {
    refresh();
    return !eligible_.candidates.empty();
  }

  /// Whom the next request with this wish would be given, and why: what try_acquire() would do, without taking
  /// anything.
  Forecast forecast(const Wish& wish);

  /// The settings of the newest version, until the next call of any member.
  const config::Pool& settings();
  /// Whether clients are kept at their backends, by the version in use.
  bool is_sticky() const { return !std::holds_alternative<std::monostate>(version_->settings.sticky); }
  /// Whether a client's region matters, by the version in use: whoever asks for a backend then says it in the wish.
  bool prefers_regions() const { return regional_ != nullptr; }
  /// This worker's cookies of the newest version, until the next call of any member; null: the pool has none.
  sticky::Cookies* cookies() {
    refresh();
    return cookies_.get();
  }
  /// The table of the newest version, as cookies().
  const std::shared_ptr<sticky::table::Store>& sessions() {
    refresh();
    return version_->sessions;
  }
  /// Whether requests may be asked of a second backend, as of the last one: without a look for a newer version.
  bool hedges() const { return hedging_ != nullptr; }
  /// When a request is asked of a second backend as well, until the next call of any member; null: never.
  limit::Hedging* hedging() {
    refresh();
    return hedging_.get();
  }
  /// Counts a session that the backend of that identity was given.
  void begin_session(std::uint64_t identity);
  /// Seconds after which who is turned away may come again: what the queue would take, at least 1 and at most
  /// 2 kRetryAfterMax, and different ones for those that are turned away at once.
  std::uint16_t retry_after();
  static constexpr std::uint32_t kRetryAfterMax = 60;
  Pool& pool() { return *pool_; }
  PoolCounters& counters() { return *counters_; }
  std::size_t worker() const { return worker_; }

  /// Lets those who wait try again, as many as can go on: a slot came free on another worker, a backend's health
  /// changed, or there is a new version. If nobody waits any more, another worker is woken in its place.
  void wake_first_waiting();

 private:
  friend class Lease;
  friend class WaitingRequest;
  friend class limit::WantedConnection;

  // What may be chosen: worker_pool_members.cc
  void refresh() {
    if (pool_->generation() != generation_) [[unlikely]]
      adopt_version();
  }
  void adopt_version();
  void replace_members(const PoolVersion& version);
  void retire(std::unique_ptr<WorkerBackend> member);
  void find_candidates();
  void rebuild_chooser();
  void follow_sticky();

  // Choosing by the client's region: region/worker_regions.cc
  void rebuild_regions();
  void add_group(const std::vector<std::uint32_t>& members, const std::vector<choose::Standing>& all);
  const region::RegionalChoice::View* view_of(const Wish& wish) const {
    return regional_ == nullptr || wish.region == 0 ? nullptr : regional_->find(wish.region);
  }
  WorkerBackend* pick_by_region(const region::RegionalChoice::View& view, const Wish& wish);
  WorkerBackend* pick_in_group(region::RegionalChoice::Group& group, const Wish& wish, std::uint64_t hash);
  void foresee_by_region(const region::RegionalChoice::View& view, const Wish& wish, Forecast& forecast);
  void foresee_in_group(region::RegionalChoice::Group& group, double share, const Wish& wish, Forecast& forecast);
  void foresee_key_in_group(const region::RegionalChoice::Group& group, const choose::ByHash& by_hash, double share,
                            const Wish& wish, Forecast& forecast) const;

  // Choosing one, and giving it back.
  Lease lease_of(WorkerBackend& member);
  WorkerBackend* pick(const Wish& wish) {
    if (limits_requests_) [[unlikely]]
      return pick_within_limit(wish);
    return pick_member(wish);
  }
  WorkerBackend* pick_member(const Wish& wish);
  /// The member that has the request's session and may keep it; null: any may be chosen.
  WorkerBackend* home_of(const Wish& wish) const;
  /// Whether somebody could serve the request, if not now.
  bool has_any_for(const Wish& wish) const { return !eligible_.candidates.empty() || home_of(wish) != nullptr; }
  // `take(member)` says whether the member has room, and takes it if this is not a forecast.
  template <class Take>
  WorkerBackend* pick_in_turn(choose::RoundRobin& turns, const Backend* avoid, Take take);
  template <class Take>
  WorkerBackend* pick_least(choose::LeastRequests& least, const Backend* avoid, Take take);
  WorkerBackend* pick_of_two(choose::RandomTwo& two, const Backend* avoid);
  // Choosing by hash: worker_pool_hash.cc
  WorkerBackend* pick_by_hash(const choose::ByHash& by_hash, const Wish& wish);
  template <class Take>
  WorkerBackend* pick_key(const choose::ByHash& by_hash, const Backend* avoid, std::uint64_t hash, Take take);
  static bool takes_key(const WorkerBackend& member, std::uint64_t hash);
  void rebuild_by_hash();
  std::uint64_t requests_under_way() const;
  const WorkerBackend* foresee_key(const choose::ByHash& by_hash, const Wish& wish, Forecast& forecast);
  template <class Take>
  WorkerBackend* pick_any(const Backend* avoid, Take take) {
    return pick_any_from(++scan_from_, avoid, take);
  }
  template <class Take>
  WorkerBackend* pick_any_from(std::uint64_t first, const Backend* avoid, Take take);
  static bool take_slot(WorkerBackend& member);
  static bool has_room(const WorkerBackend& member);
  static std::uint32_t requests_in_flight(const WorkerBackend& member);
  static bool has_less_to_do(const WorkerBackend& one, const WorkerBackend& other);
  bool costs_less(const WorkerBackend& one, const WorkerBackend& other) const;
  void foresee_choice(Forecast& forecast, const Wish& wish);
  bool foresee_stay(Forecast& forecast, const Wish& wish) const;
  std::vector<choose::Standing> standings() const;
  void give_back(WorkerBackend& member);
  void drop(WorkerBackend& departed);

  // What the pool may have at once: worker_pool_limits.cc
  void follow_limits();
  void follow_hedging();
  WorkerBackend* pick_within_limit(const Wish& wish);
  std::uint32_t request_limit() const;
  void note_latency(base::Duration latency, base::Time now);
  bool has_any_room(const Wish& wish) const;
  void begin_wanting(limit::WantedConnection& request);
  void end_wanting(limit::WantedConnection& request);
  void serve_wanted_connections();
  bool close_idle_connection();
  bool is_full_of_connections() const;
  std::optional<ConnectionSlot> take_connection_slot(WorkerBackend& member);
  net::Task<std::optional<ConnectionSlot>> wait_for_connection_slot(WorkerBackend& member, base::Time deadline);
  base::Error no_connection(const WorkerBackend& member) const;

  // The queue: waiting_requests.cc
  bool join_queue(WaitingRequest& request);
  void leave_queue(WaitingRequest& request, bool is_served = false);
  void grant(WaitingRequest& request, WorkerBackend& member);
  void serve_waiting();
  std::optional<base::Error> shed(const Wish& wish);
  void pass_on_slot(WorkerBackend* freed);
  void pass_on_sticky_slot(bool others_turn);
  base::Error no_healthy_backend() const;

  net::Loop& loop_;
  std::shared_ptr<Pool> pool_;
  std::size_t worker_;
  PoolCounters* counters_;
  std::uint64_t generation_ = 0;
  std::shared_ptr<const PoolVersion> version_;
  std::vector<std::unique_ptr<WorkerBackend>> members_;   // as in version_->members
  std::vector<std::unique_ptr<WorkerBackend>> departed_;  // left the version; leases are out
  choose::Eligibility eligible_;
  IdentityIndex by_identity_;
  std::unique_ptr<sticky::Cookies> cookies_;
  std::unique_ptr<limit::Hedging> hedging_;
  std::variant<choose::RoundRobin, choose::LeastRequests, choose::RandomTwo, choose::ByHash> chooser_;
  std::unique_ptr<region::RegionalChoice> regional_;  // null: a client's region does not matter
  base::Random random_;
  bool chooses_by_latency_ = false;
  bool limits_requests_ = false;              // and then counts them
  std::uint32_t request_limit_ = 0;           // at once, over all workers; 0: none is configured
  limit::AdaptiveLimit* adaptive_ = nullptr;  // that follows latency; null: there is none
  std::uint32_t scan_from_ = 0;
  base::IntrusiveList<WaitingRequest> waiting_;
  std::uint32_t waiting_count_ = 0;
  std::uint32_t waiting_for_any_ = 0;  // of them, who have no session
  base::IntrusiveList<limit::WantedConnection> wanted_connections_;
};

}  // namespace headgate::proxy::balance

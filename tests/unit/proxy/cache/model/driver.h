#pragma once
#include "base/arena.h"
#include "base/random.h"
#include "proxy/cache/rules/reuse.h"
#include "proxy/cache/stage/place.h"
#include "proxy/cache/stage/placing.h"
#include "tests/unit/proxy/cache/model/world.h"

namespace headgate::proxy::cache::model {

/// The real thing, without what waits: key, rules, store and purge book, called in the order in which Visit and Fetch
/// call them. Its requests and answers are heads as they come over the wire, spelled now one way, now another.
class Driver {
 public:
  Driver(const Settings& settings, std::uint64_t seed);

  Outcome request(const Event& event, const Origin& origin, std::int64_t now);
  void purge(const Event& event);

 private:
  struct Answer;
  std::string spelled(std::vector<std::string> directives);
  std::string written(const Control& control);
  wire::http::RequestHead head_of(const Asked& asked);
  void answer_of(const Origin& origin, int path, bool is_not_modified, wire::http::ResponseHead& out);
  Outcome give(const memory::Reference& entry, const wire::http::RequestHead& head, bool is_fetched);
  Outcome fetch(const Asked& asked, const wire::http::RequestHead& head, const stage::Place& place,
                const Origin& origin);
  Outcome stand_in_or(const memory::Reference& old, const wire::http::RequestHead& head, rules::Failure failure,
                      Outcome otherwise);
  Outcome revalidated(const memory::Reference& old, const wire::http::RequestHead& head, const stage::Place& place,
                      const wire::http::ResponseHead& not_modified);
  void note_head(const wire::http::RequestHead& head, const stage::Place& place,
                 const wire::http::ResponseHead& answer);
  Outcome forward(const Event& event, const wire::http::RequestHead& head, const stage::Place& place,
                  const Origin& origin);

  stage::RouteCache cache_;
  base::Random random_;
  base::Arena arena_;
  base::WallTime now_{};
};

}  // namespace headgate::proxy::cache::model

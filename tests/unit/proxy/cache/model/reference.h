#pragma once
#include <list>

#include "tests/unit/proxy/cache/model/world.h"

namespace headgate::proxy::cache::model {

/// A cache as RFC 9111 tells it, made to be read beside it: a list of stored answers and plain arithmetic. Written
/// without proxy/cache/rules, and deliberately slow. Times are milliseconds since kStart.
class Reference {
 public:
  explicit Reference(const Settings& settings) : settings_(settings) {}

  Outcome request(const Event& event, const Origin& origin, std::int64_t now);
  void purge(const Event& event);

 private:
  struct Stored {
    int path = 0;
    int kind = 0;
    Page::Vary vary = Page::Vary::kNothing;
    int content = 0;
    int status = 200;
    Control control;
    Control targeted;
    std::optional<std::int64_t> expires;  // the date, in seconds
    std::int64_t date = 0;
    bool has_etag = false;
    bool has_last_modified = false;
    std::int64_t last_modified = 0;
    bool is_tagged = false;
    bool is_purged_softly = false;
    int fetched = 0;  // after how many purges
    int age_value = 0;
    std::int64_t received = 0;

    const Control& word() const { return targeted.says_anything() ? targeted : control; }
    bool is_targeted() const { return targeted.says_anything(); }
  };
  using Place = std::list<Stored>::iterator;

  std::optional<std::int64_t> stated_lifetime(const Stored& answer) const;
  std::optional<std::int64_t> lifetime(const Stored& answer) const;
  bool forbids_stale(const Stored& answer) const;
  std::int64_t while_revalidate(const Stored& answer) const;
  std::int64_t if_error(const Stored& answer) const;
  std::int64_t current_age(const Stored& answer, std::int64_t now) const;
  bool may_store(const Stored& answer, const Asked& asked, bool sets_cookie) const;
  bool may_stand_in(const Stored& answer, const Asked& asked, Event::Outage failure, std::int64_t now) const;
  enum class Use : std::uint8_t { kGive, kGiveAndRevalidate, kAsk };
  Use use_of(const Stored& answer, const Asked& asked, std::int64_t now) const;

  Place find(int path, int kind);
  void store(const Stored& answer);
  Stored answer_now(const Asked& asked, const Origin& origin, std::int64_t now) const;
  static void update(Stored& stored, const Stored& with);
  Outcome give(const Stored& answer, const Asked& asked, std::int64_t now, bool is_fetched) const;
  Outcome fetch(const Asked& asked, const Origin& origin, std::int64_t now);
  Outcome head(const Asked& asked, const Origin& origin, std::int64_t now);
  void invalidate(int path);

  Settings settings_;
  std::list<Stored> stored_;
  int purges_ = 0;
  int tag_purged_ = 0;  // the number of the last one
  int tag_purged_softly_ = 0;
};

}  // namespace headgate::proxy::cache::model

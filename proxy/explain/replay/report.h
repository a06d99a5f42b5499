#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "proxy/explain/text_layout.h"

namespace headgate::proxy::explain::replay {

/// One request of the log, to be looked at.
struct Example {
  std::uint64_t line = 0;
  std::string request;  ///< "GET www.example.com/a?b"
  std::string client;

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("line", line);
    visit("request", request);
    visit("client", client);
  }
};

/// Requests that moved from one outcome to another.
struct Move {
  std::string from;
  std::string to;
  std::uint64_t lines = 0;
  std::vector<std::string> differs;  ///< route | pool | status | origin
  std::vector<Example> examples;

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("from", from);
    visit("to", to);
    visit("lines", lines);
    visit("differs", differs);
    visit("examples", examples);
  }
};

/// Requests of which the log does not tell enough.
struct Undecided {
  std::vector<std::string> depends_on;  ///< "cookie beta: 1"
  std::uint64_t lines = 0;
  std::vector<Example> examples;

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("depends_on", depends_on);
    visit("lines", lines);
    visit("examples", examples);
  }
};

struct UnusableLines {
  std::string why;
  std::uint64_t lines = 0;
  std::uint64_t first_line = 0;

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("why", why);
    visit("lines", lines);
    visit("first_line", first_line);
  }
};

/// What became of a log under two configurations.
struct Report {
  std::string before;  ///< the files
  std::string after;
  std::string log;
  std::uint64_t lines = 0;
  std::uint64_t compared = 0;  ///< changed, undecided and unchanged
  std::uint64_t changed = 0;   ///< for sure
  std::uint64_t undecided = 0;
  std::uint64_t unchanged = 0;
  // Of the changed; one may differ in several.
  std::uint64_t changed_route = 0;
  std::uint64_t changed_pool = 0;
  std::uint64_t changed_status = 0;
  std::uint64_t changed_origin = 0;
  std::string limit;  ///< "0", "1%"
  bool over_limit = false;
  std::vector<Move> moves;  ///< most lines first, at most kMovesMax
  std::uint64_t moves_left_out = 0;
  std::vector<Undecided> open;  ///< most lines first
  std::vector<UnusableLines> unusable;
  std::uint64_t log_agrees = 0;   ///< lines that name the route that the file before gives
  std::uint64_t log_differs = 0;  ///< and those that name another
  std::vector<std::string> warnings;

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("before", before);
    visit("after", after);
    visit("log", log);
    visit("lines", lines);
    visit("compared", compared);
    visit("changed", changed);
    visit("undecided", undecided);
    visit("unchanged", unchanged);
    visit("changed_route", changed_route);
    visit("changed_pool", changed_pool);
    visit("changed_status", changed_status);
    visit("changed_origin", changed_origin);
    visit("limit", limit);
    visit("over_limit", over_limit);
    visit("moves", moves);
    visit("moves_left_out", moves_left_out);
    visit("open", open);
    visit("unusable", unusable);
    visit("log_agrees", log_agrees);
    visit("log_differs", log_differs);
    visit("warnings", warnings);
  }
};

inline constexpr std::size_t kMovesMax = 1000;
inline constexpr std::size_t kMovesShown = 12;

std::string json_of(const Report& report, int indent = 2);
std::string text_of(const Report& report, const TextStyle& style);

}  // namespace headgate::proxy::explain::replay

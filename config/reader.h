#pragma once
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/load.h"
#include "config/yaml/document.h"

namespace headgate::config {

/// Collects what is wrong with a file while it is read.
class ProblemList {
 public:
  /// How many are kept; a file with more gets one line that says so.
  static constexpr std::size_t kProblemsMax = 1000;

  void add(Place place, std::string path, std::string what);
  bool empty() const { return list_.empty(); }
  /// Of all that were added.
  std::size_t count() const { return list_.size() + left_out_; }

  /// " (did you mean 'app'?)" or nothing. All suggestions of a file together compare at most 200,000 names, so that a
  /// long file full of mistakes is answered in a second.
  std::string suggestion_for(std::string_view written, std::span<const std::string_view> known);
  std::string suggestion_for(std::string_view written, const std::vector<std::string>& known);

  /// In the order of the file.
  std::vector<Problem> take();

 private:
  bool may_compare(std::size_t names);

  std::vector<Problem> list_;
  std::size_t left_out_ = 0;
  std::size_t comparisons_left_ = 200'000;
};

/// A text of the file that is checked against others once all of it is read.
struct Mention {
  Place place;
  std::string path;
  std::string text;
};

/// What the sections share while one file is read.
struct Reading {
  const Environment& environment;
  std::string folder;  ///< absolute; relative paths begin here
  ProblemList problems;
  std::vector<Mention> pools_used;
  std::vector<Mention> listeners_used;
  std::vector<Mention> caches_used;
  std::vector<Mention> cache_folders;
  std::vector<Mention> redirects;
  std::vector<Mention> route_names;
  std::vector<Mention> binds;
  std::vector<Mention> regions_used;
  std::vector<Mention> regions_matched;  ///< by routes
  std::vector<Mention> zones_used;       ///< by listeners
  std::vector<Mention> geo_names;        ///< the pools of names of zones
  std::size_t expanded_bytes = 0;        ///< what ${...} has made so far
};

/// Both ends belong to it.
template <class Value>
struct Range {
  Value min;
  Value max;
};

template <class Section>
struct Key;

/// A cursor on one value of the file: knows its place and path, turns it into values, and reports what is wrong with
/// it. Functions that take `out` leave it as it was where they report a problem. A Reader is used while the one it was
/// made from lives, as an argument of the functions that read sections:
///
///     constexpr Key<Queue> kQueueKeys[] = {
///         {"size", [](const Reader& at, Queue& out) { at.number(out.size, {0, 1'000'000}); }},
///         {"timeout", [](const Reader& at, Queue& out) { at.duration(out.timeout, {1ms, 24h}); }},
///     };
///     read_map(at, kQueueKeys, pool.queue);
class Reader {
 public:
  /// The root of a file.
  Reader(Reading& reading, const yaml::Child& child) : reading_(reading), child_(child) {}

  Reading& reading() const { return reading_; }
  Place place() const { return child_.place; }
  /// "routes[2].match.host"
  std::string path() const;
  Mention mention(std::string text) const { return Mention{place(), path(), std::move(text)}; }
  bool is_map() const { return child_.node->kind == yaml::NodeKind::kMap; }
  bool is_list() const { return child_.node->kind == yaml::NodeKind::kList; }

  /// Reports that this value is wrong.
  void problem(std::string what) const;
  /// Reports "expected WANTED, found ...".
  void expected(std::string_view wanted) const;
  /// The same for a value that `written` stands for, with the nearest of `known`.
  void expected_one_of(std::string_view written, std::span<const std::string_view> known) const;

  /// Calls `read(item)` for each item of a list.
  template <class Read>
  void each_item(Read read) const {
    if (!expect(yaml::NodeKind::kList, "a list")) return;
    for (std::size_t i = 0; i < child_.node->children.size(); ++i) read(Reader(*this, child_.node->children[i], i));
  }

  /// The same; a value that is no list counts as a list of one, and an empty list is a problem.
  template <class Read>
  void each_value(Read read) const {
    if (child_.node->kind != yaml::NodeKind::kList) return read(*this);
    if (child_.node->children.empty()) expected("at least one value");
    each_item(read);
  }

  /// Calls `read(value, key)` for each entry of a map whose keys the user chooses.
  template <class Read>
  void each_entry(Read read) const {
    if (!expect(yaml::NodeKind::kMap, "a map")) return;
    for (const yaml::Child& entry : child_.node->children) read(Reader(*this, entry, kNoIndex), entry.key);
  }

  /// A scalar with its ${...} replaced. `wanted` says what it should be ("a duration such as 2s").
  std::optional<std::string> scalar(std::string_view wanted) const;

  void duration(Duration& out, Range<Duration> range) const;
  void size(std::uint64_t& out, Range<std::uint64_t> range) const;
  void percent(double& out) const;
  /// A whole percentage, 0% to 100%.
  void percent(std::uint32_t& out) const;
  void boolean(bool& out) const;
  /// One line of printable characters; `bytes` bounds its length.
  void text(std::string& out, Range<std::size_t> bytes) const;

  template <std::unsigned_integral Integer>
  void number(Integer& out, Range<Integer> range) const {
    std::uint64_t wide = out;
    whole_number(wide, {range.min, range.max});
    out = static_cast<Integer>(wide);
  }

  /// One of a closed set of words.
  template <class Value, std::size_t kWords>
  void word(Value& out, const std::pair<std::string_view, Value> (&words)[kWords]) const {
    std::vector<std::string_view> names;
    for (const auto& [name, value] : words) names.push_back(name);
    const std::size_t index = word_index(names);
    if (index < kWords) out = words[index].second;
  }

 private:
  template <class Section, std::size_t kKeys>
  friend bool read_map(const Reader& at, const Key<Section> (&keys)[kKeys], Section& out);

  static constexpr std::size_t kNoIndex = std::numeric_limits<std::size_t>::max();

  Reader(const Reader& parent, const yaml::Child& child, std::size_t index)
      : reading_(parent.reading_), child_(child), parent_(&parent), index_(index) {}

  bool expect(yaml::NodeKind kind, std::string_view wanted) const;
  void whole_number(std::uint64_t& out, Range<std::uint64_t> range) const;
  /// names.size() after a problem.
  std::size_t word_index(std::span<const std::string_view> names) const;
  void unknown_key(std::span<const std::string_view> names) const;
  void missing_key(std::string_view name) const;
  void append_path(std::string& out) const;

  Reading& reading_;
  const yaml::Child& child_;
  const Reader* parent_ = nullptr;
  std::size_t index_ = kNoIndex;
};

class KeyList;

enum class Presence : std::uint8_t { kOptional, kRequired };

/// One line of a section's table: the only place where a key's name is written.
template <class Section>
struct Key {
  std::string_view name;
  void (*read)(const Reader& at, Section& out);
  Presence presence = Presence::kOptional;
  void (*keys_inside)(KeyList& out) = nullptr;  ///< adds the tables of what stands under the key
};

/// Reads a map whose keys are in a table. False if it is no map, has an unknown key or lacks a required one.
template <class Section, std::size_t kKeys>
bool read_map(const Reader& at, const Key<Section> (&keys)[kKeys], Section& out) {
  if (!at.expect(yaml::NodeKind::kMap, "a map")) return false;
  bool is_sound = true;
  bool seen[kKeys] = {};
  for (const yaml::Child& entry : at.child_.node->children) {
    const Reader value(at, entry, Reader::kNoIndex);
    std::size_t i = 0;
    while (i < kKeys && keys[i].name != entry.key) ++i;
    if (i < kKeys) {
      seen[i] = true;
      keys[i].read(value, out);
    } else {
      is_sound = false;
      std::vector<std::string_view> names;
      for (const Key<Section>& key : keys) names.push_back(key.name);
      value.unknown_key(names);
    }
  }
  for (std::size_t i = 0; i < kKeys; ++i) {
    if (seen[i] || keys[i].presence == Presence::kOptional) continue;
    is_sound = false;
    at.missing_key(keys[i].name);
  }
  return is_sound;
}

/// The keys of all tables, each spelled from the root: "pools.NAME.backends[].weight".
class KeyList {
 public:
  template <class Section, std::size_t kKeys>
  void add(const Key<Section> (&keys)[kKeys]) {
    for (const Key<Section>& key : keys) {
      const std::size_t above = prefix_.size();
      prefix_ += prefix_.empty() ? std::string(key.name) : "." + std::string(key.name);
      list_.push_back(prefix_);
      if (key.keys_inside != nullptr) key.keys_inside(*this);
      prefix_.resize(above);
    }
  }
  /// For a map of such sections, named by the user (".NAME"), or a list of them ("[]").
  template <class Section, std::size_t kKeys>
  void add_under(std::string_view step, const Key<Section> (&keys)[kKeys]) {
    const std::size_t above = prefix_.size();
    prefix_ += step;
    add(keys);
    prefix_.resize(above);
  }
  std::vector<std::string> take() { return std::move(list_); }

 private:
  std::string prefix_;
  std::vector<std::string> list_;
};

}  // namespace headgate::config

#include "config/reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/ascii.h"
#include "base/suggest.h"
#include "config/values.h"
#include "config/yaml/characters.h"

namespace headgate::config {
namespace {

/// All that ${...} may make of one file; aliases could otherwise repeat a long value a million times.
constexpr std::size_t kExpandedTotalMax = yaml::kTextBytesMax;

std::string description_of(const yaml::Node& node) {
  switch (node.kind) {
    case yaml::NodeKind::kNothing:
      return "nothing";
    case yaml::NodeKind::kScalar:
      return yaml::in_quotes(node.text);
    case yaml::NodeKind::kList:
      return node.children.empty() ? "an empty list" : "a list";
    case yaml::NodeKind::kMap:
      return "a map";
  }
  return "nothing";
}

std::string joined(std::span<const std::string_view> words) {
  std::string out;
  for (std::string_view word : words) {
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out;
}

}  // namespace

void ProblemList::add(Place place, std::string path, std::string what) {
  if (list_.size() == kProblemsMax) {
    ++left_out_;
    return;
  }
  list_.push_back(Problem{place, std::move(path), std::move(what)});
}

std::string ProblemList::suggestion_for(std::string_view written, std::span<const std::string_view> known) {
  return may_compare(known.size()) ? base::suggestion_for(written, known) : std::string();
}

std::string ProblemList::suggestion_for(std::string_view written, const std::vector<std::string>& known) {
  return may_compare(known.size()) ? base::suggestion_for(written, known) : std::string();
}

bool ProblemList::may_compare(std::size_t names) {
  if (names > comparisons_left_) return false;
  comparisons_left_ -= names;
  return true;
}

std::vector<Problem> ProblemList::take() {
  std::vector<std::size_t> order(list_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    const Place& first = list_[a].place;
    const Place& second = list_[b].place;
    return std::tie(first.line, first.column, a) < std::tie(second.line, second.column, b);
  });
  std::vector<Problem> out;
  for (std::size_t index : order) out.push_back(std::move(list_[index]));
  if (left_out_ > 0) out.push_back(Problem{{}, {}, fmt::format("{} more problems are not shown", left_out_)});
  list_.clear();
  left_out_ = 0;
  return out;
}

void Reader::append_path(std::string& out) const {
  if (parent_ == nullptr) return;
  parent_->append_path(out);
  if (index_ != kNoIndex) {
    out += fmt::format("[{}]", index_);
    return;
  }
  if (!out.empty()) out += '.';
  const std::string key = yaml::in_quotes(child_.key);
  out.append(key, 1, key.size() - 2);
}

std::string Reader::path() const {
  std::string out;
  append_path(out);
  return out;
}

void Reader::problem(std::string what) const {
  reading_.problems.add(place(), path(), std::move(what));
}

void Reader::expected(std::string_view wanted) const {
  problem(fmt::format("expected {}, found {}", wanted, description_of(*child_.node)));
}

void Reader::expected_one_of(std::string_view written, std::span<const std::string_view> known) const {
  problem(fmt::format("expected {}{}, found {}{}", known.size() > 1 ? "one of " : "", joined(known),
                      yaml::in_quotes(written), reading_.problems.suggestion_for(written, known)));
}

bool Reader::expect(yaml::NodeKind kind, std::string_view wanted) const {
  if (child_.node->kind == kind) return true;
  expected(wanted);
  return false;
}

std::optional<std::string> Reader::scalar(std::string_view wanted) const {
  if (!expect(yaml::NodeKind::kScalar, wanted)) return std::nullopt;
  const std::string& written = child_.node->text;
  if (written.find("${") == std::string::npos) return written;
  const bool may_expand = reading_.expanded_bytes <= kExpandedTotalMax;
  base::Result<std::string> value = may_expand ? expand_environment(written, reading_.environment) : std::string();
  if (!value) {
    problem(value.error().message);
    return std::nullopt;
  }
  reading_.expanded_bytes += value->size();
  if (reading_.expanded_bytes > kExpandedTotalMax) {
    problem(fmt::format("the values that ${{...}} makes in this file are larger than {} MiB", kExpandedTotalMax >> 20));
    return std::nullopt;
  }
  return std::move(*value);
}

void Reader::duration(Duration& out, Range<Duration> range) const {
  constexpr std::string_view kWanted = "a duration such as 250ms, 2s, 5m, 1h or 7d";
  const std::optional<std::string> written = scalar(kWanted);
  if (!written) return;
  const std::optional<Duration> value = parse_duration(*written);
  if (!value) return problem(fmt::format("expected {}, found {}", kWanted, yaml::in_quotes(*written)));
  if (*value < range.min || *value > range.max) {
    return problem(fmt::format("must be from {} to {}, is {}", duration_text(range.min), duration_text(range.max),
                               duration_text(*value)));
  }
  out = *value;
}

void Reader::size(std::uint64_t& out, Range<std::uint64_t> range) const {
  constexpr std::string_view kWanted = "a size such as 64KiB, 512MiB or 2GiB";
  const std::optional<std::string> written = scalar(kWanted);
  if (!written) return;
  const std::optional<std::uint64_t> value = parse_size(*written);
  if (!value) return problem(fmt::format("expected {}, found {}", kWanted, yaml::in_quotes(*written)));
  if (*value < range.min || *value > range.max) {
    return problem(
        fmt::format("must be from {} to {}, is {}", size_text(range.min), size_text(range.max), size_text(*value)));
  }
  out = *value;
}

void Reader::percent(double& out) const {
  constexpr std::string_view kWanted = "a percentage such as 10%";
  const std::optional<std::string> written = scalar(kWanted);
  if (!written) return;
  const std::optional<double> value = parse_percent(*written);
  if (!value) return problem(fmt::format("expected {}, found {}", kWanted, yaml::in_quotes(*written)));
  if (*value > 100) return problem(fmt::format("must be from 0% to 100%, is {}", *written));
  out = *value;
}

void Reader::percent(std::uint32_t& out) const {
  constexpr std::string_view kWanted = "a whole percentage such as 10%";
  const std::optional<std::string> written = scalar(kWanted);
  if (!written) return;
  const std::optional<double> value = parse_percent(*written);
  if (!value || *value != static_cast<double>(static_cast<std::uint32_t>(*value))) {
    return problem(fmt::format("expected {}, found {}", kWanted, yaml::in_quotes(*written)));
  }
  if (*value > 100) return problem(fmt::format("must be from 0% to 100%, is {}", *written));
  out = static_cast<std::uint32_t>(*value);
}

void Reader::boolean(bool& out) const {
  const std::optional<std::string> written = scalar("true or false");
  if (!written) return;
  if (*written != "true" && *written != "false") {
    return problem(fmt::format("expected true or false, found {}", yaml::in_quotes(*written)));
  }
  out = *written == "true";
}

void Reader::text(std::string& out, Range<std::size_t> bytes) const {
  std::optional<std::string> written = scalar("a text");
  if (!written) return;
  if (!yaml::is_printable(*written)) return problem("expected one line of printable characters");
  if (written->size() < bytes.min || written->size() > bytes.max) {
    return problem(fmt::format("must be {} to {} bytes long, is {}", bytes.min, bytes.max, written->size()));
  }
  out = std::move(*written);
}

void Reader::whole_number(std::uint64_t& out, Range<std::uint64_t> range) const {
  const std::string wanted = fmt::format("a whole number from {} to {}", range.min, range.max);
  const std::optional<std::string> written = scalar(wanted);
  if (!written) return;
  const std::optional<std::uint64_t> value = base::parse_decimal<std::uint64_t>(*written);
  if (!value || *value < range.min || *value > range.max) {
    return problem(fmt::format("expected {}, found {}", wanted, yaml::in_quotes(*written)));
  }
  out = *value;
}

std::size_t Reader::word_index(std::span<const std::string_view> names) const {
  const std::string wanted = (names.size() > 1 ? "one of " : "") + joined(names);
  const std::optional<std::string> written = scalar(wanted);
  if (!written) return names.size();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == *written) return i;
  }
  expected_one_of(*written, names);
  return names.size();
}

void Reader::unknown_key(std::span<const std::string_view> names) const {
  const std::string suggestion = reading_.problems.suggestion_for(child_.key, names);
  const std::string known = suggestion.empty() ? "; known here: " + joined(names) : suggestion;
  reading_.problems.add(child_.key_place, path(), "unknown key" + known);
}

void Reader::missing_key(std::string_view name) const {
  std::string at = path();
  if (!at.empty()) at += '.';
  reading_.problems.add(place(), at + std::string(name), "is required");
}

}  // namespace headgate::config

#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "proxy/admin/metrics/table.h"

namespace headgate::proxy::admin::metrics {

/// A number of labels, written once and used for many samples: `route="a",class="2xx"`, without braces.
class Labels {
 public:
  Labels() = default;
  Labels(std::initializer_list<std::pair<std::string_view, std::string_view>> labels);
  /// With one more at the end.
  Labels with(std::string_view name, std::string_view value) const;
  std::string_view text() const { return text_; }

 private:
  void add(std::string_view name, std::string_view value);
  std::string text_;
};

/// Prometheus' text exposition, version 0.0.4: families with their samples, one after another.
class Exposition {
 public:
  /// Writes HELP and TYPE; the samples that follow are of this family. Each family once.
  void begin(const Family& family);

  void sample(std::uint64_t value) { sample({}, value); }
  void sample(std::string_view labels, std::uint64_t value);
  void sample(std::string_view labels, double value);
  void sample(std::string_view labels, base::WallTime value);
  /// A histogram's samples are made of these, in this order: buckets by rising bound, then sum and count.
  void bucket(std::string_view labels, std::string_view le, std::uint64_t cumulative);
  void sum_and_count(std::string_view labels, double sum, std::uint64_t count);

  std::string take() { return std::move(text_); }

 private:
  void series(std::string_view suffix, std::string_view labels, std::string_view le);
  void number(double value);
  void number(std::uint64_t value);
  std::string text_;
  std::string_view name_;
};

}  // namespace headgate::proxy::admin::metrics

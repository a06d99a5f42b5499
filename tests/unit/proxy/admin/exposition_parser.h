#pragma once
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::proxy::admin::metrics {

/// A strict reader of Prometheus' text exposition 0.0.4, as promtool's: what it refuses, some scraper refuses.
class ExpositionParser {
 public:
  using LabelSet = std::map<std::string, std::string>;
  struct Sample {
    std::string name;
    LabelSet labels;
    double value = 0;
  };
  struct Family {
    std::string type;
    std::string help;
    std::vector<Sample> samples;
  };

  /// The first complaint, or nothing.
  std::optional<std::string> parse(std::string_view text) {
    if (text.empty() || text.back() != '\n') return "the last line does not end";
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end);
      if (!(line.starts_with("# ") ? comment(line.substr(2)) : sample(line))) {
        return problem_ + " in: " + std::string(line);
      }
      text.remove_prefix(end + 1);
    }
    return check_histograms();
  }

  const std::map<std::string, Family>& families() const { return families_; }
  /// The value of one series; NaN if there is none.
  double value(const std::string& name, const LabelSet& labels = {}) const {
    const auto found = values_.find({name, labels});
    return found == values_.end() ? std::nan("") : found->second;
  }

 private:
  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }
  static bool is_name(std::string_view text) {
    if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
    return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:") ==
           std::string_view::npos;
  }

  bool comment(std::string_view line) {
    const std::size_t space = line.find(' ');
    const std::size_t second = line.find(' ', space + 1);
    if (space == std::string_view::npos || second == std::string_view::npos) return fail("a comment of another kind");
    const std::string_view kind = line.substr(0, space);
    const std::string name(line.substr(space + 1, second - space - 1));
    const std::string rest(line.substr(second + 1));
    if (!is_name(name)) return fail("no metric name");
    if (kind == "HELP") {
      if (rest.empty()) return fail("an empty help");
      if (!families_.emplace(name, Family{.type = "", .help = rest, .samples = {}}).second)
        return fail("a second HELP");
      current_ = name;
      return true;
    }
    if (kind != "TYPE") return fail("a comment of another kind");
    if (name != current_ || !families_[name].type.empty()) return fail("TYPE does not follow its HELP");
    if (rest != "counter" && rest != "gauge" && rest != "histogram") return fail("no such type");
    if ((rest == "counter") != name.ends_with("_total")) return fail("counters, and they alone, end in _total");
    families_[name].type = rest;
    return true;
  }

  bool sample(std::string_view line) {
    Sample out;
    const std::size_t name_end = line.find_first_of("{ ");
    if (name_end == std::string_view::npos) return fail("no value");
    out.name = line.substr(0, name_end);
    if (!is_name(out.name)) return fail("no metric name");
    line.remove_prefix(name_end);
    if (line[0] == '{' && !labels(line, out.labels)) return false;
    if (line.empty() || line[0] != ' ') return fail("no space before the value");
    if (!number(line.substr(1), out.value)) return fail("no number");
    return keep(std::move(out));
  }

  bool labels(std::string_view& line, LabelSet& out) {
    line.remove_prefix(1);
    while (true) {
      const std::size_t equals = line.find("=\"");
      if (equals == std::string_view::npos) return fail("no label value");
      const std::string name(line.substr(0, equals));
      if (!is_name(name) || name.find(':') != std::string::npos) return fail("no label name");
      line.remove_prefix(equals + 2);
      std::string value;
      while (!line.empty() && line[0] != '"') {
        if (line[0] == '\\') {
          if (line.size() < 2 || std::string_view("\\\"n").find(line[1]) == std::string_view::npos) {
            return fail("no such escape");
          }
          value += line[1] == 'n' ? '\n' : line[1];
          line.remove_prefix(2);
        } else {
          value += line[0];
          line.remove_prefix(1);
        }
      }
      if (line.empty()) return fail("a label value without end");
      line.remove_prefix(1);
      if (!out.emplace(name, value).second) return fail("a label twice");
      if (line.empty()) return fail("labels without end");
      const char next = line[0];
      line.remove_prefix(1);
      if (next == '}') return true;
      if (next != ',') return fail("no comma between labels");
    }
  }

  static bool number(std::string_view text, double& out) {
    if (text.empty() || text.find(' ') != std::string_view::npos) return false;
    const std::string copy(text);
    char* end = nullptr;
    out = std::strtod(copy.c_str(), &end);
    return end == copy.c_str() + copy.size();
  }

  bool keep(Sample sample) {
    if (current_.empty() || families_[current_].type.empty()) return fail("a sample before its TYPE");
    Family& family = families_[current_];
    const bool is_part =
        sample.name == current_ + "_bucket" || sample.name == current_ + "_sum" || sample.name == current_ + "_count";
    if (family.type == "histogram" ? !is_part : sample.name != current_) return fail("a sample of another family");
    if (family.type == "counter" && sample.value < 0) return fail("a negative counter");
    if (!values_.emplace(std::pair{sample.name, sample.labels}, sample.value).second) return fail("a series twice");
    family.samples.push_back(std::move(sample));
    return true;
  }

  std::optional<std::string> check_histograms() const {
    for (const auto& [name, family] : families_) {
      if (family.type.empty()) return name + " has no TYPE";
      if (family.type != "histogram") continue;
      std::map<LabelSet, std::vector<std::pair<double, double>>> buckets;
      for (const Sample& sample : family.samples) {
        if (sample.name != name + "_bucket") continue;
        LabelSet rest = sample.labels;
        if (!rest.contains("le")) return name + " has a bucket without le";
        rest.erase("le");
        buckets[rest].emplace_back(bound(sample), sample.value);
      }
      for (const auto& [labels, list] : buckets) {
        for (std::size_t i = 1; i < list.size(); ++i) {
          if (list[i].first <= list[i - 1].first || list[i].second < list[i - 1].second) return name + " does not rise";
        }
        if (!std::isinf(list.back().first)) return name + " has no +Inf";
        if (value(name + "_count", labels) != list.back().second) return name + ": +Inf is not the count";
        if (std::isnan(value(name + "_sum", labels))) return name + " has no sum";
      }
      for (const Sample& sample : family.samples) {
        if (sample.name == name + "_count" && !buckets.contains(sample.labels)) return name + " has no buckets";
      }
    }
    return std::nullopt;
  }

  static double bound(const Sample& sample) {
    double out = std::nan("");
    number(sample.labels.at("le") == "+Inf" ? "inf" : sample.labels.at("le"), out);
    return out;
  }

  std::map<std::string, Family> families_;
  std::map<std::pair<std::string, LabelSet>, double> values_;
  std::string current_;
  std::string problem_;
};

}  // namespace headgate::proxy::admin::metrics

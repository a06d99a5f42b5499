#include "proxy/explain/replay/log_line.h"

#include <nlohmann/json.hpp>

#include "proxy/access_log/entry.h"

namespace headgate::proxy::explain::replay {
namespace {

using Json = nlohmann::json;

struct TextMember {
  std::string_view name;
  std::string LogLine::* text;
};
constexpr TextMember kTexts[] = {
    {"listener", &LogLine::listener},
    {"method", &LogLine::method},
    {"scheme", &LogLine::scheme},
    {"host", &LogLine::host},
    {"path", &LogLine::path},
    {"query", &LogLine::query},
    {"protocol", &LogLine::protocol},
    {"route", &LogLine::route},
    {"user_agent", &LogLine::user_agent},
    {"referer", &LogLine::referer},
    {"ending", &LogLine::ending},
    {"tls_client_subject", &LogLine::tls_client_subject},
    {"tls_client_fingerprint", &LogLine::tls_client_fingerprint},
};

/// Takes the members that matter while they are parsed; nothing is built of the rest.
class Taker final : public nlohmann::json_sax<Json> {
 public:
  explicit Taker(LogLine& out) : out_(out) {}
  bool has_client() const { return has_client_; }
  bool is_cut() const { return is_cut_; }
  bool is_object() const { return is_object_; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t value) override {
    if (depth_ != 1) return true;
    if (name_ == "request_bytes") out_.request_bytes = value;
    if (name_ == "status") out_.status = static_cast<std::uint16_t>(value);
    return true;
  }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t& value) override {
    if (depth_ == 1 && text_ != nullptr) *text_ = std::move(value);
    if (depth_ == 1 && name_ == "client") {
      const std::optional<base::IpAddress> address = base::IpAddress::parse(value);
      has_client_ = address.has_value();
      if (address) out_.client = *address;
    }
    if (depth_ == 2 && name_ == "cut") note_cut(value);
    return true;
  }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    is_object_ = is_object_ || depth_ == 0;
    ++depth_;
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    name_ = std::move(name);
    text_ = nullptr;
    for (const TextMember& member : kTexts) {
      if (member.name == name_) text_ = &(out_.*member.text);
    }
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    ++depth_;
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  void note_cut(std::string_view name) {
    if (name == "query") out_.query_is_cut = true;
    if (name == "user_agent") out_.user_agent_is_cut = true;
    if (name == "referer") out_.referer_is_cut = true;
    is_cut_ = is_cut_ || name == "method" || name == "host" || name == "path" || name == "listener";
  }

  LogLine& out_;
  std::string name_;
  std::string* text_ = nullptr;
  int depth_ = 0;
  bool has_client_ = false;
  bool is_cut_ = false;
  bool is_object_ = false;
};

}  // namespace

std::string_view to_string(Unusable why) {
  switch (why) {
    case Unusable::kNotJson:
      return "no JSON: cut off, or not written by access_log with format: json";
    case Unusable::kTooLong:
      return "longer than any line of headgate's";
    case Unusable::kNoMember:
      return "no client or listener in it: not a line of headgate's access log";
    case Unusable::kQuery:
      return "a query of DNS, which is no request";
    case Unusable::kConnection:
      return "a connection of a tcp listener, which has no requests";
    case Unusable::kNoRequest:
      return "refused or broken off before it had a method and a path";
    case Unusable::kCut:
      return "method, host or path were too long for the log, which cut them";
    case Unusable::kCount:
      break;
  }
  return "";
}

std::optional<Unusable> read_log_line(std::string_view line, LogLine& out) {
  if (line.size() > kLineBytesMax) return Unusable::kTooLong;
  out = LogLine{};
  Taker taker(out);
  if (!line.starts_with('{') || !Json::sax_parse(line.begin(), line.end(), &taker) || !taker.is_object()) {
    return Unusable::kNotJson;
  }
  if (!taker.has_client() || out.listener.empty()) return Unusable::kNoMember;
  if (taker.is_cut()) return Unusable::kCut;
  if (out.protocol == access_log::kTcp) return Unusable::kConnection;
  if (out.protocol == access_log::kDnsOverUdp || out.protocol == access_log::kDnsOverTcp) return Unusable::kQuery;
  if (out.method.empty() || out.path.empty()) return Unusable::kNoRequest;
  return std::nullopt;
}

bool looks_combined(std::string_view line) {
  const std::size_t bracket = line.find(" [");
  return bracket != std::string_view::npos && line.find("] \"", bracket) != std::string_view::npos;
}

}  // namespace headgate::proxy::explain::replay

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "proxy/admin/api/resources/resources.h"
#include "proxy/explain/member_json.h"

namespace headgate::proxy::admin::api::resources {
namespace {

/// Takes a question apart; what is wrong with it first is the error.
class QuestionReader {
 public:
  explicit QuestionReader(const Json& body) : body_(body) {}

  base::Result<explain::Question> read() {
    explain::Question question;
    std::string from = question.from.text();
    for (const auto& [name, value] : body_.items()) {
      if (name == "url") {
        take_text(name, value, question.url);
      } else if (name == "method") {
        take_text(name, value, question.method);
      } else if (name == "listener") {
        take_text(name, value, question.listener);
      } else if (name == "from") {
        take_text(name, value, from);
      } else if (name == "server_name") {
        take_text(name, value, question.server_name);
      } else if (name == "protocols") {
        take_protocols(value, question);
      } else if (name == "headers") {
        take_headers(value, question);
      } else {
        refuse(fmt::format(
            "There is no member {}; there are url, method, from, headers, listener, server_name and protocols.", name));
      }
    }
    if (question.url.empty()) refuse("url is required, as in {\"url\": \"http://www.example.com/\"}.");
    if (question.method.empty()) refuse("method is empty.");
    const std::optional<base::IpAddress> address = base::IpAddress::parse(from);
    if (address) {
      question.from = *address;
    } else {
      refuse(fmt::format("from: '{}' is no IP address.", from));
    }
    if (refusal_) return *refusal_;
    return question;
  }

 private:
  void refuse(std::string why) {
    if (!refusal_) refusal_ = base::Error{base::ErrorKind::kInvalid, base::Fault::kUser, std::move(why)};
  }
  void take_text(const std::string& name, const Json& value, std::string& out) {
    if (value.is_string()) {
      out = value.get<std::string>();
    } else if (!value.is_null()) {
      refuse(fmt::format("{} is a text.", name));
    }
  }
  void take_protocols(const Json& value, explain::Question& question) {
    if (value.is_null()) return;
    bool is_list = value.is_array();
    for (std::size_t i = 0; is_list && i < value.size(); ++i) {
      is_list = value[i].is_string();
      if (is_list) question.protocols.push_back(value[i].get<std::string>());
    }
    if (!is_list) refuse("protocols is a list of texts: [\"h2\"].");
  }
  void take_headers(const Json& value, explain::Question& question) {
    if (value.is_null()) return;
    bool is_list = value.is_array();
    for (std::size_t i = 0; is_list && i < value.size(); ++i) {
      const Json& pair = value[i];
      is_list = pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[1].is_string();
      if (is_list) question.headers.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
    }
    if (!is_list) refuse("headers is a list of pairs: [[\"Name\", \"value\"]].");
  }

  const Json& body_;
  std::optional<base::Error> refusal_;
};

/// A question of DNS: {"name": "www.example.com", "type": "AAAA", "from": "203.0.113.9"}.
base::Result<explain::lookup::Question> lookup_question(const Json& body) {
  const auto refused = [](std::string why) {
    return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser, std::move(why)};
  };
  explain::lookup::Question out;
  std::string from = out.from.text();
  for (const auto& [name, value] : body.items()) {
    std::string* const member = name == "name"   ? &out.name
                                : name == "type" ? &out.type
                                : name == "from" ? &from
                                                 : nullptr;
    if (member == nullptr) return refused(fmt::format("With name there are type and from, and no member {}.", name));
    if (!value.is_string() && !value.is_null()) return refused(fmt::format("{} is a text.", name));
    if (value.is_string()) *member = value.get<std::string>();
  }
  const std::optional<base::IpAddress> address = base::IpAddress::parse(from);
  if (!address) return refused(fmt::format("from: '{}' is no IP address.", from));
  out.from = *address;
  return out;
}

Answer explain_lookup(const Daemon& daemon, const Json& body) {
  const base::Result<explain::lookup::Question> question = lookup_question(body);
  if (!question) return problem(400, question.error().message);
  const base::Result<explain::lookup::Lookup> found = daemon.explain_lookup(*question);
  if (found) return answer_with(explain::written(*found));
  return problem(found.error().kind == base::ErrorKind::kUnavailable ? 503 : 400, found.error().message);
}

}  // namespace

net::Task<Answer> explain_request(const Daemon& daemon, const Asked& asked) {
  if (asked.body.contains("name")) co_return explain_lookup(daemon, asked.body);
  base::Result<explain::Question> question = QuestionReader(asked.body).read();
  if (!question) co_return problem(400, question.error().message);
  const base::Result<explain::Explanation> found = co_await daemon.explain(std::move(*question));
  if (!found) co_return problem(found.error().kind == base::ErrorKind::kUnavailable ? 503 : 400, found.error().message);
  co_return answer_with(explain::written(*found));
}

}  // namespace headgate::proxy::admin::api::resources

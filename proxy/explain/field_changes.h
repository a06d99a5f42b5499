#pragma once
#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "proxy/explain/explanation.h"
#include "wire/http/field.h"

namespace headgate::proxy::explain {

/// Follows the fields of one message through the steps that change them: what became of each name, and which step was
/// the last to touch it.
///
///     FieldHistory history(head.fields);
///     add_forwarding_fields(...);
///     history.step(head.fields, "headgate");
///     rules.apply(head.fields, ...);
///     history.step(head.fields, by_rule);
///     explanation.fields = history.changes();
class FieldHistory {
 public:
  explicit FieldHistory(const wire::http::Fields& fields);

  /// `by(name)` says who changed a field of that name, in lower case, since the step before.
  template <std::invocable<const std::string&> By>
  void step(const wire::http::Fields& fields, By by) {
    ++steps_;
    for (Name* each : changed_by(fields)) {
      each->by = by(each->lower);
      each->step = steps_;
    }
  }
  void step(const wire::http::Fields& fields, std::string_view by) {
    step(fields, [by](const std::string&) { return std::string(by); });
  }

  /// Every name: those that were kept, then by the step that was the last to touch them.
  std::vector<FieldChange> changes() const;

 private:
  using Values = std::vector<std::string>;
  struct Name {
    std::string lower;
    std::string shown;
    Values first;
    Values last;
    std::string by;
    std::size_t step = 0;
  };
  Name& name_of(std::string_view shown);
  std::vector<Name*> changed_by(const wire::http::Fields& fields);
  std::vector<std::unique_ptr<Name>> names_;  // in the order in which they first appeared
  std::size_t steps_ = 0;
};

/// Which of a route's rules last touched a field of that name, in lower case: "headers.request.set".
std::string rule_of(const config::FieldRules& rules, std::string_view side, std::string_view lower_name);

}  // namespace headgate::proxy::explain

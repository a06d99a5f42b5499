#include "proxy/explain/field_changes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"

namespace headgate::proxy::explain {

FieldHistory::FieldHistory(const wire::http::Fields& fields) {
  for (const wire::http::Field& field : fields) name_of(field.name).first.emplace_back(field.value);
  for (const std::unique_ptr<Name>& name : names_) name->last = name->first;
}

FieldHistory::Name& FieldHistory::name_of(std::string_view shown) {
  const std::string lower = base::lowered(shown);
  for (const std::unique_ptr<Name>& name : names_) {
    if (name->lower == lower) return *name;
  }
  names_.push_back(std::make_unique<Name>());
  names_.back()->lower = lower;
  names_.back()->shown = shown;
  return *names_.back();
}

std::vector<FieldHistory::Name*> FieldHistory::changed_by(const wire::http::Fields& fields) {
  std::vector<Values> before;
  for (const std::unique_ptr<Name>& name : names_) before.push_back(std::exchange(name->last, {}));
  for (const wire::http::Field& field : fields) {
    Name& name = name_of(field.name);
    name.last.emplace_back(field.value);
    if (name.first.empty()) name.shown = field.name;
  }
  std::vector<Name*> changed;
  before.resize(names_.size());
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i]->last != before[i]) changed.push_back(names_[i].get());
  }
  return changed;
}

std::vector<FieldChange> FieldHistory::changes() const {
  std::vector<FieldChange> out;
  for (std::size_t step = 0; step <= steps_; ++step) {
    for (const std::unique_ptr<Name>& name : names_) {
      const bool is_same = name->first == name->last;
      if ((is_same ? 0 : name->step) != step) continue;
      if (is_same && name->first.empty()) continue;  // came and went
      const std::string change = is_same               ? "kept"
                                 : name->first.empty() ? "added"
                                 : name->last.empty()  ? "removed"
                                                       : "changed";
      out.push_back({change, name->shown, name->first, name->last, is_same ? "" : name->by});
    }
  }
  return out;
}

std::string rule_of(const config::FieldRules& rules, std::string_view side, std::string_view lower_name) {
  const auto is_it = [lower_name](const auto& rule) { return base::lowered(rule.first) == lower_name; };
  const auto is_name = [lower_name](const std::string& name) { return base::lowered(name) == lower_name; };
  std::string action = "remove";
  if (std::any_of(rules.add.begin(), rules.add.end(), is_it)) {
    action = std::any_of(rules.set.begin(), rules.set.end(), is_it) ? "set and add" : "add";
  } else if (std::any_of(rules.set.begin(), rules.set.end(), is_it)) {
    action = "set";
  } else if (!std::any_of(rules.remove.begin(), rules.remove.end(), is_name)) {
    return "headgate";
  }
  return fmt::format("headers.{}.{}", side, action);
}

}  // namespace headgate::proxy::explain

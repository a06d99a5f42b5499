#include "proxy/route/field_rules.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "config/placeholders.h"

namespace headgate::proxy::route {

using wire::http::FieldId;
using wire::http::Fields;

namespace {

enum class Action : std::uint8_t { kRemove, kSet, kAdd };

constexpr std::string_view kActionNames[] = {"remove", "set", "add"};

constexpr std::uint64_t kFraming =
    Fields::bit(FieldId::kConnection) | Fields::bit(FieldId::kContentLength) | Fields::bit(FieldId::kTransferEncoding);

/// RFC 9110 section 7.6.1: of one connection, not of the message.
constexpr std::uint64_t kOneHop = Fields::bit(FieldId::kKeepAlive) | Fields::bit(FieldId::kProxyConnection) |
                                  Fields::bit(FieldId::kTe) | Fields::bit(FieldId::kTrailer) |
                                  Fields::bit(FieldId::kUpgrade);

base::Result<void> check_name(const std::string& name, FieldId id, Action action, MessageSide side) {
  const auto refused = [&](std::string_view why) {
    return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser,
                       fmt::format("{} '{}': {}", kActionNames[static_cast<int>(action)], name, why)};
  };
  if (!base::is_token(name)) return refused("not a field name");
  if (id == FieldId::kOther) return {};
  const bool changes = action != Action::kRemove;
  if ((Fields::bit(id) & (changes ? kFraming | kOneHop : kFraming)) != 0) {
    return refused("headgate writes this field itself, as the connection needs it");
  }
  if (id == FieldId::kHost && side == MessageSide::kRequest && action != Action::kSet) {
    return refused("a request has exactly one; it can only be set");
  }
  return {};
}

}  // namespace

base::Result<CompiledFieldRules> CompiledFieldRules::compile(const config::FieldRules& rules, MessageSide side) {
  CompiledFieldRules out;
  for (const std::string& name : rules.remove) {
    const FieldId id = wire::http::field_id_of(name);
    base::Result<void> checked = check_name(name, id, Action::kRemove, side);
    if (!checked) return checked.error();
    out.remove_.push_back(Name{name, id});
  }
  const auto names = side == MessageSide::kRequest ? config::request_placeholders() : config::response_placeholders();
  for (const Action action : {Action::kSet, Action::kAdd}) {
    for (const auto& [name, text] : action == Action::kSet ? rules.set : rules.add) {
      const FieldId id = wire::http::field_id_of(name);
      base::Result<void> checked = check_name(name, id, action, side);
      if (!checked) return checked.error();
      base::Result<FieldTemplate> value = FieldTemplate::compile(text, names);
      if (!value) {
        base::Error error = value.error();
        error.message = fmt::format("{} '{}': {}", kActionNames[static_cast<int>(action)], name, error.message);
        return error;
      }
      out.uses_ |= value->uses();
      (action == Action::kSet ? out.set_ : out.add_).push_back(Rule{Name{name, id}, std::move(*value)});
    }
  }
  return out;
}

void CompiledFieldRules::apply(Fields& fields, const Variables& variables, base::Arena& arena) const {
  for (const Name& name : remove_) {
    if (name.id == FieldId::kOther) {
      fields.remove(name.text);
    } else if (fields.has(name.id)) {
      fields.remove(name.id);
    }
  }
  for (const Rule& rule : set_) {
    const std::string_view value = rule.value.expand(variables, arena);
    if (rule.name.id == FieldId::kOther) {
      fields.set(rule.name.text, value);
    } else {
      fields.set(rule.name.id, value);
    }
  }
  for (const Rule& rule : add_) fields.add(rule.name.text, rule.value.expand(variables, arena), rule.name.id);
}

}  // namespace headgate::proxy::route

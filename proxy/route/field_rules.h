#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "config/config.h"
#include "proxy/route/field_template.h"
#include "wire/http/field.h"

namespace headgate::proxy::route {

enum class MessageSide : std::uint8_t { kRequest, kResponse };

/// The `headers:` of one route and side, compiled. Immutable; names and literal values it writes are its own, so it
/// must outlive the fields it was applied to (an exchange keeps its snapshot).
class CompiledFieldRules {
 public:
  /// Refuses what would break the message: names that are no tokens; to set or add Connection, Content-Length,
  /// Transfer-Encoding and the other fields of one hop, which headgate writes itself; to remove the first three; to add
  /// or remove Host in requests; unknown variables.
  static base::Result<CompiledFieldRules> compile(const config::FieldRules& rules, MessageSide side);

  bool empty() const { return remove_.empty() && set_.empty() && add_.empty(); }
  /// A bit for each Variable that some value holds.
  std::uint32_t uses() const { return uses_; }

  /// Removes, then sets, then adds, each in the order of the file.
  void apply(wire::http::Fields& fields, const Variables& variables, base::Arena& arena) const;

 private:
  struct Name {
    std::string text;
    wire::http::FieldId id;
  };
  struct Rule {
    Name name;
    FieldTemplate value;
  };
  std::vector<Name> remove_;
  std::vector<Rule> set_;
  std::vector<Rule> add_;
  std::uint32_t uses_ = 0;
};

}  // namespace headgate::proxy::route

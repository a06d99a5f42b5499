#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "health/table.h"

namespace headgate::proxy::admin {

/// The health table by pool, id and address. Refers to `rows`.
class HealthRows {
 public:
  explicit HealthRows(const std::vector<health::Row>& rows) {
    for (const health::Row& row : rows) by_key_.emplace(key(row.pool, row.backend, row.address.text()), &row);
  }
  /// Null if the table does not know it.
  const health::Row* find(std::string_view pool, std::string_view backend, std::string_view address) const {
    const auto found = by_key_.find(key(pool, backend, address));
    return found == by_key_.end() ? nullptr : found->second;
  }

 private:
  // With lengths, so that no two different keys are written alike.
  static std::string key(std::string_view pool, std::string_view backend, std::string_view address) {
    std::string out = std::to_string(pool.size()) + ' ' + std::to_string(backend.size()) + ' ';
    return out.append(pool).append(backend).append(address);
  }
  std::unordered_map<std::string, const health::Row*> by_key_;
};

}  // namespace headgate::proxy::admin

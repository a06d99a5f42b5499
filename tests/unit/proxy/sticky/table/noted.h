#pragma once
#include <cstdint>
#include <mutex>
#include <vector>

#include "proxy/sticky/table/log_reader.h"

namespace headgate::proxy::sticky::table {

inline constexpr std::uint32_t kNow = 1'800'000'000;  ///< seconds since 1970

/// A journal in memory.
class Noted final : public Journal {
 public:
  std::uint64_t note(Change change, const Entry& entry) override {
    const std::lock_guard lock(mutex_);
    records.push_back({records.size() + 1, change, entry});
    return records.size();
  }
  std::vector<Record> records;

 private:
  std::mutex mutex_;
};

}  // namespace headgate::proxy::sticky::table

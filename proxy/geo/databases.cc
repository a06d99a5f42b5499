#include "proxy/geo/databases.h"

namespace headgate::proxy::geo {

std::vector<std::shared_ptr<const geoip::Database>> all_of(const std::vector<LoadedDatabase>& loaded) {
  std::vector<std::shared_ptr<const geoip::Database>> out;
  for (const LoadedDatabase& each : loaded) out.push_back(each.database);
  return out;
}

base::Result<std::vector<LoadedDatabase>> Databases::load(const std::vector<std::string>& files) {
  std::vector<LoadedDatabase> out;
  for (const std::string& file : files) {
    // Before it is read: what changes meanwhile is seen as a change afterwards.
    const config::FileMark mark = config::mark_of(file);
    const auto known = loaded_.find(file);
    if (known == loaded_.end() || known->second.mark != mark) {
      base::Result<std::shared_ptr<const geoip::Database>> read = geoip::Database::load(file);
      if (!read) return read.error();
      take({file, mark, std::move(*read)});
    }
    out.push_back(loaded_.at(file));
  }
  return out;
}

void Databases::forget_unused() {
  std::erase_if(loaded_, [](const auto& entry) { return entry.second.database.use_count() == 1; });
}

}  // namespace headgate::proxy::geo

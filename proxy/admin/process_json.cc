#include "proxy/admin/process_json.h"

#include <utility>

namespace headgate::proxy::admin {

void add_process(const View& view, Json& out) {
  out["process"] = {{"resident_bytes", view.process.resident_bytes},
                    {"cpu_seconds", view.process.cpu_seconds},
                    {"open_descriptors", view.process.open_descriptors},
                    {"max_descriptors", view.process.max_descriptors}};
  out["access_log"] = {{"written", view.access_log.written},
                       {"dropped_by_full_rings", view.access_log.dropped_by_full_rings},
                       {"lost_by_writing", view.access_log.lost_by_writing}};
  Json workers = Json::array();
  for (std::size_t i = 0; i < view.workers.size(); ++i) {
    workers.push_back({{"worker", i},
                       {"connections", view.workers[i].connections},
                       {"buffers_lent_bytes", view.workers[i].buffers_lent_bytes}});
  }
  out["workers"] = std::move(workers);
}

}  // namespace headgate::proxy::admin

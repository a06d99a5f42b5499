#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/files.h"
#include "proxy/dns/zone/master_file/contents.h"
#include "proxy/dns/zone/zone.h"

namespace headgate::proxy::dns::zone {

/// A zone's file, as it was when it was read.
struct ReadFile {
  config::FileMark mark;
  master_file::Contents contents;
};

/// Reads the file of a zone that has one. The Error has a line for each problem: "example.org.zone:12:5: ...".
base::Result<ReadFile> read_file_of(const config::DnsZone& zone);

/// Reads the keys that a zone is signed with; null: it is not.
base::Result<std::shared_ptr<const keys::Keys>> read_keys_of(const config::DnsZone& zone);

/// One of `config`'s zones, with the records of its file (null: it has none), the keys that it is signed with (the
/// same) and the serial that goes on with it. The Error names the file and line of what does not go together with what
/// is there already.
base::Result<std::shared_ptr<const Zone>> compile_zone(const config::Config& config, const config::DnsZone& settings,
                                                       const ReadFile* file, std::shared_ptr<const keys::Keys> keys,
                                                       std::shared_ptr<const Serial> serial);

/// All of a configuration's zones, in its order, each as if it was new: what is only looked at. What is served goes on
/// in Zones.
base::Result<std::vector<std::shared_ptr<const Zone>>> compile(const config::Config& config);

}  // namespace headgate::proxy::dns::zone

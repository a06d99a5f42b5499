#pragma once
#include <memory>
#include <string>

#include "proxy/origin/files/static_root.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::origin {

/// Answers with the files below a directory.
class StaticOrigin final : public Origin {
 public:
  static base::Result<std::shared_ptr<const StaticOrigin>> open(const config::StaticOrigin& settings);

  net::Task<base::Result<void>> respond(Call& call, message::Response& response) const override;
  Outlook outlook(const message::Request& request, base::Arena& arena) const override;
  std::string describe() const override { return "static " + directory_; }

 private:
  StaticOrigin(std::string directory, files::StaticRoot root)
      : directory_(std::move(directory)), root_(std::move(root)) {}
  std::string directory_;
  files::StaticRoot root_;
};

}  // namespace headgate::proxy::origin

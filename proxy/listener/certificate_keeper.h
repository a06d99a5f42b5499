#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "config/files.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/listener/tls_contexts.h"

namespace headgate::proxy::listener {

/// Keeps what listeners show over TLS as it stands in the files: looks at them every kLookEvery and, when one has
/// changed and stays so for another look, loads them all anew. Files that cannot be used leave what is shown as it is.
/// Belongs to the control thread.
class CertificateKeeper {
 public:
  struct Told {
    /// New handshakes of this listener are to be shown these.
    std::function<void(const std::string& listener, const LoadedTls& loaded)> loaded;
    /// Something that an operator should know: a sentence, and whether it is bad news.
    std::function<void(const std::string& text, bool is_bad)> happened;
  };
  CertificateKeeper(net::Loop& loop, Told told) : loop_(loop), told_(std::move(told)) {}

  /// A listener over TLS, whose files have just been read.
  struct Followed {
    std::shared_ptr<const config::Listener> settings;
    std::shared_ptr<ListenerShare> share;
    LoadedTls loaded;
  };
  /// From now on these are the listeners, of this configuration.
  void follow(std::vector<Followed> listeners, const config::Config& config);
  /// Looks at the files again and again.
  net::Task<void> watch();

  /// What a listener shows; null for a plain one.
  const KeptCertificates* of(const std::string& listener) const;

  static constexpr base::Duration kLookEvery = std::chrono::seconds(1);

 private:
  using Marks = std::vector<config::FileMark>;
  struct Watched : KeptCertificates {
    std::shared_ptr<const config::Listener> settings;
    std::shared_ptr<ListenerShare> share;
    std::vector<std::string> files;
    Marks used;                        // what was loaded, or could not be
    Marks seen;                        // at the last look
    std::vector<std::string> expired;  // fingerprints, told already
  };

  void look();
  void load_again(Watched& watched);
  void tell_of_expired(Watched& watched);
  static Marks marks_of(const std::vector<std::string>& files);

  net::Loop& loop_;
  Told told_;
  std::map<std::string, Watched> watched_;  // by listener
};

}  // namespace headgate::proxy::listener

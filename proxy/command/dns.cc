#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "base/files/file_io.h"
#include "base/owned_fd.h"
#include "config/files.h"
#include "proxy/command/commands.h"
#include "proxy/dns/keys/keys.h"
#include "wire/dns/name.h"

namespace headgate::proxy::command {
namespace {

using dns::keys::Keys;

int dns_refused(const std::string& why, int status = 2) {
  std::fprintf(stderr, "headgate dns: %s\n", why.c_str());
  return status;
}

/// A file that was not there, for its owner alone.
base::Result<void> write_new_key(const std::string& path, std::string_view pem) {
  const base::OwnedFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) {
    const int error = errno;
    return base::Error{base::ErrorKind::kSystem, base::Fault::kUser,
                       fmt::format("cannot make {}: {}", path, std::strerror(error))};
  }
  base::Result<void> written = base::files::write_at(file.get(), pem, 0, path);
  if (written) written = base::files::sync_file(file.get(), path);
  if (!written) {
    ::unlink(path.c_str());
    return written;
  }
  base::files::sync_folder_of(path);
  return {};
}

void say_what_to_do(const dns::keys::Key& key, const wire::dns::Name& zone, const std::string& path) {
  std::printf(
      "%s: a new key of %s, which its owner alone may read.\n"
      "\n"
      "1. Let the daemon read it (where headgate runs as a user of its own:\n"
      "   chown headgate %s) and name it in the configuration:\n"
      "\n"
      "     dns: { zones: { %s: { dnssec: { key: %s } } } }\n"
      "\n"
      "2. When all servers of the zone sign with it, and an hour after that, have the\n"
      "   parent zone publish this (a registrar asks for it as DS or as DNSKEY):\n"
      "\n"
      "%s\n"
      "%s\n"
      "\n"
      "Keep a copy in a safe place. A key that is lost while the parent names it makes\n"
      "the whole zone unreachable for whoever validates.\n",
      path.c_str(), zone.text().c_str(), path.c_str(), zone.text().c_str(), path.c_str(),
      dns::keys::ds_text(key, zone).c_str(), dns::keys::dnskey_text(key, zone).c_str());
}

}  // namespace

int make_dns_key(const DnsKeyOptions& options) {
  const base::Result<wire::dns::Name> zone = wire::dns::Name::parse(options.zone);
  if (!zone) return dns_refused(zone.error().message);
  const std::string path = config::absolute_path(config::folder_of("."), options.file);
  if (::access(path.c_str(), F_OK) == 0) {
    return dns_refused(fmt::format("{} is there already, and a key is never overwritten; name another FILE", path));
  }
  const base::Result<std::string> pem = dns::keys::Key::make_pem();
  if (!pem) return dns_refused(pem.error().message, 1);
  const base::Result<std::shared_ptr<const Keys>> made = Keys::parse(*pem);
  if (!made) return dns_refused(made.error().message, 1);
  if (const base::Result<void> written = write_new_key(path, *pem); !written) {
    return dns_refused(written.error().message, 1);
  }
  say_what_to_do((*made)->first(), *zone, path);
  return 0;
}

int show_dns_ds(const DnsKeyOptions& options) {
  const base::Result<wire::dns::Name> zone = wire::dns::Name::parse(options.zone);
  if (!zone) return dns_refused(zone.error().message);
  const base::Result<std::shared_ptr<const Keys>> made = Keys::read(options.file);
  if (!made) return dns_refused(made.error().message);
  for (const dns::keys::Key& key : (*made)->all()) {
    const std::string line = options.shows_dnskey ? dnskey_text(key, *zone) : ds_text(key, *zone);
    std::puts(line.c_str());
  }
  return 0;
}

}  // namespace headgate::proxy::command

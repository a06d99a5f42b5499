#include "proxy/ctl/client/door.h"

#include <fmt/format.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "config/files.h"

namespace headgate::proxy::ctl::client {
namespace {

base::Error wrong(std::string message) {
  return {base::ErrorKind::kInvalid, base::Fault::kUser, std::move(message)};
}

base::Result<Door> door_of_socket(const std::string& path) {
  // A relative path is the shell's, not the socket's: it is made whole before it is named in a message.
  const std::string whole = path.starts_with('@') ? path : config::absolute_path(config::folder_of("./x"), path);
  const std::optional<base::Endpoint> endpoint = base::Endpoint::unix_path(whole);
  if (!endpoint) return wrong(fmt::format("no socket can be named '{}': at most 107 bytes", path));
  return Door{{*endpoint}, "localhost", "", whole};
}

struct HostAndPort {
  std::string host;
  std::string port;
};

/// "127.0.0.1:9900", "[::1]:9900", "gate.internal:9900".
std::optional<HostAndPort> split(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = authority.substr(0, colon);
  const std::string_view port = authority.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::optional<std::uint16_t> number = base::parse_decimal<std::uint16_t>(port);
  if (host.empty() || !number || *number == 0) return std::nullopt;
  return HostAndPort{std::string(host), std::string(port)};
}

base::Result<std::vector<base::Endpoint>> resolve(const HostAndPort& where) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(where.host.c_str(), where.port.c_str(), &hints, &found);
  if (status != 0) return wrong(fmt::format("{}: {}", where.host, ::gai_strerror(status)));
  std::vector<base::Endpoint> endpoints;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_family != AF_INET && each->ai_family != AF_INET6) continue;
    endpoints.push_back(base::Endpoint::from_sockaddr(each->ai_addr, each->ai_addrlen));
  }
  ::freeaddrinfo(found);
  if (endpoints.empty()) return wrong(where.host + " has no address");
  return endpoints;
}

base::Result<Door> door_of_url(const std::string& url, const std::optional<std::string>& token_file) {
  constexpr std::string_view kScheme = "http://";
  if (url.starts_with("https://")) {
    return wrong("the admin listener speaks plain HTTP: write http://HOST:PORT, and cross a network through ssh -L");
  }
  std::string_view authority = url;
  if (authority.starts_with(kScheme)) authority.remove_prefix(kScheme.size());
  if (authority.ends_with('/')) authority.remove_suffix(1);
  const std::optional<HostAndPort> where = split(authority);
  if (!where || authority.find_first_of("/?#@ \r\n") != std::string_view::npos) {
    return wrong(fmt::format("'{}' is not a URL of an admin listener: http://HOST:PORT", url));
  }
  base::Result<std::vector<base::Endpoint>> endpoints = resolve(*where);
  if (!endpoints) return endpoints.error();
  Door door{std::move(*endpoints), std::string(authority), "", "http://" + std::string(authority)};
  if (!token_file) return door;
  base::Result<std::string> token = config::read_secret(*token_file);
  if (!token) return token.error();
  door.token = std::move(*token);
  return door;
}

std::string user_text(uid_t id) {
  const passwd* found = ::getpwuid(id);
  return found == nullptr ? std::to_string(id) : found->pw_name;
}

std::string group_text(gid_t id) {
  const group* found = ::getgrgid(id);
  return found == nullptr ? std::to_string(id) : found->gr_name;
}

/// The socket itself, or the first folder on the way to it that may not be entered.
std::string what_is_closed(const std::string& path) {
  std::filesystem::path so_far;
  for (const std::filesystem::path& part : std::filesystem::path(path)) {
    so_far /= part;
    struct stat found{};
    if (::stat(so_far.c_str(), &found) == 0 && S_ISDIR(found.st_mode) && ::access(so_far.c_str(), X_OK) != 0) {
      return so_far.string();
    }
  }
  return path;
}

std::string why_forbidden(const std::string& path) {
  const std::string closed = what_is_closed(path);
  struct stat found{};
  if (::stat(closed.c_str(), &found) != 0) return path + ": permission denied";
  const std::string group = group_text(found.st_gid);
  return fmt::format(
      "{}: permission denied; {} is open to user {} and group {}: use sudo, or become a member (adduser {} {})", path,
      closed == path ? "it" : closed, user_text(found.st_uid), group, user_text(::getuid()), group);
}

std::string why_no_socket(const std::string& path, const base::Error& error) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) {
    if (errno == EACCES) return why_forbidden(path);
    return fmt::format(
        "there is no socket {}; is headgate running (systemctl status headgate), and does its configuration have "
        "admin.socket? --socket or HEADGATE_SOCKET names another",
        path);
  }
  if (!S_ISSOCK(found.st_mode)) return path + " is not a socket; --socket names the path of admin.socket";
  if (::access(path.c_str(), W_OK) != 0) return why_forbidden(path);
  if (error.kind == base::ErrorKind::kRefused) {
    return fmt::format("nobody answers on {}: headgate is not running, or too busy (systemctl status headgate)", path);
  }
  return error.message;
}

}  // namespace

base::Result<Door> find_door(const DoorWish& wish) {
  if (wish.url) {
    if (wish.socket) return wrong("either --socket or --url, not both");
    return door_of_url(*wish.url, wish.token_file);
  }
  if (wish.token_file) return wrong("--token-file goes with --url: the unix socket needs no token");
  if (wish.socket) return door_of_socket(*wish.socket);
  const char* of_environment = std::getenv("HEADGATE_SOCKET");
  return door_of_socket(of_environment != nullptr && *of_environment != '\0' ? of_environment : kDefaultSocket);
}

base::Error unreachable(const Door& door, const base::Error& error) {
  const base::Endpoint& first = door.endpoints.front();
  std::string text = error.message;
  if (first.is_unix() && first.path().starts_with('/')) {
    text = why_no_socket(first.path(), error);
  } else if (error.kind == base::ErrorKind::kRefused) {
    text = fmt::format("nobody listens on {}: is headgate running, and is that its admin.bind?", door.name);
  } else if (error.kind == base::ErrorKind::kTimeout) {
    text = fmt::format("{}: no connection in time", door.name);
  }
  return {error.kind, error.fault, std::move(text)};
}

}  // namespace headgate::proxy::ctl::client

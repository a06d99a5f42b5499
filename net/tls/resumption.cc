#include "net/tls/resumption.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "base/x509/pem.h"

namespace headgate::net::tls {
namespace {

using base::x509::Freer;
using OwnedCipher = std::unique_ptr<EVP_CIPHER, Freer<EVP_CIPHER_free>>;

/// One that OpenSSL does not look up anew for every ticket.
const EVP_CIPHER* ticket_cipher() {
  static const OwnedCipher cipher(EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr));
  return cipher.get();
}

/// Hangs the settings on a context, for as long as it or one of its connections lives.
int settings_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr,
                                                    [](void*, void* settings, CRYPTO_EX_DATA*, int, long, void*) {
                                                      delete static_cast<ResumptionSettings*>(settings);
                                                    });
  return index;
}

const ResumptionSettings& settings_of(const SSL_CTX* context) {
  return *static_cast<const ResumptionSettings*>(SSL_CTX_get_ex_data(context, settings_index()));
}

bool key_mac(EVP_MAC_CTX* mac, const TicketKey& key) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<unsigned char*>(key.mac.data()), key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

int seal(const TicketKey& key, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  std::copy(key.name.begin(), key.name.end(), name);
  if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(ticket_cipher())) != 1) return -1;
  if (EVP_EncryptInit_ex2(cipher, ticket_cipher(), key.cipher.data(), iv, nullptr) != 1) return -1;
  return key_mac(mac, key) ? 1 : -1;
}

/// 0: not ours, a full handshake follows; 2: good, and to be replaced by one of the newest key.
int unseal(const TicketKeys::Set& keys, bool is_used_up, const unsigned char* name, const unsigned char* iv,
           EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  for (const TicketKey& key : keys) {
    if (!std::equal(key.name.begin(), key.name.end(), name)) continue;
    if (EVP_DecryptInit_ex2(cipher, ticket_cipher(), key.cipher.data(), iv, nullptr) != 1) return -1;
    if (!key_mac(mac, key)) return -1;
    return is_used_up || &key != &keys.front() ? 2 : 1;
  }
  return 0;
}

int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int sealing) {
  const ResumptionSettings& settings = settings_of(SSL_get_SSL_CTX(ssl));
  const std::shared_ptr<const TicketKeys::Set> keys =
      settings.sessions->tickets.at(base::wall_now(), settings.lifetime);
  if (sealing != 0) return seal(keys->front(), name, iv, cipher, mac);
  // RFC 8446 appendix C.4: a ticket that is used twice tells an observer that it is the same client.
  const bool is_used_up = SSL_version(ssl) >= TLS1_3_VERSION;
  return unseal(*keys, is_used_up, name, iv, cipher, mac);
}

std::string_view id_of(const SSL_SESSION* session) {
  unsigned bytes = 0;
  const unsigned char* id = SSL_SESSION_get_id(session, &bytes);
  return {reinterpret_cast<const char*>(id), bytes};
}

int on_new_session(SSL* ssl, SSL_SESSION* session) {
  const ResumptionSettings& settings = settings_of(SSL_get_SSL_CTX(ssl));
  // The client holds it itself.
  if (settings.tickets && SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION) return 0;
  const int bytes = i2d_SSL_SESSION(session, nullptr);
  if (bytes <= 0 || static_cast<std::size_t>(bytes) > SessionCache::kSessionBytesMax) return 0;
  std::string text(static_cast<std::size_t>(bytes), '\0');
  auto* out = reinterpret_cast<unsigned char*>(text.data());
  i2d_SSL_SESSION(session, &out);
  settings.sessions->cache.put(id_of(session), std::move(text), settings.cache_max);
  return 0;
}

SSL_SESSION* on_wanted_session(SSL* ssl, const unsigned char* id, int bytes, int* is_shared) {
  *is_shared = 0;
  const ResumptionSettings& settings = settings_of(SSL_get_SSL_CTX(ssl));
  const std::string text =
      settings.sessions->cache.find({reinterpret_cast<const char*>(id), static_cast<std::size_t>(bytes)});
  if (text.empty()) return nullptr;
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());
  return d2i_SSL_SESSION(nullptr, &in, static_cast<long>(text.size()));
}

void on_bad_session(SSL_CTX* context, SSL_SESSION* session) {
  settings_of(context).sessions->cache.remove(id_of(session));
}

}  // namespace

void allow_resumption(SSL_CTX* context, const ResumptionSettings& settings) {
  const bool tickets = settings.sessions != nullptr && settings.tickets;
  const bool caches = settings.sessions != nullptr && settings.cache_max > 0;
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // One is enough for a client that resumes one connection at a time, and the next one brings another.
  SSL_CTX_set_num_tickets(context, tickets || caches ? 1 : 0);
  if (!tickets) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  if (settings.sessions == nullptr) return;
  SSL_CTX_set_ex_data(context, settings_index(), new ResumptionSettings(settings));
  SSL_CTX_set_timeout(context, std::chrono::duration_cast<std::chrono::seconds>(settings.lifetime).count());
  if (tickets) SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &on_ticket);
  if (!caches) return;
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &on_new_session);
  SSL_CTX_sess_set_get_cb(context, &on_wanted_session);
  SSL_CTX_sess_set_remove_cb(context, &on_bad_session);
}

}  // namespace headgate::net::tls

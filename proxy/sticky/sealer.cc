#include "proxy/sticky/sealer.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <bit>
#include <cstring>

#include "base/result.h"
#include "proxy/sticky/base64url.h"

namespace headgate::proxy::sticky {
namespace {

constexpr int kNonceBytes = 12;
constexpr int kPlainBytes = 20;
constexpr int kTagBytes = 16;
constexpr std::size_t kSealedBytes = kNonceBytes + kPlainBytes + kTagBytes;
static_assert(kSealedBytes * 4 == Sealer::kTextBytes * 3);
static_assert(std::endian::native == std::endian::little, "numbers are sealed as they lie in memory");

/// What else the keys may come to seal has another beginning.
constexpr std::string_view kPurpose = "headgate sticky 1 ";

void must(int outcome) {
  if (outcome != 1) base::invariant_broken("OpenSSL does not do AES-256-GCM");
}

}  // namespace

void Sealer::Free::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}

Sealer::Context Sealer::context_of(const config::StickyKey& key, bool seals) {
  Context context(EVP_CIPHER_CTX_new());
  must(context != nullptr);
  must(EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nullptr, seals ? 1 : 0));
  return context;
}

Sealer::Sealer(const config::StickyKeys& keys, std::string_view pool)
    : pool_(std::string(kPurpose).append(pool)), sealing_(context_of(keys.front(), true)) {
  for (const config::StickyKey& key : keys) opening_.push_back(context_of(key, false));
}

Sealer::~Sealer() = default;
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;

Sealer::Text Sealer::seal(const Session& session) {
  std::array<std::uint8_t, kPlainBytes> plain;
  std::memcpy(plain.data(), &session.client, 8);
  std::memcpy(plain.data() + 8, &session.backend, 8);
  std::memcpy(plain.data() + 16, &session.issued, 4);
  std::array<std::uint8_t, kSealedBytes> sealed;
  must(RAND_bytes(sealed.data(), kNonceBytes));
  EVP_CIPHER_CTX* const context = sealing_.get();
  int length = 0;
  must(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, sealed.data()));
  must(EVP_EncryptUpdate(context, nullptr, &length, reinterpret_cast<const std::uint8_t*>(pool_.data()),
                         static_cast<int>(pool_.size())));
  must(EVP_EncryptUpdate(context, sealed.data() + kNonceBytes, &length, plain.data(), kPlainBytes));
  must(EVP_EncryptFinal_ex(context, sealed.data() + kNonceBytes + kPlainBytes, &length));
  must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, sealed.data() + kNonceBytes + kPlainBytes));
  Text text;
  write_base64url(sealed, text.data());
  return text;
}

bool Sealer::open_with(evp_cipher_ctx_st& context, std::uint8_t* sealed, std::uint8_t* plain) const {
  int length = 0;
  must(EVP_DecryptInit_ex(&context, nullptr, nullptr, nullptr, sealed));
  must(EVP_DecryptUpdate(&context, nullptr, &length, reinterpret_cast<const std::uint8_t*>(pool_.data()),
                         static_cast<int>(pool_.size())));
  must(EVP_DecryptUpdate(&context, plain, &length, sealed + kNonceBytes, kPlainBytes));
  must(EVP_CIPHER_CTX_ctrl(&context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, sealed + kNonceBytes + kPlainBytes));
  return EVP_DecryptFinal_ex(&context, plain + kPlainBytes, &length) == 1;
}

std::optional<Session> Sealer::open(std::string_view text) {
  std::array<std::uint8_t, kSealedBytes> sealed;
  if (!read_base64url(text, sealed)) return std::nullopt;
  std::array<std::uint8_t, kPlainBytes + EVP_MAX_BLOCK_LENGTH> plain;
  for (const Context& context : opening_) {
    if (!open_with(*context, sealed.data(), plain.data())) continue;
    Session session;
    std::memcpy(&session.client, plain.data(), 8);
    std::memcpy(&session.backend, plain.data() + 8, 8);
    std::memcpy(&session.issued, plain.data() + 16, 4);
    return session;
  }
  return std::nullopt;
}

}  // namespace headgate::proxy::sticky

#include "wire/websocket/handshake.h"

#include <gtest/gtest.h>

#include <array>

namespace headgate::wire::websocket {
namespace {

TEST(Handshake, TheExampleOfTheRfc) {  // RFC 6455 section 1.3
  EXPECT_EQ(accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  const std::array<std::uint8_t, kNonceBytes> nonce = {'t', 'h', 'e', ' ', 's', 'a', 'm', 'p',
                                                       'l', 'e', ' ', 'n', 'o', 'n', 'c', 'e'};
  EXPECT_EQ(key_of(nonce), "dGhlIHNhbXBsZSBub25jZQ==");
}

TEST(Handshake, Offers) {
  EXPECT_TRUE(is_websocket("websocket"));
  EXPECT_TRUE(is_websocket("WebSocket"));
  for (const char* other : {"", "websocket, h2c", "websockets", "h2c"}) EXPECT_FALSE(is_websocket(other)) << other;
}

}  // namespace
}  // namespace headgate::wire::websocket

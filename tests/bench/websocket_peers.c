// Both ends of WebSocket messages through a proxy, for counting what a message costs it.
//
//     websocket_peers echo PORT
//         a backend: upgrades, then sends each message back (RFC 6455: unmasked), until it is killed.
//     websocket_peers load PORT CONNECTIONS SECONDS BYTES
//         a client: so many connections, each sends a message of so many bytes when the last came back.
//         Prints "messages N errors N".
#define _GNU_SOURCE  // memmem, strcasestr
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kBufferBytes = 65536, kMessageBytesMax = 32768, kEventsMax = 256, kSecondsMax = 600 };

struct peer {
  int fd;
  int open;  // the upgrade is done
  size_t have;
  char bytes[kBufferBytes];
};

static const char kKey[] = "dGhlIHNhbXBsZSBub25jZQ==";
static const char kGuid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
static int epoll;
static long messages, errors;
static char message[kMessageBytesMax + 16];
static size_t message_bytes;  // the whole frame

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static void watch(struct peer* peer) {
  int on = 1;
  setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, peer->fd, &event) < 0) fail("epoll_ctl");
}

// Small enough for the socket's buffer: each side has one message under way.
static int send_all(struct peer* peer, const char* bytes, size_t size) {
  while (size > 0) {
    ssize_t sent = send(peer->fd, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0) return 0;
    bytes += sent;
    size -= (size_t)sent;
  }
  return 1;
}

// The length of the frame that `bytes` begins with, 0 if it is not whole; where its payload begins.
static size_t frame_bytes(const unsigned char* bytes, size_t have, size_t* payload) {
  if (have < 2) return 0;
  size_t size = bytes[1] & 0x7f, head = 2;
  if (size == 126) {
    if (have < 4) return 0;
    size = (size_t)bytes[2] << 8 | bytes[3];
    head = 4;
  }
  if (size == 127) fail("a message that is too long");
  if ((bytes[1] & 0x80) != 0) head += 4;
  *payload = head;
  return have < head + size ? 0 : head + size;
}

static size_t write_frame_head(char* out, size_t size, int masked) {
  out[0] = (char)0x82;  // a whole binary message
  size_t head = 2;
  if (size < 126) {
    out[1] = (char)(size | (masked ? 0x80 : 0));
  } else {
    out[1] = (char)(126 | (masked ? 0x80 : 0));
    out[2] = (char)(size >> 8);
    out[3] = (char)size;
    head = 4;
  }
  if (masked) memset(out + head, 0, 4);  // a mask of zeros changes nothing
  return head + (masked ? 4 : 0);
}

// What stands behind "Sec-WebSocket-Accept: " for the key of this head.
static int accept_of(const char* head, char* out) {
  const char* line = strcasestr(head, "\r\nsec-websocket-key:");
  if (line == NULL) return 0;
  line += strlen("\r\nsec-websocket-key:");
  line += strspn(line, " ");
  char text[128];
  int length = snprintf(text, sizeof text, "%.*s%s", (int)strcspn(line, "\r"), line, kGuid);
  unsigned char digest[SHA_DIGEST_LENGTH];
  EVP_Digest(text, (size_t)length, digest, NULL, EVP_sha1(), NULL);
  EVP_EncodeBlock((unsigned char*)out, digest, sizeof digest);
  return 1;
}

// After each of these: 0 if the peer is to be closed.
static int upgrade_backend(struct peer* peer) {
  char* end = memmem(peer->bytes, peer->have, "\r\n\r\n", 4);
  if (end == NULL) return peer->have < sizeof peer->bytes;
  *end = 0;
  char accept[64], answer[256];
  if (!accept_of(peer->bytes, accept)) {
    // What asks whether this is there at all.
    static const char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    peer->have = 0;
    return send_all(peer, kOk, sizeof kOk - 1);
  }
  int length = snprintf(answer, sizeof answer,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: %s\r\n\r\n",
                        accept);
  size_t head = (size_t)(end + 4 - peer->bytes);
  memmove(peer->bytes, end + 4, peer->have - head);
  peer->have -= head;
  peer->open = 1;
  return send_all(peer, answer, (size_t)length);
}

static int send_back(struct peer* peer) {
  size_t payload, bytes;
  while ((bytes = frame_bytes((unsigned char*)peer->bytes, peer->have, &payload)) > 0) {
    char out[kMessageBytesMax + 16];
    size_t size = bytes - payload;
    if (size > kMessageBytesMax) return 0;
    const char* mask = peer->bytes + payload - 4;
    size_t head = write_frame_head(out, size, 0);
    for (size_t i = 0; i < size; ++i) out[head + i] = (char)(peer->bytes[payload + i] ^ mask[i % 4]);
    if (!send_all(peer, out, head + size)) return 0;
    memmove(peer->bytes, peer->bytes + bytes, peer->have - bytes);
    peer->have -= bytes;
  }
  return 1;
}

static int receive_back(struct peer* peer) {
  size_t payload, bytes;
  if (!peer->open) {
    char* end = memmem(peer->bytes, peer->have, "\r\n\r\n", 4);
    if (end == NULL) return peer->have < sizeof peer->bytes;
    if (memcmp(peer->bytes, "HTTP/1.1 101", 12) != 0) return 0;
    peer->have -= (size_t)(end + 4 - peer->bytes);
    memmove(peer->bytes, end + 4, peer->have);
    peer->open = 1;
    return send_all(peer, message, message_bytes);
  }
  if ((bytes = frame_bytes((unsigned char*)peer->bytes, peer->have, &payload)) == 0) return 1;
  if (bytes != peer->have) return 0;
  peer->have = 0;
  ++messages;
  return send_all(peer, message, message_bytes);
}

static int read_some(struct peer* peer) {
  if (peer->have == sizeof peer->bytes) return 0;
  ssize_t got = read(peer->fd, peer->bytes + peer->have, sizeof peer->bytes - peer->have - 1);
  if (got <= 0) return 0;
  peer->have += (size_t)got;
  peer->bytes[peer->have] = 0;
  return 1;
}

static struct sockaddr_in address_of(const char* port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static int echo(const char* port) {
  struct sockaddr_in address = address_of(port);
  int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr*)&address, sizeof address) < 0 || listen(listener, 4096) < 0) fail("listen");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  while (1) {
    struct epoll_event events[kEventsMax];
    int count = epoll_wait(epoll, events, kEventsMax, -1);
    for (int i = 0; i < count; ++i) {
      struct peer* peer = events[i].data.ptr;
      if (peer == NULL) {
        peer = calloc(1, sizeof *peer);
        peer->fd = accept(listener, NULL, NULL);
        if (peer->fd < 0) fail("accept");
        watch(peer);
      } else if (!read_some(peer) || !(peer->open || upgrade_backend(peer)) || (peer->open && !send_back(peer))) {
        close(peer->fd);
        free(peer);
      }
    }
  }
}

static int load(const char* port, int connections, double seconds, size_t bytes) {
  struct sockaddr_in address = address_of(port);
  char request[512];
  int length = snprintf(request, sizeof request,
                        "GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n",
                        kKey);
  message_bytes = write_frame_head(message, bytes, 1);
  memset(message + message_bytes, 'x', bytes);
  message_bytes += bytes;
  for (int i = 0; i < connections; ++i) {
    struct peer* peer = calloc(1, sizeof *peer);
    peer->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(peer->fd, (struct sockaddr*)&address, sizeof address) < 0) fail("connect");
    watch(peer);
    if (!send_all(peer, request, (size_t)length)) fail("send");
  }
  struct timespec from, now;
  clock_gettime(CLOCK_MONOTONIC, &from);
  do {
    struct epoll_event events[kEventsMax];
    int count = epoll_wait(epoll, events, kEventsMax, 50);
    for (int i = 0; i < count; ++i) {
      struct peer* peer = events[i].data.ptr;
      if (read_some(peer) && receive_back(peer)) continue;
      ++errors;
      close(peer->fd);
      free(peer);
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while ((double)(now.tv_sec - from.tv_sec) + (double)(now.tv_nsec - from.tv_nsec) / 1e9 < seconds);
  printf("messages %ld errors %ld\n", messages, errors);
  return 0;
}

int main(int count, char** arguments) {
  epoll = epoll_create1(0);
  if (count == 3 && strcmp(arguments[1], "echo") == 0) return echo(arguments[2]);
  if (count != 6 || strcmp(arguments[1], "load") != 0) {
    return fputs("usage: websocket_peers echo PORT | load PORT CONNECTIONS SECONDS BYTES\n", stderr), 2;
  }
  int connections = atoi(arguments[3]), bytes = atoi(arguments[5]);
  if (connections < 1 || connections > 4096 || bytes < 1 || bytes > kMessageBytesMax) {
    return fputs("1 to 4096 connections, 1 to 32768 bytes\n", stderr), 2;
  }
  alarm(kSecondsMax);
  return load(arguments[2], connections, atof(arguments[4]), (size_t)bytes);
}

// A small TLS client for what wrk and h2load cannot do: handshakes counted apart, full ones and resumed ones, and
// connections that are held idle.
//
//     tls_clients handshakes PORT CONNECTIONS SECONDS full|resumed [TLS-VERSION]
//         so many at once, each: connect, handshake, one GET /120, close. Prints "handshakes N resumed N errors N".
//     tls_clients idle PORT CONNECTIONS http/1.1|h2
//         so many, each with one request behind it. Prints "ready" and holds them until it is killed; ends if one of
//         them is closed.
//
// A resumed handshake takes the newest ticket that the server gave, as browsers do; a handshake that was to be resumed
// and was not is an error. Certificates are not verified: the proxy's cost is measured, not its name.
#define _GNU_SOURCE  // memmem, strcasestr
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kConnectionsMax = 20000, kEventsMax = 256, kAnswerBytesMax = 16384, kSecondsMax = 600 };

enum phase { kHandshake, kWrite, kRead, kHeld };

struct client {
  SSL* ssl;
  int fd;
  enum phase phase;
  size_t written;
  size_t have;
  char answer[1024];  // the beginning of it, enough to see the status and the length
};

static struct client* clients;
static SSL_CTX* context;
static SSL_SESSION* newest;
static struct sockaddr_in address;
static const char* request = "GET /120 HTTP/1.1\r\nHost: bench.example\r\nConnection: close\r\n\r\n";
static size_t request_bytes;
static int epoll;
static int resume;
static int hold;
static int over_h2;
static long handshakes, resumed, errors, held;

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static int keep_session(SSL* ssl, SSL_SESSION* session) {
  (void)ssl;
  if (newest != NULL) SSL_SESSION_free(newest);
  newest = session;
  return 1;  // the reference is ours now
}

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void start(struct client* client) {
  client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (client->fd < 0) fail("socket");
  int on = 1;
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(client->fd, (struct sockaddr*)&address, sizeof address) < 0 && errno != EINPROGRESS) fail("connect");
  client->ssl = SSL_new(context);
  if (client->ssl == NULL) fail("SSL_new");
  SSL_set_fd(client->ssl, client->fd);
  SSL_set_tlsext_host_name(client->ssl, "bench.example");
  if (resume && newest != NULL) {
    // A copy: after a handshake the library holds a ticket for used up, and many begin with the newest at once.
    SSL_SESSION* copy = SSL_SESSION_dup(newest);
    SSL_set_session(client->ssl, copy);
    SSL_SESSION_free(copy);
  }
  SSL_set_connect_state(client->ssl);
  client->phase = kHandshake;
  client->written = client->have = 0;
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = client};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event) < 0) fail("epoll_ctl");
}

static void finish(struct client* client) {
  SSL_shutdown(client->ssl);
  SSL_free(client->ssl);
  close(client->fd);
}

// Whether the answer, of which this is the beginning, is a 200 that is complete.
static int is_complete_http1(const struct client* client) {
  if (client->have < 12 || memcmp(client->answer, "HTTP/1.1 200", 12) != 0) return 0;
  const char* end = memmem(client->answer, client->have, "\r\n\r\n", 4);
  return end != NULL && client->have >= (size_t)(end + 4 - client->answer) + 120;
}

// A frame with END_STREAM on stream 1 has come.
static int is_complete_http2(const struct client* client) {
  const unsigned char* at = (const unsigned char*)client->answer;
  const unsigned char* end = at + client->have;
  while (end - at >= 9) {
    size_t bytes = (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2];
    if ((size_t)(end - at) < 9 + bytes) return 0;
    if ((at[3] == 0 || at[3] == 1) && (at[4] & 1) != 0) return 1;
    at += 9 + bytes;
  }
  return 0;
}

// 1: go on waiting, 0: done with this connection.
static int advance(struct client* client) {
  if (client->phase == kHandshake) {
    int outcome = SSL_do_handshake(client->ssl);
    if (outcome != 1) {
      int why = SSL_get_error(client->ssl, outcome);
      if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return 1;
      ++errors;
      return 0;
    }
    ++handshakes;
    if (SSL_session_reused(client->ssl)) ++resumed;
    client->phase = kWrite;
  }
  if (client->phase == kWrite) {
    int outcome = SSL_write(client->ssl, request, (int)request_bytes);
    if (outcome <= 0) {
      if (SSL_get_error(client->ssl, outcome) == SSL_ERROR_WANT_WRITE) return 1;
      ++errors;
      return 0;
    }
    client->phase = kRead;
  }
  while (1) {
    char rest[kAnswerBytesMax];
    size_t room = sizeof client->answer - client->have;
    int outcome =
        SSL_read(client->ssl, room > 0 ? client->answer + client->have : rest, room > 0 ? (int)room : (int)sizeof rest);
    if (outcome > 0) {
      if (room > 0) client->have += (size_t)outcome;
      continue;
    }
    int why = SSL_get_error(client->ssl, outcome);
    int complete = over_h2 ? is_complete_http2(client) : is_complete_http1(client);
    if (client->phase == kRead && hold && complete) {
      client->phase = kHeld;
      ++held;
    }
    if (why == SSL_ERROR_WANT_READ) return 1;
    // The end of a connection that was to be closed behind its answer, or an answer that did not come whole.
    if (hold || !complete) ++errors;
    return 0;
  }
}

static void turn(int wait_ms, double until) {
  struct epoll_event events[kEventsMax];
  int count = epoll_wait(epoll, events, kEventsMax, wait_ms);
  for (int i = 0; i < count; ++i) {
    struct client* client = events[i].data.ptr;
    if (advance(client)) continue;
    finish(client);
    if (!hold && seconds_now() < until) start(client);
  }
}

static void one_full_handshake(void) {  // and its tickets
  resume = 0;
  start(&clients[0]);
  while (advance(&clients[0])) {
    struct pollfd ready = {.fd = clients[0].fd, .events = POLLIN};
    poll(&ready, 1, 1000);
  }
  finish(&clients[0]);
  if (newest == NULL || errors > 0) fprintf(stderr, "no ticket came\n"), exit(1);
  resume = 1;
  handshakes = resumed = 0;
}

static int run_handshakes(int connections, double seconds) {
  if (resume) one_full_handshake();
  double until = seconds_now() + seconds;
  for (int i = 0; i < connections; ++i) start(&clients[i]);
  while (seconds_now() < until) turn(50, until);
  printf("handshakes %ld resumed %ld errors %ld\n", handshakes, resumed, errors);
  return 0;
}

static int run_idle(int connections) {
  alarm(0);
  hold = 1;
  for (int i = 0; i < connections; ++i) {
    start(&clients[i]);
    while (held + errors < i + 1 - 64) turn(1000, 0);
  }
  while (held + errors < connections) turn(1000, 0);
  if (errors > 0) return fprintf(stderr, "%ld connections failed\n", errors), 1;
  puts("ready");
  fflush(stdout);
  while (errors == 0) turn(1000, 0);
  return fputs("a connection was closed\n", stderr), 1;
}

int main(int count, char** arguments) {
  if (count < 5) return fputs("usage: tls_clients handshakes|idle PORT CONNECTIONS ...: see the source\n", stderr), 2;
  int idle = strcmp(arguments[1], "idle") == 0;
  int connections = atoi(arguments[3]);
  if (connections < 1 || connections > kConnectionsMax) return fputs("1 to 20000 connections\n", stderr), 2;
  alarm(kSecondsMax);
  address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(arguments[2]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  clients = calloc((size_t)connections, sizeof *clients);
  epoll = epoll_create1(0);
  context = SSL_CTX_new(TLS_client_method());
  if (clients == NULL || epoll < 0 || context == NULL) fail("set up");
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
  request_bytes = strlen(request);
  if (idle) {
    over_h2 = strcmp(arguments[4], "h2") == 0;
    request = "GET /120 HTTP/1.1\r\nHost: bench.example\r\n\r\n";
    request_bytes = strlen(request);
    if (over_h2) {
      // The preface, empty SETTINGS, and HEADERS that end the stream: :method GET, :scheme https, :path /120 and
      // :authority x as literals of HPACK's static names.
      static const char kRequest[] =
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
          "\0\0\0\4\0\0\0\0\0"
          "\0\0\13\1\5\0\0\0\1\202\207\4\4/120\1\1x";
      request = kRequest;
      request_bytes = sizeof kRequest - 1;
      static const unsigned char kAlpn[] = "\2h2";
      SSL_CTX_set_alpn_protos(context, kAlpn, sizeof kAlpn - 1);
    }
    return run_idle(connections);
  }
  resume = count > 5 && strcmp(arguments[5], "resumed") == 0;
  if (count > 6 && strcmp(arguments[6], "1.2") == 0) SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  if (resume) SSL_CTX_sess_set_new_cb(context, keep_session);
  return run_handshakes(connections, atof(arguments[4]));
}

// The clients of the caches, with one request open on each of their kept connections.
//
//     cache_clients draw PORT CONNECTIONS REQUESTS PATH OBJECTS LAW SEED
//         GET PATH and a number below OBJECTS, drawn by LAW: `each` one after the other from SEED on (each once, if there
//         are as many requests), `even`, or the exponent of a Zipf law, as 0.9
//     cache_clients storm PORT CLIENTS PATH
//         all clients connect, then all ask for PATH at once
//
// Prints "requests N errors E seconds S p99_us P bytes B". An answer that is not 200, has no Content-Length or breaks off
// is an error, and ends its connection. At most 10 minutes.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kConnectionsMax = 16384, kEventsMax = 512, kHeadBytesMax = 8192, kReadBytes = 1 << 18, kSecondsMax = 600 };
enum { kMicrosecondsMax = 2000000 };  // of the histogram; what took longer counts as this

struct Client {
  int fd;
  int64_t asked_us;
  size_t have;       // of the head
  uint64_t missing;  // of the body, once the head is there
  int in_body;
  char head[kHeadBytesMax + 1];
};

static struct Client* clients;
static const char* path;
static int port, storming, open_clients;
static uint64_t wanted, asked, answered, errors, bytes;
static uint64_t objects, random_state, each_next;
static double* cumulated;  // of the Zipf law; NULL: another
static int even;
static uint32_t latencies[kMicrosecondsMax + 1];

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static int64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/// SplitMix64.
static uint64_t random_next(void) {
  uint64_t mixed = (random_state += 0x9e3779b97f4a7c15u);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return mixed ^ (mixed >> 31);
}

static void read_law(const char* law, uint64_t seed) {
  random_state = each_next = seed;
  even = strcmp(law, "even") == 0;
  if (even || strcmp(law, "each") == 0) return;
  double exponent = strtod(law, NULL), sum = 0;
  if (exponent <= 0 || (cumulated = malloc(objects * sizeof *cumulated)) == NULL) fail("a Zipf law");
  for (uint64_t rank = 0; rank < objects; ++rank) cumulated[rank] = sum += pow((double)rank + 1, -exponent);
}

static uint64_t draw(void) {
  if (cumulated == NULL) return even ? random_next() % objects : each_next++ % objects;
  double at = (double)(random_next() >> 11) * 0x1p-53 * cumulated[objects - 1];
  uint64_t low = 0, high = objects - 1;
  while (low < high) {
    uint64_t middle = (low + high) / 2;
    if (cumulated[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

static void end(struct Client* client, int is_error) {
  errors += (uint64_t)is_error;
  close(client->fd);
  client->fd = -1;
  --open_clients;
}

static void ask(struct Client* client) {
  char request[1024];
  int size = storming
                 ? snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", path, port)
                 : snprintf(request, sizeof request, "GET %s%llu HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", path,
                            (unsigned long long)draw(), port);
  ++asked;
  client->asked_us = now_us();
  client->have = 0;
  client->in_body = 0;
  if (write(client->fd, request, (size_t)size) != size) end(client, 1);
}

static void done(struct Client* client) {
  int64_t took = now_us() - client->asked_us;
  ++latencies[took < kMicrosecondsMax ? took : kMicrosecondsMax];
  ++answered;
  if (asked < wanted) ask(client);
  else end(client, 0);
}

/// Takes the head as far as it came; -1: not an answer as it should be.
static int read_head(struct Client* client, const char* data, size_t size) {
  size_t room = kHeadBytesMax - client->have, take = size < room ? size : room;
  memcpy(client->head + client->have, data, take);
  size_t before = client->have;
  client->have += take;
  client->head[client->have] = 0;
  char* stop = strstr(client->head, "\r\n\r\n");
  if (stop == NULL) return client->have < kHeadBytesMax ? 0 : -1;
  char* length = strcasestr(client->head, "\r\ncontent-length:");
  if (strncmp(client->head, "HTTP/1.1 200", 12) != 0 || length == NULL || length > stop) return -1;
  uint64_t whole = strtoull(length + 17, NULL, 10), got = size - ((size_t)(stop + 4 - client->head) - before);
  if (got > whole) return -1;
  client->missing = whole - got;
  client->in_body = 1;
  bytes += got;
  return 0;
}

static void hear(struct Client* client) {
  static char data[kReadBytes];
  ssize_t got = read(client->fd, data, sizeof data);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return end(client, 1);
  if (client->in_body) {
    if ((uint64_t)got > client->missing) return end(client, 1);
    client->missing -= (uint64_t)got;
    bytes += (uint64_t)got;
  } else if (read_head(client, data, (size_t)got) < 0) {
    return end(client, 1);
  }
  if (client->in_body && client->missing == 0) done(client);
}

static void connect_all(int epoll, int count) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < count; ++i) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr*)&address, sizeof address) < 0) fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    clients[i].fd = fd;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
  }
  open_clients = count;
}

static long p99_us(void) {
  uint64_t seen = 0;
  for (long us = 0; us <= kMicrosecondsMax; ++us) {
    if ((seen += latencies[us]) * 100 >= answered * 99) return us;
  }
  return kMicrosecondsMax;
}

static int read_arguments(int count, char** arguments) {
  storming = count == 5 && strcmp(arguments[1], "storm") == 0;
  if (!storming && !(count == 9 && strcmp(arguments[1], "draw") == 0)) return 0;
  port = atoi(arguments[2]);
  int connections = atoi(arguments[3]);
  path = arguments[storming ? 4 : 5];
  wanted = storming ? (uint64_t)connections : strtoull(arguments[4], NULL, 10);
  if (connections < 1 || connections > kConnectionsMax || strlen(path) > 900) return 0;
  if (storming) return connections;
  objects = strtoull(arguments[6], NULL, 10);
  if (objects < 1 || wanted < (uint64_t)connections) return 0;
  read_law(arguments[7], strtoull(arguments[8], NULL, 10));
  return connections;
}

int main(int count, char** arguments) {
  int connections = read_arguments(count, arguments);
  if (connections == 0) {
    return fputs("usage: cache_clients draw PORT CONNECTIONS REQUESTS PATH OBJECTS LAW SEED\n"
                 "       cache_clients storm PORT CLIENTS PATH\n", stderr), 2;
  }
  signal(SIGPIPE, SIG_IGN);
  alarm(kSecondsMax);
  struct rlimit descriptors;
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  setrlimit(RLIMIT_NOFILE, &descriptors);
  if ((clients = calloc((size_t)connections, sizeof *clients)) == NULL) fail("calloc");
  int epoll = epoll_create1(0);
  connect_all(epoll, connections);
  int64_t began = now_us();
  for (int i = 0; i < connections; ++i) ask(&clients[i]);
  struct epoll_event events[kEventsMax];
  while (open_clients > 0) {
    int ready = epoll_wait(epoll, events, kEventsMax, -1);
    for (int i = 0; i < ready; ++i) {
      struct Client* client = events[i].data.ptr;
      if (client->fd >= 0) hear(client);
    }
  }
  printf("requests %llu errors %llu seconds %.6f p99_us %ld bytes %llu\n", (unsigned long long)answered,
         (unsigned long long)(errors + wanted - asked), (double)(now_us() - began) / 1e6, p99_us(),
         (unsigned long long)bytes);
  return 0;
}

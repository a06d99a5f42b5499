// What the caches stand in front of, and the floor under them.
//
//     cache_origin PORT            answers GET of any path, cacheable for a day:
//                                    /s/BYTES/...  a body of so many bytes
//                                    /z/NUMBER     256 to 1,791 bytes, which the number decides
//                                    /d/MS/...     1 KiB, after so many milliseconds
//                                    /fetches      how many answers there were before this one, not counted itself
//                                    otherwise     1 KiB
//     cache_origin PORT BYTES      answers whatever comes with the same bytes, and parses nothing
//
// One epoll loop, level triggered, requests one after the other on each connection.
#define _GNU_SOURCE  // accept4, memmem
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
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

enum { kDescriptorsMax = 65536, kEventsMax = 512, kHeadBytesMax = 4096, kWriteWaitMilliseconds = 5000 };
enum { kBodyBytesMax = 16 << 20, kAnswerHeadBytesMax = 512, kLateMax = 8192 };

struct Connection {
  char* head;  // what came of the next request
  size_t have;
};
struct Late {
  int fd;
  int64_t due_ms;
  size_t bytes;
};

static struct Connection connections[kDescriptorsMax];
static struct Late late[kLateMax];
static int late_count;
static unsigned long answers;
static char body[kBodyBytesMax];
static char canned[kAnswerHeadBytesMax + kBodyBytesMax];
static size_t canned_bytes;  // 0: requests are read

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void drop(int fd) {
  free(connections[fd].head);
  connections[fd] = (struct Connection){0};
  for (int i = 0; i < late_count; ++i) {
    if (late[i].fd == fd) late[i--] = late[--late_count];
  }
  close(fd);
}

static int write_all(int fd, const char* data, size_t size) {
  while (size > 0) {
    ssize_t sent = write(fd, data, size);
    if (sent < 0 && errno == EAGAIN) {
      struct pollfd writable = {.fd = fd, .events = POLLOUT};
      if (poll(&writable, 1, kWriteWaitMilliseconds) <= 0) return 0;
      continue;
    }
    if (sent < 0) return 0;
    data += sent;
    size -= (size_t)sent;
  }
  return 1;
}

static int answer(int fd, const char* content, size_t bytes) {
  static char text[kAnswerHeadBytesMax + (64 << 10)];
  time_t now = time(NULL);
  char date[40];
  strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&now));
  int head = snprintf(text, kAnswerHeadBytesMax,
                      "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: application/octet-stream\r\nContent-Length: %zu\r\n"
                      "Cache-Control: max-age=86400\r\nETag: \"%zx\"\r\n\r\n",
                      date, bytes, bytes);
  if (bytes <= sizeof text - kAnswerHeadBytesMax) {
    memcpy(text + head, content, bytes);
    return write_all(fd, text, (size_t)head + bytes);
  }
  return write_all(fd, text, (size_t)head) && write_all(fd, content, bytes);
}

/// Of an object's number, by SplitMix64's finish: the same for every run and proxy.
static size_t bytes_of(uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9u;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebu;
  return 256 + (number ^ (number >> 31)) % 1536;
}

static int respond(int fd, const char* head) {
  unsigned long one = 0;
  if (strncmp(head, "GET ", 4) != 0) return 0;
  const char* path = head + 4;
  if (strncmp(path, "/fetches ", 9) == 0) {
    char text[32];
    return answer(fd, text, (size_t)snprintf(text, sizeof text, "%lu\n", answers));
  }
  ++answers;
  if (sscanf(path, "/s/%lu/", &one) == 1) return answer(fd, body, one < kBodyBytesMax ? one : kBodyBytesMax);
  if (sscanf(path, "/z/%lu", &one) == 1) return answer(fd, body, bytes_of(one));
  if (sscanf(path, "/d/%lu/", &one) == 1 && late_count < kLateMax) {
    late[late_count++] = (struct Late){.fd = fd, .due_ms = now_ms() + (int64_t)one, .bytes = 1024};
    return 1;
  }
  return answer(fd, body, 1024);
}

static void read_requests(int fd) {
  struct Connection* connection = &connections[fd];
  if (canned_bytes > 0) {
    static char ignored[1 << 16];
    ssize_t got = read(fd, ignored, sizeof ignored);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0 || !write_all(fd, canned, canned_bytes)) drop(fd);
    return;
  }
  if (connection->head == NULL && (connection->head = malloc(kHeadBytesMax)) == NULL) fail("malloc");
  ssize_t got = read(fd, connection->head + connection->have, kHeadBytesMax - 1 - connection->have);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return drop(fd);
  connection->have += (size_t)got;
  for (;;) {
    connection->head[connection->have] = 0;
    char* end = memmem(connection->head, connection->have, "\r\n\r\n", 4);
    if (end == NULL) return;
    if (!respond(fd, connection->head)) return drop(fd);
    connection->have -= (size_t)(end + 4 - connection->head);
    memmove(connection->head, end + 4, connection->have);
  }
}

/// Gives the late answers that are due; returns for how long to wait for the next.
static int give_late(void) {
  int64_t now = now_ms(), next = -1;
  for (int i = 0; i < late_count; ++i) {
    if (late[i].due_ms <= now) {
      struct Late one = late[i];
      late[i--] = late[--late_count];
      if (!answer(one.fd, body, one.bytes)) drop(one.fd);
    } else if (next < 0 || late[i].due_ms - now < next) {
      next = late[i].due_ms - now;
    }
  }
  return (int)next;
}

static int listening(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr*)&address, sizeof address) < 0 || listen(fd, 4096) < 0) fail("listen");
  return fd;
}

static void watch(int epoll, int fd) {
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (fd >= kDescriptorsMax || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
}

int main(int count, char** arguments) {
  if (count < 2) return fputs("usage: cache_origin PORT [BYTES]\n", stderr), 2;
  signal(SIGPIPE, SIG_IGN);
  struct rlimit descriptors;
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max < kDescriptorsMax ? descriptors.rlim_max : kDescriptorsMax;
  setrlimit(RLIMIT_NOFILE, &descriptors);
  memset(body, 'x', sizeof body);
  if (count > 2) {
    size_t bytes = strtoul(arguments[2], NULL, 10);
    if (bytes < 1 || bytes > kBodyBytesMax) return fputs("1 B to 16 MiB\n", stderr), 2;
    int head = snprintf(canned, kAnswerHeadBytesMax, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", bytes);
    memcpy(canned + head, body, bytes);
    canned_bytes = (size_t)head + bytes;
  }
  int epoll = epoll_create1(0), listener = listening(atoi(arguments[1]));
  watch(epoll, listener);
  struct epoll_event events[kEventsMax];
  for (;;) {
    int ready = epoll_wait(epoll, events, kEventsMax, give_late());
    for (int i = 0; i < ready; ++i) {
      int fd = events[i].data.fd, client;
      if (fd != listener) {
        read_requests(fd);
        continue;
      }
      while ((client = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) watch(epoll, client);
    }
  }
}

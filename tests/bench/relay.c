// The floor under every proxy: an epoll relay of bytes that parses nothing, one upstream connection for each client's.
//
//     relay PORT UPSTREAM-PORT
//
// Level triggered reads; a write that would block ends both connections (its peers here read as fast as it writes,
// but for bodies larger than the socket buffers, which are written in a poll loop bounded in time).
#define _GNU_SOURCE  // accept4
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kDescriptorsMax = 65536, kEventsMax = 512, kBufferBytes = 65536, kWriteWaitMilliseconds = 5000 };

static int other[kDescriptorsMax];  // the socket at the other side; -1: none

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static struct sockaddr_in local(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static void watch(int epoll, int fd) {
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
}

static void close_both(int fd) {
  int peer = other[fd];
  if (peer < 0) return;
  other[fd] = other[peer] = -1;
  close(fd);
  close(peer);
}

static void accept_all(int epoll, int listener, int upstream_port) {
  int client;
  while ((client = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    struct sockaddr_in address = local(upstream_port);
    int upstream = socket(AF_INET, SOCK_STREAM, 0);
    if (upstream < 0 || connect(upstream, (struct sockaddr*)&address, sizeof address) < 0) fail("connect");
    fcntl(upstream, F_SETFL, O_NONBLOCK);
    other[client] = upstream;
    other[upstream] = client;
    watch(epoll, client);
    watch(epoll, upstream);
  }
}

static int write_all(int fd, const char* data, ssize_t size) {
  while (size > 0) {
    ssize_t sent = write(fd, data, (size_t)size);
    if (sent < 0 && errno == EAGAIN) {
      struct pollfd writable = {.fd = fd, .events = POLLOUT};
      if (poll(&writable, 1, kWriteWaitMilliseconds) <= 0) return 0;
      continue;
    }
    if (sent < 0) return 0;
    data += sent;
    size -= sent;
  }
  return 1;
}

static void relay(int fd) {
  static char buffer[kBufferBytes];
  if (other[fd] < 0) return;  // closed by an event before this one
  ssize_t got = read(fd, buffer, sizeof buffer);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0 || !write_all(other[fd], buffer, got)) close_both(fd);
}

int main(int count, char** arguments) {
  if (count != 3) return fputs("usage: relay PORT UPSTREAM-PORT\n", stderr), 2;
  signal(SIGPIPE, SIG_IGN);
  struct rlimit descriptors;
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max < kDescriptorsMax ? descriptors.rlim_max : kDescriptorsMax;
  setrlimit(RLIMIT_NOFILE, &descriptors);

  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1, epoll = epoll_create1(0);
  struct sockaddr_in address = local(atoi(arguments[1]));
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr*)&address, sizeof address) < 0 || listen(listener, 4096) < 0) fail("listen");
  watch(epoll, listener);
  struct epoll_event events[kEventsMax];
  for (;;) {
    int ready = epoll_wait(epoll, events, kEventsMax, -1);
    for (int i = 0; i < ready; ++i) {
      if (events[i].data.fd == listener) {
        accept_all(epoll, listener, atoi(arguments[2]));
      } else {
        relay(events[i].data.fd);
      }
    }
  }
}

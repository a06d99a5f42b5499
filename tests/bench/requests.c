// A small bounded HTTP/1.1 client for counting a proxy's instructions: COUNT requests in all over CONNECTIONS kept
// connections, one open request each, one after the other, so that no answer ever waits for this client.
//
//     requests PORT PATH CONNECTIONS COUNT [HEADER-LINE]
//
// Exit 0: every answer was "HTTP/1.1 200" with the Content-Length it named. At most 10 minutes.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kConnectionsMax = 1024, kHeadBytesMax = 16384, kSecondsMax = 600 };

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static int connected(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr*)&address, sizeof address) < 0) fail("connect");
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

static size_t content_length(const char* head) {
  for (const char* line = head; (line = strstr(line, "\r\n")) != NULL; line += 2) {
    if (strncasecmp(line + 2, "content-length:", 15) == 0) return strtoul(line + 17, NULL, 10);
  }
  fputs("an answer without Content-Length\n", stderr);
  exit(1);
}

static void read_answer(int fd) {
  static char buffer[kHeadBytesMax + 1];
  size_t have = 0;
  char* end = NULL;
  while (end == NULL) {
    ssize_t got = have < kHeadBytesMax ? read(fd, buffer + have, kHeadBytesMax - have) : 0;
    if (got <= 0) fail("read a head");
    have += (size_t)got;
    buffer[have] = 0;
    end = strstr(buffer, "\r\n\r\n");
  }
  if (strncmp(buffer, "HTTP/1.1 200", 12) != 0) {
    fprintf(stderr, "not 200: %.80s\n", buffer);
    exit(1);
  }
  size_t whole = (size_t)(end + 4 - buffer) + content_length(buffer);
  while (have < whole) {
    static char body[1 << 16];
    size_t want = whole - have < sizeof body ? whole - have : sizeof body;
    ssize_t got = read(fd, body, want);
    if (got <= 0) fail("read a body");
    have += (size_t)got;
  }
}

int main(int count, char** arguments) {
  if (count < 5) return fputs("usage: requests PORT PATH CONNECTIONS COUNT [HEADER-LINE]\n", stderr), 2;
  int connections = atoi(arguments[3]), requests = atoi(arguments[4]);
  if (connections < 1 || connections > kConnectionsMax) return fputs("1 to 1024 connections\n", stderr), 2;
  alarm(kSecondsMax);

  char request[kHeadBytesMax];
  int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n%s%s\r\n", arguments[2],
                        arguments[1], count > 5 ? arguments[5] : "", count > 5 ? "\r\n" : "");
  static int fds[kConnectionsMax];
  for (int i = 0; i < connections; ++i) fds[i] = connected(atoi(arguments[1]));
  for (int i = 0; i < requests; ++i) {
    int fd = fds[i % connections];
    if (write(fd, request, (size_t)length) != length) fail("write");
    read_answer(fd);
  }
  for (int i = 0; i < connections; ++i) close(fds[i]);
  return 0;
}

// A real web server that can be told to fail its checks, and counts what it is asked.
import http from "node:http";

export class Backend {
  healthy = true;
  requests = 0;
  status = 200;

  static async start() {
    const backend = new Backend();
    backend.server = http.createServer((request, response) => backend.#answer(request, response));
    backend.server.keepAliveTimeout = 60_000;
    await new Promise((resolve) => backend.server.listen(0, "127.0.0.1", resolve));
    backend.address = `127.0.0.1:${backend.server.address().port}`;
    return backend;
  }

  #answer(request, response) {
    if (request.url === "/healthz") {
      response.writeHead(this.healthy ? 200 : 503).end();
      return;
    }
    this.requests += 1;
    response.writeHead(this.status).end("hello\n");
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Requests to a port, one after the other, until stop(). */
export class Traffic {
  answered = 0;
  #stopped = false;
  #done;

  constructor(port, path = "/") {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const one = () =>
      new Promise((resolve) => {
        const request = http.get({ port, path, agent, host: "127.0.0.1" }, (response) => {
          response.resume().on("end", resolve);
        });
        request.on("error", resolve);
      });
    this.#done = (async () => {
      while (!this.#stopped) {
        await one();
        this.answered += 1;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      agent.destroy();
    })();
  }

  stop() {
    this.#stopped = true;
    return this.#done;
  }
}

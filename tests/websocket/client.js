// node client.js http/1.1|h2c PORT [PATH]: opens a WebSocket, does what the lines of its input say, says what comes.
import http2 from "node:http2";
import readline from "node:readline";

import { WebSocket, described, overStream, say } from "./modules.js";

const [version, port, path = "/"] = process.argv.slice(2);

function listen(socket) {
  socket.on("message", (data, isBinary) => say(described(data, isBinary)));
  socket.on("ping", (data) => say({ ping: data.toString() }));
  socket.on("pong", (data) => say({ pong: data.toString() }));
  socket.on("close", (code, reason) => {
    say({ closed: [code, reason.toString()] });
    process.exit(0);
  });
  socket.on("error", (error) => say({ error: error.message }));
  const lines = readline.createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const { send, bytes, ping, close, pause } = JSON.parse(line);
    if (send !== undefined) socket.send(send);
    if (bytes !== undefined) socket.send(Buffer.alloc(bytes, "0123456789"), { binary: true });
    if (ping !== undefined) socket.ping(ping);
    if (close !== undefined) socket.close(...close);
    if (pause !== undefined) pause ? socket.pause() : socket.resume();
  });
}

function refused(status) {
  say({ refused: status });
  process.exit(0);
}

if (version === "http/1.1") {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, ["chat"], { perMessageDeflate: false });
  socket.on("unexpected-response", (request, response) => refused(response.statusCode));
  socket.on("open", () => {
    say({ opened: socket.protocol });
    listen(socket);
  });
  socket.on("error", (error) => say({ error: error.message }));
} else {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on("remoteSettings", (settings) => {
    if (!settings.enableConnectProtocol) return refused(0);
    const stream = session.request({
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":path": path,
      "sec-websocket-version": "13",
    });
    stream.on("response", (fields) => {
      if (fields[":status"] !== 200) return refused(fields[":status"]);
      say({ opened: fields["sec-websocket-protocol"] ?? "" });
      listen(overStream(stream, false));
    });
    stream.on("error", (error) => say({ error: error.message }));
  });
}

// Echoes: node server.js http/1.1|h2c|h2c-without-connect. Says {"port"}, then what happens. A message
// "close CODE REASON" closes, "ping TEXT" pings, "die" cuts the connection, "flood N" sends N times 64 KiB.
import http from "node:http";
import http2 from "node:http2";

import { WebSocket, described, overStream, say } from "./modules.js";

function serve(socket, fields) {
  say({ opened: fields });
  socket.on("message", (data, isBinary) => {
    const text = isBinary ? "" : data.toString();
    const [word, first, ...rest] = text.split(" ");
    if (word === "close") return socket.close(Number(first), rest.join(" "));
    if (word === "ping") return socket.ping(first);
    if (word === "die") return socket.terminate();
    if (word === "flood") {
      for (let number = 0; number < Number(first); ++number) socket.send(Buffer.alloc(65536, number), { binary: true });
      return;
    }
    say(described(data, isBinary));
    socket.send(data, { binary: isBinary });
  });
  socket.on("pong", (data) => say({ pong: data.toString() }));
  socket.on("close", (code, reason) => say({ closed: [code, reason.toString()] }));
  socket.on("error", (error) => say({ error: error.message }));
}

const [version] = process.argv.slice(2);
let server;
if (version === "http/1.1") {
  server = http.createServer((request, response) => response.end(`plain ${request.httpVersion}\n`));
  const sockets = new WebSocket.Server({ server, perMessageDeflate: false });
  sockets.on("connection", (socket, request) => serve(socket, request.headers));
} else {
  server = http2.createServer({ settings: { enableConnectProtocol: version === "h2c" } });
  server.on("stream", (stream, fields) => {
    if (fields[":method"] !== "CONNECT") {
      stream.respond({ ":status": 200 });
      return stream.end("plain 2\n");
    }
    if (fields[":path"] === "/forbidden") {
      stream.respond({ ":status": 403 });
      return stream.end("no\n");
    }
    const chosen = fields["sec-websocket-protocol"];
    stream.respond({ ":status": 200, ...(chosen && { "sec-websocket-protocol": chosen }) });
    serve(overStream(stream, true), fields);
  });
}
server.listen(0, "127.0.0.1", () => say({ port: server.address().port }));

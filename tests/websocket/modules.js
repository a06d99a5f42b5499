// What package-lock.json names, which ./dev installs into build/websocket.
import { createRequire } from "node:module";

const required = createRequire(new URL("../../build/websocket/", import.meta.url));
export const WebSocket = required("ws");

/** A WebSocket over a stream of HTTP/2 whose extended CONNECT was agreed to (RFC 8441): ws itself knows HTTP/1.1. */
export function overStream(stream, isServer) {
  const socket = new WebSocket(null, undefined, { autoPong: true });
  socket._isServer = isServer;
  socket.setSocket(stream, Buffer.alloc(0), {
    allowSynchronousEvents: true,
    maxPayload: 64 * 1024 * 1024,
    skipUTF8Validation: false,
  });
  return socket;
}

export function say(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** A message as text, or what tells it from others. */
export function described(data, isBinary) {
  if (!isBinary && data.length <= 200) return { message: data.toString() };
  let sum = 0;
  for (const byte of data) sum = (sum * 31 + byte) % 1_000_000_007;
  return { bytes: data.length, sum, binary: isBinary };
}

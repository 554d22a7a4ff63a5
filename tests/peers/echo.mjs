// A WebSocket server on Node's `ws`, for the tests. Prints the port it got, ends with its input.
//
// echo.mjs [--deflate] [--server-no-context-takeover] [--client-no-context-takeover]
//          [--server-max-window-bits N] [--client-max-window-bits N] [--threshold BYTES]
//          [--cert FILE --key FILE] [--subprotocol NAME] [--port NUMBER] [--unix PATH]
//
// Paths: /                            every message comes back as it was
//        /close?code=4001&reason=bye  closes after the opening handshake; no code: no body
//        /after?code=…&reason=…       closes after it has sent the first message back
//        /redirect?status=302&to=URL  refuses the handshake and points there
//        /about                       sends one line of JSON about the handshake, then echoes

import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";

const require = createRequire(join(process.env.SOCKEYE_NODE_PEERS, "package.json"));
const { WebSocketServer } = require("ws");

const { values: options } = parseArgs({
  options: {
    deflate: { type: "boolean" },
    "server-no-context-takeover": { type: "boolean" },
    "client-no-context-takeover": { type: "boolean" },
    "server-max-window-bits": { type: "string" },
    "client-max-window-bits": { type: "string" },
    threshold: { type: "string" },
    cert: { type: "string" },
    key: { type: "string" },
    subprotocol: { type: "string" },
    port: { type: "string" },
    unix: { type: "string" },
  },
});

const number = (text) => (text === undefined ? undefined : Number(text));

const perMessageDeflate = options.deflate
  ? {
      serverNoContextTakeover: options["server-no-context-takeover"],
      clientNoContextTakeover: options["client-no-context-takeover"],
      serverMaxWindowBits: number(options["server-max-window-bits"]),
      clientMaxWindowBits: number(options["client-max-window-bits"]),
      threshold: number(options.threshold) ?? 0,
    }
  : false;

const server = options.cert
  ? https.createServer({ cert: readFileSync(options.cert), key: readFileSync(options.key) })
  : http.createServer();
// As the server does that `ws` makes for itself.
server.on("request", (request, answer) => answer.writeHead(426).end("Upgrade Required"));

const peer = new WebSocketServer({
  server,
  perMessageDeflate,
  maxPayload: 256 * 1024 * 1024,
  verifyClient: ({ req }, answer) => {
    const { pathname, searchParams } = new URL(req.url, "http://localhost");
    if (pathname !== "/redirect") return answer(true);
    const status = Number(searchParams.get("status"));
    answer(false, status, http.STATUS_CODES[status], { Location: searchParams.get("to") });
  },
  handleProtocols: (offered) =>
    offered.has(options.subprotocol) ? options.subprotocol : false,
});

function close(socket, query) {
  if (query.has("code")) socket.close(Number(query.get("code")), query.get("reason") ?? "");
  else socket.close();
}

// What the network has not taken yet holds the reading back: memory stays bounded.
const highWater = 4 * 1024 * 1024;

function echo(socket, data, isBinary) {
  socket.send(data, { binary: isBinary, compress: Boolean(options.deflate) }, () => {
    if (socket.isPaused && socket.bufferedAmount < highWater) socket.resume();
  });
  if (socket.bufferedAmount >= highWater) socket.pause();
}

peer.on("connection", (socket, request) => {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  socket.on("error", (error) => console.error(`peer: ${error.message}`));
  if (pathname === "/close") return close(socket, searchParams);
  if (pathname === "/about")
    socket.send(JSON.stringify({ headers: request.headers, extensions: socket.extensions, protocol: socket.protocol }));
  socket.on("message", (data, isBinary) => {
    echo(socket, data, isBinary);
    if (pathname === "/after") close(socket, searchParams);
  });
});

// On a Unix socket there is no port; @NAME is an abstract one.
if (options.unix) server.listen(options.unix.replace(/^@/, "\0"), () => console.log(0));
else server.listen(number(options.port) ?? 0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("close", () => process.exit(0)).resume();

// An HTTP proxy on Node's `https`, for the tests: CONNECT to anywhere, over TLS with any kind of
// certificate. Prints the port it got, ends with its input.
//
// https_proxy.mjs --cert FILE --key FILE

import { readFileSync } from "node:fs";
import https from "node:https";
import net from "node:net";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: { cert: { type: "string" }, key: { type: "string" } },
});

const server = https.createServer({
  cert: readFileSync(options.cert),
  key: readFileSync(options.key),
  ciphers: "DEFAULT@SECLEVEL=0",
});

server.on("connect", (request, client, head) => {
  const { hostname, port } = new URL(`http://${request.url}`);
  const there = net.connect(Number(port), hostname, () => {
    client.write("HTTP/1.1 200 OK\r\n\r\n");
    there.write(head);
    client.pipe(there).pipe(client);
  });
  there.on("error", () => client.destroy());
  client.on("error", () => there.destroy());
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("close", () => process.exit(0)).resume();

"""A WebSocket server on Python's websockets, for the tests.

Prints the port it got, ends with its input. Options and paths are those of echo.mjs.
"""

import argparse
import asyncio
import json
import ssl
import sys
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deflate", action="store_true")
    parser.add_argument("--server-no-context-takeover", action="store_true")
    parser.add_argument("--client-no-context-takeover", action="store_true")
    parser.add_argument("--server-max-window-bits", type=int)
    parser.add_argument("--client-max-window-bits", type=int)
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--subprotocol")
    return parser.parse_args()


def extensions(options):
    if not options.deflate:
        return []
    return [
        ServerPerMessageDeflateFactory(
            server_no_context_takeover=options.server_no_context_takeover,
            client_no_context_takeover=options.client_no_context_takeover,
            server_max_window_bits=options.server_max_window_bits,
            client_max_window_bits=options.client_max_window_bits,
        )
    ]


async def close(socket, query):
    if "code" in query:
        await socket.close(int(query["code"][0]), query.get("reason", [""])[0])
    else:
        # A close frame without a body is not in the public interface.
        socket.protocol.send_close()
        socket.send_data()
        await socket.wait_closed()


def about(socket):
    return json.dumps(
        {
            "headers": {name.lower(): value for name, value in socket.request.headers.raw_items()},
            "extensions": [extension.name for extension in socket.protocol.extensions],
            "protocol": socket.subprotocol or "",
        }
    )


async def handle(socket):
    url = urlsplit(socket.request.path)
    query = parse_qs(url.query)
    if url.path == "/close":
        return await close(socket, query)
    if url.path == "/about":
        await socket.send(about(socket))
    try:
        async for message in socket:
            await socket.send(message)
            if url.path == "/after":
                await close(socket, query)
    except ConnectionClosed as error:
        print(f"peer: {error}", file=sys.stderr)


def tls(options):
    if options.cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.cert, options.key)
    return context


async def main():
    options = parse_arguments()
    server = serve(
        handle,
        "127.0.0.1",
        0,
        ssl=tls(options),
        compression=None,
        extensions=extensions(options),
        subprotocols=[options.subprotocol] if options.subprotocol else None,
        select_subprotocol=(lambda _, offered: options.subprotocol if options.subprotocol in offered else None)
        if options.subprotocol
        else None,
        max_size=256 * 1024 * 1024,
        ping_interval=None,
    )
    async with server as running:
        print(running.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())

"""Sends requests from many clients, each over a connection of its own; prints JSON.

Usage: python bench/load.py PORT PATH CLIENTS SECONDS
"""

import asyncio
import json
import sys
import time

SECONDS_TO_ANSWER = 30


class Client(asyncio.Protocol):
    """Sends the next request when the last one is answered."""

    def __init__(self, request: bytes, totals: dict[str, int], until: float) -> None:
        self._request = request
        self._totals = totals
        self._until = until
        self._buffer = bytearray()
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, blank, body = self._buffer.partition(b"\r\n\r\n")
        if not blank:
            return
        lower = bytes(head).lower()
        start = lower.index(b"content-length:") + 15
        if len(body) < int(lower[start:].split(b"\r\n", 1)[0]):
            return
        status = head.split(b" ", 2)[1].decode()
        now = time.monotonic()
        if now > self._until:
            self._finish()
            return
        self._totals[status] = self._totals.get(status, 0) + 1
        self._buffer.clear()
        self._transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self._totals["lost"] = self._totals.get("lost", 0) + 1
            self.done.set_result(None)

    def _finish(self) -> None:
        self.done.set_result(None)
        self._transport.close()


async def main(port: int, path: str, clients: int, seconds: float) -> None:
    """Send requests for so many seconds, and print how many were answered with which status."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    totals: dict[str, int] = {}
    loop = asyncio.get_running_loop()
    started = time.monotonic()
    running = []
    for _ in range(clients):
        _, client = await loop.create_connection(
            lambda: Client(request, totals, started + seconds), "127.0.0.1", port
        )
        running.append(client.done)
    _, pending = await asyncio.wait(running, timeout=seconds + SECONDS_TO_ANSWER)
    if pending:
        totals["no answer"] = len(pending)
    elapsed = min(time.monotonic() - started, seconds)
    print(json.dumps(totals | {"seconds": elapsed}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))

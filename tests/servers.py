"""A server on this computer for as long as a test needs it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def served(make: Callable[[], Any]) -> Iterator[int]:
    """The port of the tornado server that ``make`` makes, in a thread and an event loop of its own."""
    found: dict[str, Any] = {}
    ready = threading.Event()

    async def serve() -> None:
        server = make()
        listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        listening.setblocking(False)
        server.add_socket(listening)
        found.update(port=listening.getsockname()[1], loop=asyncio.get_running_loop(), stop=asyncio.Event())
        ready.set()
        await found["stop"].wait()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(20)
    try:
        yield found["port"]
    finally:
        found["loop"].call_soon_threadsafe(found["stop"].set)
        thread.join(20)

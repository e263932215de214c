"""A server of the environment in a thread of the test process."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from debugarena.benchmark.environment.episode import Arena
from debugarena.benchmark.environment.serve import make_server


@contextmanager
def serving(arena: Arena, max_sessions: int = 64, **options: Any) -> Iterator[str]:
    """Its address; the server has stopped when the block ends, whatever its clients do. options: see make_server."""
    server = make_server(arena, max_sessions, **options)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()

"""A server of the environment in a thread of the test process, and what its clients need.

OpenEnv takes seconds to import, so only functions import it: each worker of a run of tests reads all files of tests.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from debugarena.benchmark.environment.arena import Arena
from debugarena.benchmark.environment.serve import make_server

if TYPE_CHECKING:
    from openenv.core.sync_client import SyncEnvClient

    from debugarena.benchmark.environment.messages import DebugAction, DebugObservation, DebugState


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


def client_of(url: str) -> SyncEnvClient[DebugAction, DebugObservation, DebugState]:
    from debugarena.benchmark.environment.client import DebugArenaEnv

    return DebugArenaEnv(url).sync()


def attempt(fixed_code: str, explanation: str = "") -> DebugAction:
    from debugarena.benchmark.environment.messages import DebugAction

    return DebugAction(fixed_code=fixed_code, explanation=explanation)

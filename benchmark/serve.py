"""Serves the environment to agents and trainers: OpenEnv over WebSocket at /ws, its task API and health over HTTP.

  debugarena serve
  debugarena serve --host 0.0.0.0 --port 7860 --max-sessions 64
  debugarena serve --dataset dist/debugarena --config generated

The client is DebugArenaEnv in debugarena.benchmark.client; /docs describes the rest.
"""

from __future__ import annotations

import argparse
import functools
import socket
from typing import TYPE_CHECKING, Any

from rich.console import Console

from debugarena.benchmark.errors import DebugArenaError, UsageError
from debugarena.benchmark.layers import weakness
from debugarena.benchmark.options import add_sandbox_arguments
from debugarena.benchmark.sandbox import Sandbox

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from debugarena.benchmark.environment import Arena

DEFAULT_PORT = 8000
DEFAULT_SESSIONS = 256  # a trainer opens one a rollout, so no fewer than its generation batch
SHUTDOWN_S = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena serve`."""
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 for all networks (default: %(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--dataset", metavar="FOLDER_OR_HUB_ID", help="whose bugs are offered (default: our own)")
    parser.add_argument("--config", help="config of that dataset")
    parser.add_argument("--revision", help="tag or commit of a hub dataset")
    parser.add_argument(
        "--max-sessions", type=int, default=DEFAULT_SESSIONS, help="connections at a time (default: %(default)s)"
    )
    add_sandbox_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """`debugarena serve`: until Ctrl-C or a SIGTERM."""
    if args.max_sessions < 1:
        raise UsageError(f"--max-sessions is {args.max_sessions}; it must be at least 1")
    if not 0 <= args.port <= 65535:
        raise UsageError(f"--port is {args.port}; it must be 0 to 65535")
    try:
        import openenv.core  # noqa: F401
    except ImportError:
        raise UsageError("serve needs OpenEnv: pip install 'debugarena[serve]'") from None
    from debugarena.benchmark.environment import Arena
    from debugarena.benchmark.task_sets import TaskSet

    with (
        _listen(args.host, args.port) as listener,
        Sandbox(args.workers, allow_weak=args.allow_weak) as sandbox,
        Arena(TaskSet.load(args.dataset, args.config, args.revision), sandbox) as arena,
    ):
        _greet(arena, listener, args.max_sessions)
        make_server(arena, args.max_sessions).run(sockets=[listener])
    return 0


def make_app(arena: Arena, max_sessions: int = DEFAULT_SESSIONS) -> FastAPI:
    """The OpenEnv application over an arena, which the caller closes."""
    from fastapi import Request
    from fastapi.responses import JSONResponse
    from openenv.core.env_server import create_app

    from debugarena.benchmark.body_limit import BodyLimit
    from debugarena.benchmark.environment import DebugArenaEnvironment
    from debugarena.benchmark.openenv_types import MAX_MESSAGE_BYTES, DebugAction, DebugObservation, DebugState

    app = create_app(
        functools.partial(DebugArenaEnvironment, arena),
        action_cls=DebugAction,
        observation_cls=DebugObservation,
        state_cls=DebugState,
        env_name="debugarena",
        max_concurrent_envs=max_sessions,
    )
    app.add_middleware(BodyLimit, max_bytes=MAX_MESSAGE_BYTES)

    @app.exception_handler(DebugArenaError)
    async def explain(request: Request, error: DebugArenaError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=400)

    return app


def make_server(arena: Arena, max_sessions: int = DEFAULT_SESSIONS, **options: Any) -> uvicorn.Server:
    """A server for `make_app` that holds little of what a client sends; options are those of uvicorn.Config."""
    import uvicorn

    from debugarena.benchmark.openenv_types import MAX_MESSAGE_BYTES

    config = uvicorn.Config(
        make_app(arena, max_sessions),
        log_level="warning",
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_max_queue=1,
        ws_per_message_deflate=False,  # a few kilobytes would inflate to a whole message
        timeout_graceful_shutdown=SHUTDOWN_S,
        **options,
    )
    return uvicorn.Server(config)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=512
        )
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (while")[0]  # Python repeats the address there
        raise UsageError(f"cannot listen on {host}:{port}: {reason}; try another --host or --port") from None


def _greet(arena: Arena, listener: socket.socket, max_sessions: int) -> None:
    host, port = listener.getsockname()[:2]
    layers = arena.sandbox.layers
    console = Console(stderr=True, highlight=False)
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    splits = ", ".join(f"{name} {len(bugs)}" for name, bugs in arena.tasks.splits.items())
    console.print(f"DebugArena is at {address}   bugs: {splits}   sessions: up to {max_sessions}")
    console.print(f"Sandbox layers that hold: {', '.join(layers) or 'none'}", soft_wrap=True)
    if sentence := weakness(layers):
        console.print(sentence, style="yellow", soft_wrap=True)
    console.print("Ctrl-C ends it.")

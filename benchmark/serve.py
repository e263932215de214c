"""Serves the environment to agents and trainers: OpenEnv over WebSocket at /ws, its task API and health over HTTP.

  debugarena serve
  debugarena serve --host 0.0.0.0 --port 7860 --max-sessions 64
  debugarena serve --dataset dist/debugarena --config generated

The client is DebugArenaEnv in debugarena.benchmark.client; /docs describes the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import socket
import sys
from typing import TYPE_CHECKING, Any

from debugarena.benchmark.errors import DebugArenaError, UsageError
from debugarena.benchmark.layers import weakness
from debugarena.benchmark.options import add_sandbox_arguments
from debugarena.benchmark.sandbox import Sandbox

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI, Request
    from starlette.types import ASGIApp, Receive, Scope, Send

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
    """The OpenEnv application over an arena, which the caller closes.

    Left out: OpenEnv's web interface, whose one session all visitors share, and its MCP, which has no tools here but
    would let anybody take every place for a session without a connection.
    """
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse
    from openenv.core.env_server.http_server import create_fastapi_app
    from starlette.middleware.body_limit import RequestBodyLimitMiddleware

    from debugarena.benchmark.environment import DebugArenaEnvironment
    from debugarena.benchmark.openenv_types import MAX_MESSAGE_BYTES, DebugAction, DebugObservation, DebugState

    app = create_fastapi_app(
        functools.partial(DebugArenaEnvironment, arena),
        action_cls=DebugAction,
        observation_cls=DebugObservation,
        state_cls=DebugState,
        env_name="debugarena",
        max_concurrent_envs=max_sessions,
    )
    app.router.routes = [route for route in app.router.routes if getattr(route, "path", "") != "/mcp"]
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=MAX_MESSAGE_BYTES)
    app.add_middleware(_CalmSockets)

    @app.post("/mcp")
    async def no_mcp() -> dict[str, Any]:
        error = {"code": -32601, "message": "this environment has no MCP tools; play over the WebSocket /ws"}
        return {"jsonrpc": "2.0", "id": None, "error": error}

    @app.exception_handler(DebugArenaError)
    async def explain(request: Request, error: DebugArenaError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=400)

    @app.exception_handler(RequestValidationError)
    async def explain_shape(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]  # the rest, and the input that FastAPI would repeat, are left out
        where = ".".join(str(part)[:80] for part in first["loc"]).encode("ascii", "replace").decode()
        return JSONResponse({"detail": f"{where}: {first['msg']}; see /docs"}, status_code=422)

    return app


class _CalmSockets:
    """ASGI middleware: a client that has gone, or a server that stops, is no error to print a traceback for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except asyncio.CancelledError:
            if scope["type"] != "websocket":
                raise
        except Exception as error:
            # OpenEnv tells a client of its own disconnect; uvicorn and Starlette have an exception of theirs for that
            gone = type(error).__name__ in ("WebSocketDisconnect", "ClientDisconnected") or "close message" in str(
                error
            )
            if scope["type"] != "websocket" or not gone:
                raise


def make_server(arena: Arena, max_sessions: int = DEFAULT_SESSIONS, **options: Any) -> uvicorn.Server:
    """A server for `make_app` that holds little of what a client sends; options are those of uvicorn.Config."""
    import uvicorn

    from debugarena.benchmark.openenv_types import MAX_MESSAGE_BYTES

    config = uvicorn.Config(
        make_app(arena, max_sessions),
        log_level="warning",
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # a few kilobytes would inflate to a whole message
        timeout_graceful_shutdown=SHUTDOWN_S,
        **options,
    )
    return uvicorn.Server(config)


def _listen(host: str, port: int) -> socket.socket:
    if not host:
        raise UsageError("--host is empty; name an address, or 0.0.0.0 for all networks")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (while")[0]  # Python repeats the address there
        place = _place(host, port)
        raise UsageError(f"cannot listen on {place}: {reason}; try another --host or --port") from None


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _greet(arena: Arena, listener: socket.socket, max_sessions: int) -> None:
    layers = arena.sandbox.layers
    splits = ", ".join(f"{name} {len(bugs)}" for name, bugs in arena.tasks.splits.items())
    address = f"http://{_place(*listener.getsockname()[:2])}"
    lines = [
        f"DebugArena is at {address}   bugs: {splits}   sessions: up to {max_sessions}",
        f"Sandbox layers that hold: {', '.join(layers) or 'none'}",
        *([sentence] if (sentence := weakness(layers)) else []),
        "Ctrl-C ends it.",
    ]
    print("\n".join(lines), file=sys.stderr, flush=True)

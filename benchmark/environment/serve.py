"""Serves episodes to agents and trainers: OpenEnv over WebSocket at /ws, its task API and health over HTTP.

  debugarena serve
  debugarena serve --host 0.0.0.0 --port 7860 --max-sessions 64
  debugarena serve --dataset dist/debugarena --config generated

The client is DebugArenaEnv in debugarena.benchmark.environment.client. The server's page /docs describes the rest.
"""

from __future__ import annotations

import argparse
import functools
import re
import socket
import sys
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debugarena.benchmark.errors import SandboxError, UsageError
from debugarena.benchmark.layers import weakness
from debugarena.benchmark.options import add_sandbox_arguments
from debugarena.benchmark.sandbox import Sandbox

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI, Request

    from debugarena.benchmark.environment.episode import Arena

DEFAULT_PORT = 8000
DEFAULT_SESSIONS = 256  # a trainer opens one for each rollout, so at least its generation batch
SHUTDOWN_S = 3
BACKLOG = 128  # connections that asyncio accepts at once; it has four times as many before it can refuse one


@dataclass(frozen=True)
class Patience:
    """How many seconds the server waits for a client.

    request_s: for a whole HTTP request, or for the handshake of a WebSocket. first_message_s: for the first message of
    a WebSocket; until then it takes no session. idle_s: for each message after that. unread_s: for a client to read
    what it is sent (on Linux; elsewhere as long as TCP waits).
    """

    request_s: float = 20.0
    first_message_s: float = 60.0
    idle_s: float = 3600.0
    unread_s: float = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena serve`."""
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 for all networks (default: %(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 for any free port (default: %(default)s)")
    parser.add_argument(
        "--dataset", metavar="FOLDER_OR_HUB_ID", help="the dataset to offer (default: the bugs of the package)"
    )
    parser.add_argument("--config", help="config of that dataset")
    parser.add_argument("--revision", help="tag or commit of a hub dataset")
    parser.add_argument(
        "--max-sessions", type=int, default=DEFAULT_SESSIONS, help="sessions at a time (default: %(default)s)"
    )
    parser.add_argument(
        "--idle-timeout",
        type=float,
        default=Patience.idle_s,
        metavar="SECONDS",
        help="end sessions that are silent for so long (default: %(default)g)",
    )
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="a site whose pages may connect, such as https://bench.example.org; can be given again. Without it, on "
        "127.0.0.1 only pages of this machine may, and on other addresses all",
    )
    add_sandbox_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """`debugarena serve`: until Ctrl-C or a SIGTERM."""
    if args.max_sessions < 1:
        raise UsageError(f"--max-sessions is {args.max_sessions}; it must be at least 1")
    if not 0 <= args.port <= 65535:
        raise UsageError(f"--port is {args.port}; it must be 0 to 65535")
    if not args.idle_timeout > 0:
        raise UsageError(f"--idle-timeout is {args.idle_timeout:g}; it must be more than 0")
    try:
        import openenv.core  # noqa: F401
    except ImportError:
        raise UsageError("serve needs OpenEnv: pip install 'debugarena[serve]'") from None
    from debugarena.benchmark.environment.episode import Arena
    from debugarena.benchmark.environment.task_sets import TaskSet

    with (
        _listen(args.host, args.port) as listener,
        Sandbox(args.workers, allow_weak=args.allow_weak) as sandbox,
        Arena(TaskSet.load(args.dataset, args.config, args.revision), sandbox) as arena,
    ):
        origins = accepted_origins(listener.getsockname()[0], args.allow_origin)
        make_room(args.max_sessions, sandbox.workers)
        _greet(arena, listener, args.max_sessions)
        server = make_server(arena, args.max_sessions, origins, Patience(idle_s=args.idle_timeout))
        server.run(sockets=[listener])
    return 0


def make_app(
    arena: Arena,
    max_sessions: int = DEFAULT_SESSIONS,
    origins: Collection[str] | None = None,
    patience: Patience | None = None,
) -> FastAPI:
    """The OpenEnv application over an arena, which the caller closes.

    origins: web pages that may connect, in addition to those of this machine; None: all may. See OnlyKnownSites.
    patience: for silent WebSockets; its other limits need make_server.

    Left out: OpenEnv's web interface, in which all visitors share one session, and its MCP, which has no tools here
    but would let anyone take every place for a session without a connection.
    """
    from openenv.core.env_server.http_server import create_fastapi_app
    from starlette.middleware.body_limit import RequestBodyLimitMiddleware

    from debugarena.benchmark.environment.connections import Discretion, OnlyKnownSites, PatientSockets
    from debugarena.benchmark.environment.episode import DebugArenaEnvironment
    from debugarena.benchmark.environment.messages import MAX_MESSAGE_BYTES, DebugAction, DebugObservation, DebugState

    app = create_fastapi_app(
        functools.partial(DebugArenaEnvironment, arena),
        action_cls=DebugAction,
        observation_cls=DebugObservation,
        state_cls=DebugState,
        env_name="debugarena",
        max_concurrent_envs=max_sessions,
    )
    app.router.routes = [route for route in app.router.routes if getattr(route, "path", "") not in ("/mcp", "/health")]
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=MAX_MESSAGE_BYTES)
    app.add_middleware(Discretion)
    app.add_middleware(PatientSockets, patience=patience or Patience())
    if origins is not None:
        app.add_middleware(OnlyKnownSites, origins=origins)
    _add_routes(app, arena)
    _add_explanations(app)
    return app


def _add_routes(app: FastAPI, arena: Arena) -> None:
    """Adds the routes that replace OpenEnv's own."""
    from fastapi.responses import JSONResponse
    from openenv.core.env_server.types import HealthResponse

    from debugarena.benchmark.environment.health import Health

    health = Health(arena)

    @app.get("/health", response_model=HealthResponse, tags=["Health"])
    async def tell_health() -> Any:
        if complaint := await health.complaint():
            return JSONResponse({"status": "unhealthy", "detail": complaint}, 503)
        return JSONResponse({"status": "healthy"})

    @app.post("/mcp")
    async def no_mcp() -> dict[str, Any]:
        error = {"code": -32601, "message": "this environment has no MCP tools; play over the WebSocket /ws"}
        return {"jsonrpc": "2.0", "id": None, "error": error}


def _add_explanations(app: FastAPI) -> None:
    """Sets the replies to some exceptions. Others give "Internal Server Error" and a traceback in the log."""
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse

    from debugarena.benchmark.environment.connections import explain, explain_shape

    @app.exception_handler(UsageError)
    async def of_the_caller(request: Request, error: UsageError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 400)

    @app.exception_handler(SandboxError)
    async def of_the_sandbox(request: Request, error: SandboxError) -> JSONResponse:
        return JSONResponse({"detail": explain(error)}, 503)

    @app.exception_handler(RequestValidationError)
    async def of_the_shape(request: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"detail": explain_shape(error.errors()[0])}, 422)


def make_server(
    arena: Arena,
    max_sessions: int = DEFAULT_SESSIONS,
    origins: Collection[str] | None = None,
    patience: Patience | None = None,
    **options: Any,
) -> uvicorn.Server:
    """A server for `make_app` that keeps little of what a client sends, and not for long.

    options are those of uvicorn.Config.
    """
    import uvicorn

    from debugarena.benchmark.environment.connections import Connection
    from debugarena.benchmark.environment.messages import MAX_MESSAGE_BYTES

    patience = patience or Patience()
    protocol: Any = functools.partial(Connection, patience, _max_connections(max_sessions))
    config = uvicorn.Config(
        make_app(arena, max_sessions, origins, patience),
        http=protocol,
        backlog=BACKLOG,
        log_level="warning",
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # a few kilobytes would inflate to a whole message
        timeout_graceful_shutdown=SHUTDOWN_S,
        **options,
    )
    return uvicorn.Server(config)


def _max_connections(max_sessions: int) -> int:
    return 2 * max_sessions + 64  # a trainer may open all its sessions before it uses the first


def make_room(max_sessions: int, workers: int) -> None:
    """Raises the limit on open files to what that many connections and the sandbox may need together."""
    import resource

    needed = _max_connections(max_sessions) + 4 * BACKLOG + 64 + 40 * workers
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        if soft < needed:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    except (ValueError, OSError):
        raise UsageError(
            f"--max-sessions is {max_sessions}, for which {needed} files may be open at a time; this process may open "
            f"{hard}: choose fewer, or raise `ulimit -n`"
        ) from None


def accepted_origins(address: str, named: Collection[str]) -> list[str] | None:
    """The argument `origins` of make_server for a listener at this address, given what --allow-origin names."""
    from debugarena.benchmark.environment.connections import is_loopback

    for origin in named:
        if not re.fullmatch(r"[a-z]+://[^/\s]+", origin.lower()):
            raise UsageError(
                f"--allow-origin is {origin!r}; it must be a scheme and a host, such as https://bench.example.org"
            )
    return [origin.lower() for origin in named] if named or is_loopback(address) else None


def _listen(host: str, port: int) -> socket.socket:
    if not host:
        raise UsageError("--host is empty; name an address, or 0.0.0.0 for all networks")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
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

"""Limits what clients can do to the server and learn from it: which sites may connect, how long it waits, and what it
says about its failures. ASGI middleware, and one uvicorn protocol class for what happens before a request.

Not covered: who may connect, and how many sessions one address may have; put a proxy in front for that.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import socket
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import h11
from openenv.core.env_server.exceptions import SessionCapacityError
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import ClientDisconnected

from debugarena.benchmark.environment.messages import NOT_GRADED
from debugarena.benchmark.errors import SandboxError, UsageError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from debugarena.benchmark.environment.serve import Patience

FAILED = "this could not be done; the server's log says why"
GONE = (WebSocketDisconnect, WebSocketDisconnected, ClientDisconnected)  # OpenEnv tells a client that it has left
FOR_CLIENTS = (UsageError, SessionCapacityError, json.JSONDecodeError)  # their text is about what the client sent

_log = logging.getLogger(__name__)


class Connection(H11Protocol):
    """A connection that the server drops if the client does not finish its request or does not read.

    uvicorn limits only the pause between two requests. max_connections: with this many open, a new one is answered
    with 503. Otherwise half-open ones could use up the descriptors, and nothing could be graded any more.
    """

    def __init__(self, patience: Patience, max_connections: int, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self._patience, self._max_connections = patience, max_connections
        self._request_limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            unread_ms = round(1000 * self._patience.unread_s)
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, unread_ms)
        if len(self.connections) > self._max_connections:
            transport.write(b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            transport.close()
        else:
            self._await_request()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._stop_waiting()
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_request(self) -> None:
        self._stop_waiting()
        self._request_limit = self.loop.call_later(self._patience.request_s, self._give_up)

    def _stop_waiting(self) -> None:
        if self._request_limit:
            self._request_limit.cancel()

    def _give_up(self) -> None:
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self.transport.abort()


class PatientSockets:
    """ASGI middleware for WebSockets: no session for a silent client, no traceback for one that has gone.

    OpenEnv gives a session to every connection that it has accepted. So its `accept` returns only with the first
    message. OpenEnv's limit for idle sessions is not used: it frees their places, but they play on.
    """

    def __init__(self, app: ASGIApp, patience: Patience) -> None:
        self.app, self._patience = app, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        first: list[Message] = []

        async def hear_within(limit_s: float) -> Message:
            try:
                async with asyncio.timeout(limit_s):
                    return await receive()
            except TimeoutError:
                reason = f"no message for {limit_s:g} seconds"
                await send({"type": "websocket.close", "code": 1008, "reason": reason})
                return {"type": "websocket.disconnect", "code": 1008, "reason": reason}

        async def hear() -> Message:
            return first.pop() if first else await hear_within(self._patience.idle_s)

        async def say(message: Message) -> None:
            await send(message)
            if message["type"] == "websocket.accept":
                first.append(await hear_within(self._patience.first_message_s))
                if first[0]["type"] == "websocket.disconnect":
                    raise WebSocketDisconnect(first[0].get("code", 1006))

        try:
            await self.app(scope, hear, say)
        except (asyncio.CancelledError, *GONE):
            pass  # the server stops, or the client has gone


class Discretion:
    """ASGI middleware that keeps facts about the host out of replies to exceptions.

    OpenEnv answers a failed message with the exception's text, from within its `except` blocks. So whatever is sent
    while an exception is being handled is about that exception.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def say(message: Message) -> None:
            error = sys.exception()
            if error and message["type"] == "websocket.send" and not isinstance(error, GONE + FOR_CLIENTS):
                code = json.loads(message["text"])["data"]["code"]
                reply = {"type": "error", "data": {"message": explain(error), "code": code}}
                message = {**message, "text": json.dumps(reply)}
            await send(message)

        await self.app(scope, receive, say)


def explain(error: BaseException) -> str:
    """The sentence for a client about an error that is not in FOR_CLIENTS. The details go to the log."""
    if isinstance(error, ValidationError) and error.title.endswith("Message"):  # from a client, so not our failure
        return explain_shape(error.errors(include_url=False, include_context=False, include_input=False)[0])
    if isinstance(error, SandboxError):
        _log.error("not graded: %s", error)
        return NOT_GRADED
    _log.error("a message failed", exc_info=error)
    return FAILED


def explain_shape(first: Any) -> str:
    """The sentence for a malformed message, from the first of pydantic's complaints; it does not repeat the input."""
    where = ".".join(str(part)[:80] for part in first["loc"]).encode("ascii", "replace").decode()
    return f"{where}: {first['msg']}; see /docs"


class OnlyKnownSites:
    """ASGI middleware: a request from a web page is refused unless the page is known.

    Browsers let any page open a WebSocket to 127.0.0.1, or post to it, and say in `Origin` which page it is. Without
    this, a page could play on, read from and load the server of anyone who visits the page. A page whose own name leads
    to 127.0.0.1 (DNS rebinding) keeps its name in `Origin`, and is refused too. Agents and curl send no `Origin`.

    origins: accepted in addition to the names of this machine, such as https://bench.example.org.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self.app, self._origins = app, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origins = Headers(scope=scope).getlist("origin") if scope["type"] in ("http", "websocket") else []
        if all(origin in self._origins or _is_of_this_machine(origin) for origin in origins):
            await self.app(scope, receive, send)
        else:
            told = "this server takes no requests from pages of other sites; its owner can name one with --allow-origin"
            await JSONResponse({"detail": told}, 403)(scope, receive, send)


def _is_of_this_machine(origin: str) -> bool:
    try:
        host = urlsplit(origin).hostname
    except ValueError:
        return False
    return host == "localhost" or is_loopback(host or "")


def is_loopback(address: str) -> bool:
    """Whether it is an address of 127.0.0.0/8, or ::1."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False

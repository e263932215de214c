"""Clients that do not finish, pages of other sites, and failures of our own: all over real sockets to a live server."""

import base64
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from flaky_sandbox import PATH, FlakySandbox
from live_server import attempt, client_of, serving
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.environment.arena import Arena
from debugarena.benchmark.environment.serve import Patience, accepted_origins, make_room
from debugarena.benchmark.environment.task_sets import TaskSet
from debugarena.benchmark.errors import BugFileError, SandboxError
from debugarena.benchmark.sandbox import Limits

FIX = "def flip(text):\n    return text[::-1]\n"
WRONG = "def flip(text):\n    return text.upper()\n"
PLACES = 60
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: " + base64.b64encode(b"0123456789abcdef") + b"\r\n\r\n"
)
RESET = json.dumps({"type": "reset", "data": {"bug_id": "flip"}}).encode()
RESET_FRAME = bytes([0x81, 0x80 | len(RESET)]) + bytes(4) + RESET
linux_alone = pytest.mark.skipif(sys.platform != "linux", reason="the limit for what is not read is one of Linux")


@pytest.fixture(scope="module")
def arena(sandbox: Sandbox, flip: Bug) -> Iterator[Arena]:
    with Arena(TaskSet({"test": [flip]}), sandbox, limits=Limits(cpu_s=0.5)) as shared:
        yield shared


def open_session(url: str, **options: Any) -> ClientConnection:
    return connect(url.replace("http", "ws") + "/ws", proxy=None, max_size=None, **options)


def ask(connection: ClientConnection, kind: str, **data: Any) -> dict[str, Any]:
    connection.send(json.dumps({"type": kind} if kind == "state" else {"type": kind, "data": data}))
    reply: dict[str, Any] = json.loads(connection.recv(60))
    return reply


def plays(url: str) -> bool:
    """Whether a session can be begun and played; False at capacity, or where this process was too slow for a limit."""
    try:
        with open_session(url) as connection:
            reply = ask(connection, "reset", bug_id="flip")
            if reply["type"] == "error":
                assert reply["data"]["code"] == "CAPACITY_REACHED"
                return False
            return bool(ask(connection, "step", fixed_code=FIX)["data"]["reward"] == 3.2)
    except ConnectionClosedError:
        return False


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it holds within a minute, which is far more than any limit here."""
    for _ in range(600):
        if holds():
            return True
        threading.Event().wait(0.1)
    return False


def speak(url: str, *parts: bytes, room: int | None = None) -> socket.socket:
    """A bare connection on which the parts were sent, the second after something came back for the first."""
    peer = socket.socket()
    peer.settimeout(60)
    if room:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    peer.connect(("127.0.0.1", int(url.rsplit(":", 1)[1])))
    for number, part in enumerate(parts):
        if number:
            peer.recv(65536)
        peer.sendall(part)
    return peer


def is_ended(peer: socket.socket) -> bool:
    """Reads until the server ends the connection, or the WebSocket by a frame; TimeoutError if it does not in a minute."""
    with suppress(ConnectionResetError):
        while data := peer.recv(65536):
            if data.rpartition(b"\r\n\r\n")[2].startswith(b"\x88"):  # alone, or behind the head of a reply
                break
    return True


# clients that do not finish

HALF_OPEN: dict[str, tuple[bytes, ...]] = {
    "nothing": (),
    "half a head": (b"GET /health HTTP/1.1\r\nHost: here\r\nAccept: ",),
    "half a body": (b"POST /step HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\n{",),
    "half a handshake": (HANDSHAKE[:-2],),
    "a request and then half of one": (b"GET /schema HTTP/1.1\r\nHost: here\r\n\r\n", b"GET /sch"),
    "a handshake that is not read": (HANDSHAKE,),
    "a handshake and then half a message": (HANDSHAKE, RESET_FRAME[:-2]),
}


def test_half_open_sockets_take_no_places_and_are_ended(arena: Arena) -> None:
    """All kinds at once, as each waits for the server's patience: of any kind, one that took a place would be missed."""
    patience = Patience(request_s=3.0, first_message_s=3.0)
    of_each = PLACES // len(HALF_OPEN) + 1
    with serving(arena, PLACES, patience=patience) as url, ExitStack() as stack:
        half_open = [
            (what, stack.enter_context(speak(url, *sent))) for what, sent in HALF_OPEN.items() for _ in range(of_each)
        ]
        for _ in range(PLACES):
            connection = stack.enter_context(open_session(url))
            assert ask(connection, "reset", bug_id="flip")["type"] == "observation"
        for what, peer in half_open:
            assert is_ended(peer), what
        assert ask(connection, "step", fixed_code=FIX)["data"]["reward"] == 3.2


def test_a_session_that_never_begins_is_ended_with_a_reason(arena: Arena) -> None:
    with (
        serving(arena, patience=Patience(first_message_s=0.5)) as url,
        open_session(url) as connection,
        pytest.raises(ConnectionClosedError, match=r"1008 .* no message for 0\.5 seconds"),
    ):
        connection.recv(60)


def test_a_session_that_says_nothing_more_loses_its_place(arena: Arena) -> None:
    with serving(arena, 1, patience=Patience(idle_s=0.5)) as url, open_session(url) as connection:
        ask(connection, "reset", bug_id="flip")
        with pytest.raises(ConnectionClosedError, match=r"1008 .* no message for 0\.5 seconds"):
            connection.recv(60)
        assert soon(lambda: plays(url))


def test_a_client_that_was_idle_too_long_begins_again(arena: Arena) -> None:
    with serving(arena, 1, patience=Patience(idle_s=1.0)) as url, client_of(url) as env:
        env.reset(bug_id="flip")
        assert soon(lambda: plays(url))  # so its place was free
        with pytest.raises(RuntimeError, match="there is no episode yet: reset first"):
            env.step(attempt(FIX))
        assert env.reset(bug_id="flip").observation.attempts_remaining == 5


def test_a_session_that_waits_for_its_verdict_is_not_idle(arena: Arena) -> None:
    endless = json.dumps({"type": "step", "data": {"fixed_code": "def flip(text):\n    while True: pass"}})
    with serving(arena, patience=Patience(idle_s=0.5)) as url, open_session(url) as connection:
        connection.send(RESET.decode())
        connection.send(endless)  # takes more than half a second, and there is no pause before it
        assert json.loads(connection.recv(60))["data"]["reward"] is None
        assert json.loads(connection.recv(60))["data"]["observation"]["attempts_remaining"] == 4


def test_a_peer_that_has_vanished_loses_its_place(arena: Arena) -> None:
    with (
        serving(arena, 1, ws_ping_interval=0.5, ws_ping_timeout=0.5) as url,
        speak(url, HANDSHAKE, RESET_FRAME) as peer,
    ):
        peer.recv(10)  # begun; and from now on no ping is answered
        assert soon(lambda: plays(url))


@linux_alone
def test_a_peer_that_reads_nothing_loses_its_place(arena: Arena) -> None:
    with (
        serving(arena, 1, patience=Patience(unread_s=1.0), ws_ping_interval=None) as url,
        speak(url, HANDSHAKE, RESET_FRAME, room=2048) as peer,
    ):
        peer.settimeout(0.5)
        with suppress(TimeoutError, ConnectionError):
            while True:  # until the server has no more room for replies, and so reads no more
                peer.sendall(RESET_FRAME)
        assert soon(lambda: plays(url))


def test_a_connection_in_use_outlives_the_limit_for_one_request(arena: Arena) -> None:
    with serving(arena, patience=Patience(request_s=1.0)) as url, httpx.Client(base_url=url) as http:
        first = http.get("/schema").extensions["network_stream"].get_extra_info("client_addr")
        begun = time.monotonic()
        while time.monotonic() < begun + 1.5:
            last = http.get("/schema").extensions["network_stream"].get_extra_info("client_addr")
        assert last == first


def test_a_trainer_may_open_all_its_sessions_before_it_begins(arena: Arena) -> None:
    with serving(arena, 200) as url, ExitStack() as stack:
        sessions = [stack.enter_context(open_session(url)) for _ in range(200)]
        for connection in sessions:
            ask(connection, "reset", bug_id="flip")
        assert all(ask(connection, "step", fixed_code=FIX)["data"]["reward"] == 3.2 for connection in sessions)


def test_too_many_connections_are_refused_and_sessions_go_on(arena: Arena) -> None:
    with serving(arena, 1) as url, open_session(url) as connection:
        ask(connection, "reset", bug_id="flip")
        with ExitStack() as stack:
            for _ in range(65):
                stack.enter_context(speak(url))
            with pytest.raises(ConnectionError, match="HTTP 503"), client_of(url):
                pass
            assert ask(connection, "step", fixed_code=FIX)["data"]["reward"] == 3.2
        assert soon(lambda: _status(url) == 200)


def _status(url: str) -> int:
    return httpx.get(f"{url}/schema").status_code


def test_the_limit_of_open_files_is_raised_to_what_is_needed() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (600, before[1]))
        make_room(max_sessions=20, workers=1)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 600
        make_room(max_sessions=1, workers=1)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 600
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_docs_name_every_limit() -> None:
    page = (Path(__file__).parents[3] / "docs" / "environment.md").read_text()
    limits_s = vars(Patience()).values()
    assert [limit_s for limit_s in limits_s if f"| {limit_s:g} s" not in page] == []


# pages of other sites

ORIGINS = {
    "http://localhost:3000": True,
    "https://LOCALHOST": True,
    "http://127.0.0.1": True,
    "http://127.8.9.1:80": True,
    "http://[::1]:8000": True,
    "https://bench.example.org": False,
    "http://localhost.example.org": False,
    "http://127.0.0.1.example.org": False,
    "http://localhost@example.org": False,
    "http://2130706433": False,
    "http://[::ffff:10.0.0.1]": False,
    "http://[broken": False,
    "null": False,
    "": False,
}


def reaches(url: str, *origins: str) -> tuple[int, int]:
    """The status of a request and of a handshake with these origins, in which 101 means a session."""
    headers = [("Origin", origin) for origin in origins]
    over_http = httpx.post(f"{url}/reset", json={"bug_id": "flip"}, headers=headers).status_code
    try:
        with open_session(url, additional_headers=headers) as connection:
            assert ask(connection, "reset", bug_id="flip")["type"] == "observation"
        return over_http, 101
    except InvalidStatus as error:
        return over_http, error.response.status_code


@pytest.fixture(scope="module")
def loopback(arena: Arena) -> Iterator[str]:
    with serving(arena, origins=[]) as url:
        yield url


@pytest.mark.parametrize(("origin", "may"), ORIGINS.items(), ids=map(repr, ORIGINS))
def test_only_pages_of_this_machine_reach_a_loopback_server(loopback: str, origin: str, may: bool) -> None:
    assert reaches(loopback, origin) == ((200, 101) if may else (403, 403))


def test_one_bad_origin_among_good_ones_is_refused(loopback: str) -> None:
    assert reaches(loopback, "http://localhost", "https://example.org") == (403, 400)  # no handshake has two


def test_clients_without_an_origin_are_not_affected(loopback: str) -> None:
    assert reaches(loopback) == (200, 101)
    assert plays(loopback)


def test_a_refused_page_is_told_in_a_sentence(loopback: str) -> None:
    reply = httpx.get(f"{loopback}/metadata", headers={"Origin": "https://example.org"})
    assert "--allow-origin" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("address", "named", "accepted"),
    [
        ("127.0.0.1", [], []),
        ("127.9.9.9", [], []),
        ("::1", [], []),
        ("0.0.0.0", [], None),
        ("::", [], None),
        ("192.0.2.7", [], None),
        ("127.0.0.1", ["https://Bench.example.org"], ["https://bench.example.org"]),
        ("0.0.0.0", ["https://bench.example.org", "http://x:1"], ["https://bench.example.org", "http://x:1"]),
    ],
)
def test_origins_are_checked_on_loopback_and_where_some_are_named(
    address: str, named: list[str], accepted: list[str] | None
) -> None:
    assert accepted_origins(address, named) == accepted


def test_a_site_that_is_named_may_connect(arena: Arena) -> None:
    with serving(arena, origins=["https://bench.example.org"]) as url:
        assert reaches(url, "https://bench.example.org") == (200, 101)
        assert reaches(url, "http://127.0.0.1:9") == (200, 101)
        assert reaches(url, "https://bench.example.org:444") == (403, 403)
        assert reaches(url, "http://bench.example.org") == (403, 403)


# failures of our own


@pytest.fixture
def flaky(sandbox: Sandbox) -> FlakySandbox:
    return FlakySandbox(sandbox)


@pytest.fixture
def flaky_url(flaky: FlakySandbox, flip: Bug, bugs: list[Bug]) -> Iterator[str]:
    with Arena(TaskSet({"test": [flip, *bugs]}), flaky.as_sandbox) as arena, serving(arena) as url:
        yield url


def test_an_attempt_that_cannot_be_graded_is_sent_again(
    flaky: FlakySandbox, flaky_url: str, bugs: list[Bug], caplog: pytest.LogCaptureFixture
) -> None:
    from debugarena.benchmark.environment.messages import NOT_GRADED

    with open_session(flaky_url) as connection:
        ask(connection, "reset", bug_id="flip")
        ask(connection, "step", fixed_code=WRONG)
        before = ask(connection, "state")
        flaky.failures = 2
        refused = {"message": NOT_GRADED, "code": "EXECUTION_ERROR"}
        assert ask(connection, "step", fixed_code=FIX) == {"type": "error", "data": refused}
        assert ask(connection, "reset", bug_id=bugs[0].bug_id) == {"type": "error", "data": refused}
        assert ask(connection, "state") == before
        reply = ask(connection, "step", fixed_code=FIX)
        assert (reply["data"]["reward"], reply["data"]["observation"]["attempts_remaining"]) == (3.2, 3)
    assert caplog.text.count(PATH) == 2


@pytest.mark.parametrize(
    "start", ["import re" + ".a" * 330, "from unicodedata import " + ", ".join(f"A{n}" for n in range(2000))]
)
def test_answers_that_once_broke_the_sandbox_cost_nobody_else_anything(loopback: str, start: str) -> None:
    with open_session(loopback) as hostile:
        for _ in range(3):
            ask(hostile, "reset", bug_id="flip")
            assert "/" not in json.dumps(ask(hostile, "step", fixed_code=f"{start}\n{FIX}")["data"]).replace(
                "python/", ""
            )
            assert plays(loopback)
    assert httpx.get(f"{loopback}/health").json() == {"status": "healthy"}


def test_a_client_is_told_of_the_sandbox_apart(flaky: FlakySandbox, flaky_url: str) -> None:
    with client_of(flaky_url) as env:
        env.reset(bug_id="flip")
        flaky.failures = 1
        with pytest.raises(SandboxError, match="was not counted; send it again"):
            env.step(attempt(FIX))
        assert env.step(attempt(FIX)).observation.attempts_remaining == 4


def test_a_request_that_cannot_be_graded_is_503(flaky: FlakySandbox, flaky_url: str) -> None:
    from debugarena.benchmark.environment.messages import NOT_GRADED

    flaky.failures = 1
    reply = httpx.post(f"{flaky_url}/reset", json={"bug_id": "flip"})
    assert (reply.status_code, reply.json()) == (503, {"detail": NOT_GRADED})
    assert httpx.post(f"{flaky_url}/reset", json={"bug_id": "flip"}).status_code == 200


def server_side_validation(*args: Any, **kwargs: Any) -> Any:
    from debugarena.benchmark.environment.messages import DebugState

    return DebugState(attempts_remaining=f"{PATH}/bug.yaml")  # type: ignore[arg-type]


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise error

    return fail


def fail_at(place: str, failure: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from debugarena.benchmark.environment.episode import DebugArenaEnvironment

    monkeypatch.setattr(DebugArenaEnvironment, place, property(failure) if place == "state" else failure)


FAILURES = {
    "OSError": raising(FileNotFoundError(2, "No such file or directory", f"{PATH}/bug.yaml")),
    "RuntimeError": raising(RuntimeError(f"{PATH}/bug.yaml is gone")),
    "KeyError": raising(KeyError(f"{PATH}/bug.yaml")),
    "SandboxError": raising(SandboxError(f"{PATH}/bug.yaml is gone")),
    "BugFileError": raising(BugFileError(f"{PATH}/bug.yaml", 3, "unreadable")),
    "of the server's own data": server_side_validation,
}
PLACES_THAT_FAIL = {
    "__init__": lambda connection: ask(connection, "reset", bug_id="flip"),
    "reset_async": lambda connection: ask(connection, "reset", bug_id="flip"),
    "step_async": lambda connection: ask(connection, "step", fixed_code=FIX),
    "_record": lambda connection: ask(connection, "step", fixed_code=FIX),
    "state": lambda connection: ask(connection, "state"),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("place", PLACES_THAT_FAIL)
def test_no_message_of_a_session_tells_where_the_server_lives(
    loopback: str,
    place: str,
    failure: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from debugarena.benchmark.environment.connections import FAILED
    from debugarena.benchmark.environment.messages import NOT_GRADED

    fail_at(place, failure, monkeypatch)
    with open_session(loopback) as connection:
        if place == "_record":
            ask(connection, "reset", bug_id="flip")
        reply = PLACES_THAT_FAIL[place](connection)
    assert reply["type"] == "error"
    assert set(reply["data"]) <= {"message", "code", "factory_name"}
    assert reply["data"]["message"] in (FAILED, NOT_GRADED)
    assert "/srv" not in json.dumps(reply)
    assert "object at" not in json.dumps(reply)
    assert PATH in caplog.text


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize(
    ("place", "route", "body"),
    [
        ("__init__", "/metadata", None),
        ("get_metadata", "/metadata", None),
        ("state", "/state", None),
        ("reset_async", "/reset", {}),
        ("close", "/reset", {}),
        ("step_async", "/step", {"action": {"fixed_code": FIX}}),
        ("list_splits", "/debugarena/splits", None),
        ("list_tasks", "/debugarena/tasks", {"split": "test"}),
        ("num_tasks", "/debugarena/num_tasks", {"split": "test"}),
        ("get_task", "/debugarena/task", {"split": "test", "index": 0}),
        ("get_task_range", "/debugarena/task_range", {"split": "test"}),
    ],
)
def test_no_answer_to_a_request_tells_where_the_server_lives(
    loopback: str,
    place: str,
    route: str,
    body: dict[str, Any] | None,
    failure: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fail_at(place, failure, monkeypatch)
    reply = httpx.request("GET" if body is None else "POST", loopback + route, json=body)
    assert reply.status_code in (500, 503)
    assert "/srv" not in reply.text + str(reply.headers)
    assert len(reply.text) < 200

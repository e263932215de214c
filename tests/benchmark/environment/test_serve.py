"""The live server: real sockets, real clients, real nonsense."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import leaks
from live_server import attempt, client_of, serving
from warm_python import WARM
from websockets.sync.client import ClientConnection, connect

from debugarena.benchmark import Bug, Sandbox, load_bugs
from debugarena.benchmark.environment.arena import Arena
from debugarena.benchmark.environment.task_sets import TaskSet
from debugarena.benchmark.sandbox import Limits

FIX = "def flip(text):\n    return text[::-1]\n"
WRONG = "def flip(text):\n    return text.upper()\n"
SESSIONS = 40


@pytest.fixture(scope="module")
def url(sandbox: Sandbox, flip: Bug, bugs: list[Bug]) -> Iterator[str]:
    limits = Limits(cpu_s=0.5)  # for those whose code never ends
    with Arena(TaskSet({"test": [flip, *bugs]}), sandbox, limits=limits) as arena, serving(arena, SESSIONS) as address:
        yield address


@pytest.fixture
def socket_to(url: str) -> Iterator[Callable[[], ClientConnection]]:
    with ExitStack() as opened:
        yield lambda: opened.enter_context(connect(url.replace("http", "ws") + "/ws", max_size=None, proxy=None))


def ask(connection: ClientConnection, kind: str, **data: Any) -> dict[str, Any]:
    connection.send(json.dumps({"type": kind} if kind == "state" else {"type": kind, "data": data}))
    reply: dict[str, Any] = json.loads(connection.recv(30))
    return reply


def test_a_plain_client_plays_an_episode(url: str, flip: Bug) -> None:
    with client_of(url) as env:
        result = env.reset(bug_id="flip")
        assert result.observation.buggy_code == flip.buggy_code
        assert env.episode_reward == 0.0
        result = env.step(attempt(WRONG, explanation="a guess"))
        assert (result.done, result.reward, env.episode_reward) == (False, 0.0, 0.0)
        attempt_reward = result.observation.attempt_reward
        result = env.step(attempt(FIX))
        assert (result.done, result.reward, env.episode_reward) == (True, 3.2, 3.2)
        assert (result.observation.reward, result.observation.attempt_reward) == (3.2, 3.2)
        state = env.state()
        assert (state.solved, state.step_count, state.attempts[0].explanation) == (True, 2, "a guess")
        assert [attempt.reward for attempt in state.attempts] == [attempt_reward, 3.2]
        env.reset(bug_id="flip")
        assert env.episode_reward == 0.0


@pytest.mark.parametrize(
    ("codes", "earned"),
    [
        ([FIX], 3.2),
        ([WRONG, "import os", WRONG, WRONG, FIX], 3.2),
        ([WRONG, WRONG], 0.0),
        (["def flip(text):\n    return text\n"] * 5, 1 / 6 + 0.2),
        ([WRONG, WRONG, WRONG, WRONG, "import os"], -1.3),
    ],
    ids=["solves at once", "delays", "leaves early", "resubmits the bug", "never solves"],
)
def test_clients_that_sum_and_clients_that_take_the_last_reward_earn_the_same(
    url: str, codes: list[str], earned: float
) -> None:
    with client_of(url) as env:
        env.reset(bug_id="flip")
        rewards = [env.step(attempt(code)).reward for code in codes]
        assert sum(rewards) == rewards[-1] == env.episode_reward == pytest.approx(earned)


def test_asynchronous_clients_do_not_meet(url: str, bugs: list[Bug]) -> None:
    from debugarena.benchmark.environment.client import DebugArenaEnv

    async def play(bug: Bug) -> tuple[set[str], float | None]:
        async with DebugArenaEnv(url) as env:
            seen = [await env.reset(bug_id=bug.bug_id)]
            for code in [bug.buggy_code, bug.fixed_code]:
                seen.append(await env.step(attempt(code)))
            return {result.observation.bug_id for result in seen}, env.episode_reward

    async def together() -> list[tuple[set[str], float | None]]:
        return await asyncio.gather(*(play(bug) for bug in bugs[:30]))

    assert asyncio.run(together()) == [({bug.bug_id}, 3.2) for bug in bugs[:30]]


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({"type": "step", "data": {"fixed_code": 7}}, "fixed_code: Input should be a valid string"),
        ({"type": "step", "data": {"fixed_code": "\ud800"}}, "fixed_code: Input should be a valid string"),
        ({"type": "step", "data": {"fixed_code": "x" * 70_000}}, "fixed_code has more than 65536 characters"),
        ({"type": "step", "data": {"fixed_code": "x", "hint": 1}}, "an action has no 'hint'"),
        ({"type": "step", "data": {}}, "fixed_code: Field required"),
        ({"type": "step"}, "data: Field required; see /docs"),
        ({"type": "reset", "data": {"split": "dev"}}, "unknown split 'dev'"),
        ({"type": "reset", "data": {"split": ["test"]}}, "unknown split ['test']"),
        ({"type": "reset", "data": {"index": 1000}}, "index is 1000"),
        ({"type": "reset", "data": {"bug_id": "\ud800"}}, "unknown bug"),
        ({"type": "reset", "data": {"wish": 1}}, "reset takes no 'wish'"),
        ({"type": "reset", "data": {"self": 1}}, "this could not be done"),
        ({"type": "dance"}, "Unknown message type: dance"),
    ],
)
def test_nonsense_is_refused_and_the_session_goes_on(
    socket_to: Callable[[], ClientConnection], message: dict[str, Any], sentence: str
) -> None:
    connection = socket_to()
    ask(connection, "reset", bug_id="flip")
    connection.send(json.dumps(message))
    reply = json.loads(connection.recv(30))
    assert reply["type"] == "error"
    assert sentence in reply["data"]["message"]
    assert len(reply["data"]["message"]) < 400
    assert ask(connection, "state")["data"]["step_count"] == 0
    assert ask(connection, "step", fixed_code=FIX)["data"]["reward"] == 3.2


def test_acting_too_early_or_too_late_is_refused(socket_to: Callable[[], ClientConnection]) -> None:
    connection = socket_to()
    assert "reset first" in ask(connection, "step", fixed_code=FIX)["data"]["message"]
    ask(connection, "reset", bug_id="flip")
    ask(connection, "step", fixed_code=FIX)
    assert "is solved; reset" in ask(connection, "step", fixed_code=FIX)["data"]["message"]
    assert ask(connection, "reset", bug_id="flip")["data"]["observation"]["attempts_remaining"] == 5


def test_text_that_is_no_json_is_refused(socket_to: Callable[[], ClientConnection]) -> None:
    connection = socket_to()
    for text in ("", "{", "nonsense"):
        connection.send(text)
        assert json.loads(connection.recv(30))["data"]["code"] == "INVALID_JSON"
    assert ask(connection, "reset", bug_id="flip")["type"] == "observation"


@pytest.mark.parametrize("text", ["[1]", "3", "[" * 100_000, "null"])
def test_json_that_is_no_message_ends_its_own_session_alone(
    socket_to: Callable[[], ClientConnection], text: str
) -> None:
    honest, hostile = socket_to(), socket_to()
    ask(honest, "reset", bug_id="flip")
    hostile.send(text)
    assert json.loads(hostile.recv(30))["data"]["code"] == "SESSION_ERROR"
    assert ask(honest, "step", fixed_code=FIX)["data"]["reward"] == 3.2


def test_a_message_that_is_too_large_ends_its_own_session_alone(socket_to: Callable[[], ClientConnection]) -> None:
    from debugarena.benchmark.environment.messages import MAX_MESSAGE_BYTES

    honest, hostile = socket_to(), socket_to()
    ask(honest, "reset", bug_id="flip")
    hostile.send("x" * (MAX_MESSAGE_BYTES + 1))
    with pytest.raises(Exception, match="1009"):
        hostile.recv(30)
    assert ask(honest, "step", fixed_code=FIX)["data"]["reward"] == 3.2


def test_over_capacity_is_a_clear_refusal(url: str, socket_to: Callable[[], ClientConnection]) -> None:
    sessions = [socket_to() for _ in range(SESSIONS)]
    for connection in sessions:
        ask(connection, "reset", bug_id="flip")
    with client_of(url) as env, pytest.raises(RuntimeError, match="CAPACITY_REACHED"):
        env.reset()
    assert all(ask(connection, "step", fixed_code=FIX)["data"]["reward"] == 3.2 for connection in sessions)
    sessions[0].close()
    with client_of(url) as env:
        for _ in range(100):  # the server learns of the close a moment later
            try:
                assert env.reset(bug_id="flip").observation.bug_id == "python/flip"
                break
            except RuntimeError:
                continue
        else:
            pytest.fail("the freed place was not given to anybody")


def test_clients_that_vanish_leave_nothing_behind(
    url: str, socket_to: Callable[[], ClientConnection], caplog: pytest.LogCaptureFixture
) -> None:
    endless = "def flip(text):\n    while True: pass"

    def vanish(codes: list[str]) -> None:
        for code in codes:
            connection = socket_to()
            ask(connection, "reset", bug_id="flip")
            connection.send(json.dumps({"type": "step", "data": {"fixed_code": code}}))
            connection.socket.shutdown(socket.SHUT_RDWR)
            connection.close()

    vanish([FIX] * 5)  # what starts with the first ones, the sandbox's second worker among it, is no leak
    before = settled()
    vanish([FIX] * 20 + [endless] * 2)
    with client_of(url) as env:
        env.reset(bug_id="flip")
        assert env.step(attempt(FIX)).reward == 3.2
    for _ in range(600):
        after = holds()
        if all(a <= b for a, b in zip(after, before, strict=True)):
            break
        threading.Event().wait(0.1)
    assert all(a <= b for a, b in zip(after, before, strict=True)), (before, after)
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


def holds() -> tuple[int, int, int]:
    """Descriptors, threads and child processes of this process, in which the server runs."""
    children = 0
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that has ended since
            children += len((task / "children").read_text().split())
    return len(os.listdir("/proc/self/fd")), threading.active_count(), children


def settled() -> tuple[int, int, int]:
    """The same, once it has not changed for a second."""
    last, since = holds(), 0
    while since < 10:
        threading.Event().wait(0.1)
        now = holds()
        last, since = (last, since + 1) if now == last else (now, 0)
    return last


def test_no_message_shows_what_is_hidden(socket_to: Callable[[], ClientConnection]) -> None:
    connection = socket_to()
    said = [ask(connection, "reset", bug_id="flip")]
    said += [ask(connection, "step", fixed_code=code) for code in (WRONG, "import os", "(", WRONG, FIX)]
    said += [ask(connection, "state"), ask(connection, "step", fixed_code=FIX), ask(connection, "dance")]
    assert leaks(said) == []


def test_the_running_server_passes_openenv_validate(url: str) -> None:
    from openenv.cli._validation import validate_running_environment

    report = validate_running_environment(url)
    assert report["passed"], report["criteria"]
    assert len(report["criteria"]) == 6


def test_the_http_side(url: str, flip: Bug) -> None:
    with httpx.Client(base_url=url) as http:
        assert http.get("/health").json() == {"status": "healthy"}
        assert "Sandbox layers that hold here: " in http.get("/metadata").json()["description"]
        assert [s["name"] for s in http.get("/debugarena/splits").json()] == ["test"]
        assert http.post("/debugarena/num_tasks", json={"split": "test"}).json() == {"num_tasks": len(load_bugs()) + 1}
        assert http.post("/debugarena/task", json={"split": "test", "index": 0}).json()["task"]["id"] == "python/flip"
        for route, body in (("task", {"split": "test", "index": 99}), ("tasks", {"split": "dev"})):
            reply = http.post(f"/debugarena/{route}", json=body)
            assert reply.status_code == 400
            assert re.match("index is 99|unknown split 'dev'", reply.json()["detail"])
        reply = http.post("/step", json={"action": {"fixed_code": FIX}})
        assert reply.status_code == 400
        assert "use /ws" in reply.json()["detail"]
        assert http.post("/reset", json={"bug_id": "flip"}).json()["observation"]["bug_id"] == "python/flip"


def test_nobody_takes_places_without_a_connection(url: str) -> None:
    with httpx.Client(base_url=url) as http:
        for _ in range(SESSIONS + 5):
            reply = http.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "openenv/session/create"})
            assert reply.json()["error"]["message"].startswith("this environment has no MCP tools")
    with client_of(url) as env:
        assert env.reset(bug_id="flip").observation.bug_id == "python/flip"


def test_there_is_no_page_that_all_visitors_share(flip: Bug, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENABLE_WEB_INTERFACE", "true")  # as `openenv push` sets it
    with Arena(TaskSet({"test": [flip]}), sandbox) as arena, serving(arena) as address:
        assert httpx.get(f"{address}/web/state").status_code == 404


@pytest.mark.parametrize(
    ("route", "content"),
    [
        ("/step", b'{"action": "\\ud800"}'),
        ("/reset", b'{"episode_id": "\\ud800"}'),
        ("/reset", b'{"seed": "many"}'),
        ("/step", b"{"),
        ("/step", b"\xff"),
    ],
)
def test_a_body_of_the_wrong_shape_is_one_sentence(url: str, route: str, content: bytes) -> None:
    reply = httpx.post(url + route, content=content, headers={"content-type": "application/json"})
    assert reply.status_code in (400, 422)
    assert isinstance(reply.json()["detail"], str)
    assert len(reply.json()["detail"]) < 300


def test_a_body_that_is_too_large_is_refused_unread(url: str) -> None:
    from debugarena.benchmark.environment.messages import MAX_MESSAGE_BYTES

    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b"x" * 65536

    with httpx.Client(base_url=url) as http:
        assert http.post("/step", content=b"x" * (MAX_MESSAGE_BYTES + 1)).status_code == 413
        assert http.post("/step", content=endless()).status_code == 413
        assert http.get("/health").status_code == 200


def start(*flags: str) -> "subprocess.Popen[str]":
    command = [*WARM, "-m", "debugarena.benchmark.cli", "serve", *flags]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_the_command_serves_until_it_is_told_to_stop(how: signal.Signals, code: int) -> None:
    process = start("--port", "0", "--allow-origin", "https://bench.example.org")
    stack = ExitStack()
    try:
        assert process.stderr is not None
        greeting = process.stderr.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", greeting)
        assert address, greeting + process.stderr.read()
        assert f"bugs: test {len(load_bugs())}" in greeting
        assert "seccomp" in process.stderr.readline()
        with client_of(address[0]) as env:
            assert env.reset(bug_id="first-char-empty").observation.language == "python"
        for origin, status in (("https://bench.example.org", 200), ("https://evil.example.org", 403)):
            assert httpx.get(f"{address[0]}/metadata", headers={"Origin": origin}).status_code == status
        busy = stack.enter_context(connect(address[0].replace("http", "ws") + "/ws", proxy=None))
        ask(busy, "reset", bug_id="first-char-empty")
        endless = {"fixed_code": "def first_char(s):\n    while True: pass"}
        busy.send(json.dumps({"type": "step", "data": endless}))
        time.sleep(0.3)
        process.send_signal(how)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        stack.close()
    assert process.returncode == code
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--port", "70000"], "--port is 70000; it must be 0 to 65535"),
        (["--max-sessions", "0"], "--max-sessions is 0; it must be at least 1"),
        (["--port", "0", "--max-sessions", "10000000"], "files may be open at a time; this process may open"),
        (["--idle-timeout", "0"], "--idle-timeout is 0; it must be more than 0"),
        (["--idle-timeout", "nan"], "--idle-timeout is nan; it must be more than 0"),
        (["--port", "0", "--allow-origin", "bench.example.org"], "--allow-origin is 'bench.example.org'; it must be"),
        (["--port", "0", "--allow-origin", "https://a/b"], "it must be a scheme and a host, such as https://bench"),
        (["--dataset", "nowhere"], "nowhere: no such folder or file"),
        (["--host", "256.0.0.1"], "cannot listen on 256.0.0.1:8000"),
        (["--host", ""], "--host is empty"),
        (["--host", "fe80::1:2:3"], "cannot listen on [fe80::1:2:3]:8000"),
    ],
)
def test_misuse_is_one_sentence(flags: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    from debugarena.benchmark.cli import main

    assert main(["serve", *flags]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_a_port_that_is_taken_is_one_sentence(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    from debugarena.benchmark.cli import main

    port = url.rsplit(":", 1)[1]
    assert main(["serve", "--port", port]) == 2
    assert (
        f"cannot listen on 127.0.0.1:{port}: Address already in use; try another --host or --port"
        in capsys.readouterr().err
    )


def test_the_client_does_not_import_the_server(tmp_path: Path) -> None:
    # OpenEnv does without Gradio, which takes four seconds to import and is not ours
    code = (
        "import sys; sys.modules['gradio'] = None; import debugarena.benchmark.environment.client; print(*sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    server = {f"environment.{name}" for name in ("arena", "connections", "episode", "health", "serve")}
    imported = {name.removeprefix("debugarena.benchmark.") for name in out.split()}
    assert "environment.client" in imported
    assert not imported & (server | {"sandbox.fork_engine"})

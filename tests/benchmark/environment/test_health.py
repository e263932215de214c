"""What /health says, over a live server whose sandbox does as a test wants."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from flaky_sandbox import PATH, FlakySandbox
from live_server import attempt, client_of, serving

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.environment.arena import Arena
from debugarena.benchmark.environment.task_sets import TaskSet
from debugarena.benchmark.errors import SandboxError

HEALTH = "debugarena.benchmark.environment.health"
HEALTHY = (200, {"status": "healthy"})
FIX = "def flip(text):\n    return text[::-1]\n"


def unhealthy(sentence: str) -> tuple[int, dict[str, str]]:
    return 503, {"status": "unhealthy", "detail": sentence}


@pytest.fixture
def flaky(sandbox: Sandbox) -> FlakySandbox:
    return FlakySandbox(sandbox)


@pytest.fixture
def url(flaky: FlakySandbox, flip: Bug, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of a server that looks again each time that it is asked."""
    monkeypatch.setattr(f"{HEALTH}.REUSE_S", 0.0)
    with Arena(TaskSet({"test": [flip]}), flaky.as_sandbox) as arena, serving(arena) as address:
        yield address


def ask(url: str) -> tuple[int, Any]:
    reply = httpx.get(f"{url}/health", timeout=60)
    return reply.status_code, reply.json()


def test_a_sandbox_that_works_is_healthy(url: str, flaky: FlakySandbox) -> None:
    assert ask(url) == HEALTHY
    assert len({job.code for job in flaky.submitted}) == 2


def test_a_sandbox_that_fails_is_unhealthy_until_it_works_again(
    url: str, flaky: FlakySandbox, caplog: pytest.LogCaptureFixture
) -> None:
    flaky.failures = 4
    for _ in range(2):
        assert ask(url) == unhealthy("the sandbox runs no solutions")
    assert PATH in caplog.text
    assert ask(url) == HEALTHY


def test_a_sandbox_that_is_closed_is_unhealthy(flip: Bug) -> None:
    closed = Sandbox(1)
    with Arena(TaskSet({"test": [flip]}), closed) as arena, serving(arena) as url:
        assert ask(url) == HEALTHY
        closed.close()
        for _ in range(100):  # the good verdicts are remembered for a moment
            if ask(url) != HEALTHY:
                break
            threading.Event().wait(0.1)
        assert ask(url) == unhealthy("the sandbox runs no solutions")


@pytest.mark.parametrize("code", ["def after(n):\n    return n + 1\n", "def after(n):\n    return n - 1\n"])
def test_a_sandbox_that_gives_one_verdict_for_all_is_unhealthy(url: str, flaky: FlakySandbox, code: str) -> None:
    flaky.runs_instead = code
    assert ask(url) == unhealthy("the sandbox gives wrong verdicts")


def test_a_sandbox_that_hangs_is_unhealthy_and_gets_no_second_job(
    url: str, flaky: FlakySandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{HEALTH}.LIMIT_S", 0.2)
    flaky.hangs = lambda job: True

    async def many() -> list[httpx.Response]:
        async with httpx.AsyncClient(timeout=60) as http:
            return await asyncio.gather(*(http.get(f"{url}/health") for _ in range(30)))

    replies = [(reply.status_code, reply.json()) for reply in asyncio.run(many())]
    assert replies == [unhealthy("the sandbox gave no verdict within 0.2 seconds")] * 30
    assert ask(url) == replies[0]
    assert len(flaky.submitted) == 2
    flaky.hangs = lambda job: False
    for job in flaky.hanging:
        job.set_exception(SandboxError("ended with its engine"))
    assert ask(url) == HEALTHY


def test_a_queue_that_moves_is_healthy(url: str, flaky: FlakySandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{HEALTH}.LIMIT_S", 2.0)
    flaky.hangs = lambda job: job.entry_point == "after"
    told: list[tuple[int, Any]] = []
    waiting = threading.Thread(target=lambda: told.append(ask(url)))
    with client_of(url) as env:
        env.reset(bug_id="flip")
        waiting.start()
        while waiting.is_alive():
            env.reset(bug_id="flip")
            assert env.step(attempt(FIX)).observation.solved
    assert told == [HEALTHY]


def test_a_verdict_is_used_for_a_while(flaky: FlakySandbox, flip: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{HEALTH}.REUSE_S", 3600.0)
    with Arena(TaskSet({"test": [flip]}), flaky.as_sandbox) as arena, serving(arena) as url:
        assert [ask(url) for _ in range(20)] == [HEALTHY] * 20
    assert len(flaky.submitted) == 2

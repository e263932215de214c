"""The same attacks through a live server: nothing that a client is ever sent shows what is hidden from it."""

import json
import random
from collections.abc import Iterator

import pytest
from catalogue import ATTACKS
from conftest import leaks
from live_server import serving
from websockets.sync.client import connect

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.environment.arena import Arena
from debugarena.benchmark.environment.task_sets import TaskSet
from debugarena.benchmark.sandbox import Limits

# the frame walks, stashes, prints, exception texts and sleeps of the catalogue, and the lies that come to an end
CODES = [attack.code for attack in ATTACKS["leaks"]]
CODES += [attack.code for attack in ATTACKS["grading"] if "timeout" not in attack.allowed]


@pytest.fixture(scope="module", params=[True, False], ids=["as served", "forbidden code runs too"])
def address(request: pytest.FixtureRequest, sandbox: Sandbox, flip: Bug) -> Iterator[str]:
    arena = Arena(TaskSet({"test": [flip]}), sandbox, static_check=request.param, limits=Limits(cpu_s=0.1))
    with arena, serving(arena) as url:
        yield url.replace("http", "ws") + "/ws"


def test_no_message_of_many_episodes_shows_a_hidden_input(address: str, flip: Bug) -> None:
    codes = list(CODES)
    random.Random(1).shuffle(codes)  # so that stashes of one kind are followed by readers of another
    messages: list[str] = []
    with connect(address, proxy=None, max_size=None) as session:

        def ask(kind: str, **data: str) -> dict[str, object]:
            session.send(json.dumps({"type": kind, "data": data} if data else {"type": kind}))
            messages.append(str(session.recv(60)))
            reply: dict[str, object] = json.loads(messages[-1])["data"]
            return reply

        while codes:
            ask("reset", bug_id="flip")
            for _ in range(min(4, len(codes))):
                reply = ask("step", fixed_code=codes.pop(), explanation="told to nobody else")
                assert not reply["observation"]["solved"]  # type: ignore[index]
            assert ask("step", fixed_code="def flip(text): return text[::-1]")["reward"] == 3.2
            ask("state")
            ask("step", fixed_code="too late")
    assert len(messages) > len(CODES)
    shown = [message for message in messages if leaks(message)]
    assert shown == []
    assert not any(flip.hint in message or "HIDDEN" in message for message in messages)

"""What the environment's server costs and what it bears: many sessions at once, against the same work through the sandbox
directly, and clients and servers that misbehave.

  python tests/perf/environment.py --out runs/perf
  python tests/perf/environment.py --docs docs/performance.md     # also renews the table of a page

The server is `debugarena serve` in a process of its own. Every reply is checked: it has to be about its own bug, and the
attempt's reward has to be the one that the sandbox gives. Exit code 1 if anything was lost, mixed up or not borne.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from pages import in_words, keep, load_average, machine, table
from rich.console import Console
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from debugarena.benchmark import Bug, Sandbox, load_bugs
from debugarena.benchmark.environment.messages import MAX_MESSAGE_BYTES
from debugarena.benchmark.grading.grade import grade_codes

AIM_ADDED_MS = 3.0
AIM_STALL_S = 0.5
MEMORY_FOR_A_FLOOD_MIB = 200


@dataclass(frozen=True)
class Attempt:
    """A code for a bug and what it has to earn."""

    bug: Bug
    code: str
    reward: float


class Server:
    """`debugarena serve` as a child process."""

    def __init__(self, sessions: int, port: int = 0) -> None:
        command = [sys.executable, "-m", "debugarena.benchmark.cli", "serve"]
        self._process = subprocess.Popen(
            [*command, "--port", str(port), "--max-sessions", str(sessions)], stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr
        found = re.search(r"127\.0\.0\.1:(\d+)", self._process.stderr.readline())
        assert found, "the server did not start"
        self.port = int(found[1])

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    def holds(self) -> tuple[int, int, int]:
        """Descriptors, threads and child processes."""
        folder = Path(f"/proc/{self._process.pid}")
        children = 0
        for task in (folder / "task").iterdir():
            with suppress(FileNotFoundError):  # a thread that has ended since
                children += len((task / "children").read_text().split())
        return len(os.listdir(folder / "fd")), len(os.listdir(folder / "task")), children

    def memory_mib(self, what: str = "VmRSS") -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) / 1024  # type: ignore[index]

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=30)


class Session:
    """One WebSocket; asks and times the answer."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.seconds: list[float] = []

    async def ask(self, kind: str, **data: Any) -> dict[str, Any]:
        started = time.perf_counter()
        await self._connection.send(json.dumps({"type": kind, "data": data}))
        reply: dict[str, Any] = json.loads(await self._connection.recv())
        self.seconds.append(time.perf_counter() - started)
        return reply

    async def play(self, attempts: Sequence[Attempt]) -> int:
        """A whole episode on one bug; how many replies were wrong."""
        wrong = 0
        bug = attempts[0].bug
        for number, attempt in enumerate([None, *attempts]):
            if attempt is None:
                reply = await self.ask("reset", bug_id=bug.bug_id)
                self.seconds.pop()
            else:
                reply = await self.ask("step", fixed_code=attempt.code)
            data = reply["data"]
            right = reply["type"] == "observation" and data["observation"]["bug_id"] == bug.bug_id
            if right and attempt is not None:
                is_last = number == len(attempts)
                paid, own = data["reward"], data["observation"]["attempt_reward"]
                right = (
                    abs(own - attempt.reward) < 1e-9 and data["done"] == is_last and paid == (own if is_last else 0.0)
                )
            wrong += not right
        return wrong


def open_session(url: str) -> Any:
    return connect(url, proxy=None, max_size=None, open_timeout=60, ping_timeout=None)


def episodes(bugs: Sequence[Bug], sandbox: Sandbox) -> list[list[Attempt]]:
    """For each bug four wrong answers of different kinds and then the fix, with what each must earn."""
    wrong = ["{buggy}", "import os\n{fixed}", "{buggy}\nunused = 1\n", "def other():\n    return 1\n"]
    items = [
        (bug, text.format(buggy=bug.buggy_code, fixed=bug.fixed_code)) for bug in bugs for text in [*wrong, "{fixed}"]
    ]
    grades = list(grade_codes(sandbox, items))
    made = [Attempt(bug, code, grade.rewards.total) for (bug, code), grade in zip(items, grades, strict=True)]
    return [made[i : i + 5] for i in range(0, len(made), 5)]


async def latency(server: Server, plays: Sequence[Sequence[Attempt]], sandbox: Sandbox, rounds: int) -> dict[str, Any]:
    """One session, one step after the other, in turns with the same codes through the sandbox."""
    direct: list[float] = []
    served: list[float] = []
    added: list[float] = []
    async with open_session(server.url) as connection:
        session = Session(connection)
        for _ in range(rounds):
            session.seconds.clear()
            mine = []
            for attempts in plays:
                for attempt in attempts:
                    started = time.perf_counter()
                    list(grade_codes(sandbox, [(attempt.bug, attempt.code)]))
                    mine.append(time.perf_counter() - started)
                assert await session.play(attempts) == 0
            added.append(median(session.seconds) - median(mine))
            direct += mine
            served += session.seconds
    return {"direct": direct, "served": served, "added": added}


async def crowd(server: Server, plays: Sequence[Sequence[Attempt]], sessions: int, each: int) -> dict[str, Any]:
    """So many sessions at once, `each` episodes in every one of them."""

    async def one(number: int) -> tuple[int, list[float]]:
        async with open_session(server.url) as connection:
            session = Session(connection)
            wrong = 0
            for episode in range(each):
                wrong += await session.play(plays[(number + 7 * episode) % len(plays)])
            return wrong, session.seconds

    started = time.perf_counter()
    found = await asyncio.gather(*(one(number) for number in range(sessions)), return_exceptions=True)
    seconds = time.perf_counter() - started
    whole = [result for result in found if not isinstance(result, BaseException)]
    times = [t for _, many in whole for t in many]
    return {
        "lost": len(found) - len(whole),
        "wrong": sum(wrong for wrong, _ in whole),
        "steps": len(times),
        "rate": len(times) / seconds,
        "times": times,
    }


async def misbehaviour(
    server: Server, plays: Sequence[Sequence[Attempt]], sessions: int
) -> list[tuple[str, str, bool]]:
    """What is done to the server, what came of it, whether that is all right. The server has room for `sessions`."""
    rows = []

    async def honest() -> bool:
        async with open_session(server.url) as connection:
            return await Session(connection).play(plays[0]) == 0

    before = server.holds()
    for number in range(100):
        async with open_session(server.url) as connection:
            session = Session(connection)
            await session.ask("reset", bug_id=plays[number % len(plays)][0].bug.bug_id)
            await connection.send(json.dumps({"type": "step", "data": {"fixed_code": plays[0][4].code}}))
            connection.transport.abort()
    good = await honest()
    for _ in range(100):
        after = server.holds()
        if all(a <= b for a, b in zip(after, before, strict=True)):
            break
        await asyncio.sleep(0.1)
    left = [max(0, a - b) for a, b in zip(after, before, strict=True)]
    told = f"{left[0]} descriptors, {left[1]} threads, {left[2]} processes left behind"
    rows.append(("100 clients vanish in the middle of a step", told, good and not any(left)))

    async with open_session(server.url) as connection:
        session = Session(connection)
        await session.ask("reset", bug_id=plays[0][0].bug.bug_id)
        await connection.send(json.dumps({"type": "step", "data": {"fixed_code": plays[0][4].code}}))
        started = time.perf_counter()
        good = await honest()
        others = time.perf_counter() - started
        await asyncio.sleep(3)
        late = json.loads(await connection.recv())
    good = good and late["data"]["reward"] == plays[0][4].reward
    rows.append(("a client reads its reply 3 s late", f"another episode took {1000 * others:.0f} ms meanwhile", good))

    opened = [open_session(server.url) for _ in range(sessions)]
    held = [Session(await one.__aenter__()) for one in opened]
    await asyncio.gather(*(s.ask("reset", bug_id=plays[i % len(plays)][0].bug.bug_id) for i, s in enumerate(held)))
    refused = 0
    for _ in range(10):
        async with open_session(server.url) as connection:
            refused += (await Session(connection).ask("reset"))["data"].get("code") == "CAPACITY_REACHED"
    wrong = sum(await asyncio.gather(*(s.play(plays[i % len(plays)]) for i, s in enumerate(held))))
    for one in opened:
        await one.__aexit__(None, None, None)
    told = f"{refused} refused with CAPACITY_REACHED, {wrong} wrong replies in the {sessions} sessions"
    rows.append((f"10 clients connect beyond the limit of {sessions}", told, refused == 10 and wrong == 0))

    heavy = "x=f'" + "{a}" * 5400 + "'\n"  # as much as is parsed at all, and slow to parse
    async with open_session(server.url) as connection, open_session(server.url) as other:
        session, bystander = Session(connection), Session(other)
        await session.ask("reset", bug_id=plays[0][0].bug.bug_id)
        await bystander.ask("reset", bug_id=plays[1][0].bug.bug_id)
        bystander.seconds.clear()
        step = asyncio.create_task(session.ask("step", fixed_code=heavy))
        while not step.done():
            await other.send(json.dumps({"type": "state"}))
            started = time.perf_counter()
            await other.recv()
            bystander.seconds.append(time.perf_counter() - started)
        await step
    worst = max(bystander.seconds)
    told = f"another session waits at most {1000 * worst:.0f} ms for its state"
    rows.append(("a client sends 16 KiB of code that is slow to parse", told, worst < AIM_STALL_S))

    before_mib = server.memory_mib()
    junk = "x" * (MAX_MESSAGE_BYTES + 1)

    async def flood() -> None:
        for _ in range(20):
            try:
                async with open_session(server.url) as connection:
                    while True:
                        await connection.send(junk)
            except (ConnectionClosed, OSError):
                pass

    good = (await asyncio.gather(honest(), *(flood() for _ in range(50))))[0] and await honest()
    grown = server.memory_mib("VmHWM") - before_mib
    told = f"{grown:+.0f} MiB of memory at most, and other sessions continue"
    rows.append(
        (f"50 clients send 20 messages of {len(junk):,} bytes each", told, good and grown < MEMORY_FOR_A_FLOOD_MIB)
    )
    return rows


async def restart(server: Server, plays: Sequence[Sequence[Attempt]], sessions: int) -> tuple[str, str, bool]:
    """kill -9 with open sessions; what the clients see, and whether the address works again."""
    async with open_session(server.url) as connection:
        session = Session(connection)
        await session.ask("reset", bug_id=plays[0][0].bug.bug_id)
        server.kill()
        try:
            await session.ask("state")
            saw = "nothing"
        except ConnectionClosed as error:
            saw = type(error).__name__
    again = Server(sessions, server.port)
    try:
        async with open_session(again.url) as connection:
            good = await Session(connection).play(plays[0]) == 0
    finally:
        again.close()
    told = f"its clients get {saw}, and the next server on the port serves at once"
    return "the server is killed with open sessions and started again", told, good and saw != "nothing"


def milliseconds(seconds: Sequence[float]) -> tuple[str, str]:
    """p50 and p99."""
    cuts = quantiles(seconds, n=100, method="inclusive")
    return f"{1000 * cuts[49]:.2f}", f"{1000 * cuts[98]:.2f}"


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=200, help="at once (default: %(default)s)")
    parser.add_argument("--episodes", type=int, default=5, help="in every session (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of the latency part (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("runs/perf"), help="default: %(default)s")
    parser.add_argument("--docs", type=Path, help="a page whose part between the environment markers is replaced")
    return parser


def main() -> int:
    """1 if something was lost, mixed up, too slow or not borne."""
    args = make_parser().parse_args()
    console = Console(stderr=True)
    facts = machine() | {"load average at the start": load_average()}
    bugs = load_bugs()
    with Sandbox() as sandbox:
        plays = episodes(bugs, sandbox)
        server = Server(args.sessions)
        try:
            console.print("one session, step by step")
            alone = asyncio.run(latency(server, plays, sandbox, args.rounds))
            console.print(f"{args.sessions} sessions at once")
            items = [(a.bug, a.code) for play in plays for a in play]
            rates, crowds = [], []
            for _ in range(3):
                crowds.append(asyncio.run(crowd(server, plays, args.sessions, args.episodes)))
                started = time.perf_counter()
                n_direct = sum(1 for _ in grade_codes(sandbox, items * 5))
                rates.append(n_direct / (time.perf_counter() - started))
            console.print("misbehaviour")
            rows = asyncio.run(misbehaviour(server, plays, args.sessions))
            rows.append(asyncio.run(restart(server, plays, args.sessions)))
        finally:
            server.close()
    facts["load average at the end"] = load_average()
    return report(args, alone, crowds, rates, rows, facts)


def report(
    args: argparse.Namespace,
    alone: dict[str, Any],
    crowds: Sequence[dict[str, Any]],
    rates: Sequence[float],
    rows: Sequence[tuple[str, str, bool]],
    facts: dict[str, str],
) -> int:
    """Writes the files and prints the table."""
    added_ms = 1000 * median(alone["added"])
    lost, wrong = sum(c["lost"] for c in crowds), sum(c["wrong"] for c in crowds)
    times = [t for c in crowds for t in c["times"]]
    rate = median(c["rate"] for c in crowds)
    speeds = [
        ["sandbox directly, one step after the other", "", *milliseconds(alone["direct"])],
        ["the same steps over one session", "", *milliseconds(alone["served"])],
        ["sandbox directly, all steps queued", f"{median(rates):,.0f}", "", ""],
        [f"{args.sessions} sessions at once", f"{rate:,.0f}", *milliseconds(times)],
    ]
    share = median(c["rate"] / r for c, r in zip(crowds, rates, strict=True))
    low, high = (1000 * edge for edge in (min(alone["added"]), max(alone["added"])))
    text = "\n\n".join(
        [
            table(["work", "steps a second", "p50, ms", "p99, ms"], speeds, 1),
            f"The server adds {added_ms:.2f} ms to the median step ({low:.2f} to {high:.2f} over {args.rounds} rounds). The target is "
            f"less than {AIM_ADDED_MS:g} ms. With {args.sessions} sessions, the server reaches {100 * share:.0f}% of the sandbox's own rate. "
            f"In {sum(c['steps'] for c in crowds):,} steps of {3 * args.sessions * args.episodes:,} episodes, {lost} sessions were lost and "
            f"{wrong} replies were wrong.",
            table(
                ["fault", "result", "as expected"],
                [(a, b, "yes" if ok else "**no**") for a, b, ok in rows],
                3,
            ),
            in_words(facts),
        ]
    )
    numbers = {"added_s": alone["added"], "steps_per_s": [c["rate"] for c in crowds], "direct_per_s": list(rates)}
    keep("environment", numbers | {"faults": list(rows)}, text, args.out, args.docs)
    return int(bool(lost or wrong) or added_ms >= AIM_ADDED_MS or not all(ok for _, _, ok in rows))


if __name__ == "__main__":
    sys.exit(main())

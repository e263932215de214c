"""The sandbox while things go wrong around it: processes killed, the host killed, interrupted or forked, no room left.

Every job gets exactly one result, a right one where the fault was not the solution's, and nothing is left behind.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from conftest import finish, run_python
from processes import children_of, descendants, kill

from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.sandbox import Call, Execution, Job, Limits, Sandbox, TestInput, fork_engine
from debugarena.benchmark.values import decode

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the fork engine is for Linux")

N_JOBS = 3_000
LOOP = "def f(x):\n    while True: pass"


def numbered(n: int) -> Job:
    """A job whose right result is 7 n, visibly and hidden."""
    return Job("def f(x): return x * 7", "f", (TestInput((Call((n,)),)), TestInput((Call((n,)),), hidden=True)))


def values(execution: Execution) -> list[Any]:
    return [decode(run.calls[0].value) if run.status == "ran" else run.status for run in execution.tests]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def servers_of(sandbox: Sandbox) -> list[int]:
    engine: Any = sandbox._engine
    return [server.process.pid for worker in engine._workers for server in list(worker.servers.values())]


def wait_until(condition: Any, limit_s: float = 20) -> bool:
    end = time.monotonic() + limit_s
    while not (done := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(done)


def kill_servers_under_thousands_of_jobs() -> None:
    counted: Counter[int] = Counter()
    files, had = len(os.listdir("/proc/self/fd")), set(descendants(os.getpid()))
    with Sandbox(2) as sandbox:
        sandbox.run(numbered(0))
        done: list[Future[Execution]] = []
        for n in range(N_JOBS):
            future = sandbox.submit(numbered(n))
            future.add_done_callback(lambda _, n=n: counted.update([n]))
            done.append(future)
        n_killed = 0
        while not done[-1].done():
            for server in servers_of(sandbox):
                # the process that waits outside the jail, then the fork server itself
                for pid in [server, *children_of(server)][n_killed % 2 :][:1]:
                    kill(pid)
                    n_killed += 1
            time.sleep(0.5)
        assert n_killed >= 4
        results = [future.result() for future in done]
        assert [values(result) for result in results] == [[7 * n, 7 * n] for n in range(N_JOBS)]
        assert counted == Counter(range(N_JOBS))
    assert len(os.listdir("/proc/self/fd")) == files
    assert set(descendants(os.getpid())) <= had


def test_thousands_of_queued_jobs_outlive_the_killing_of_their_servers() -> None:
    """In a process of its own, where nothing else opens or closes files."""
    here = Path(__file__)
    call = f"import {here.stem} as faults; faults.kill_servers_under_thousands_of_jobs()"
    folders = [str(here.parent), str(here.parents[2]), str(here.parents[2] / "support")]
    finish(run_python(f"import sys; sys.path[:0] = sys.argv[1:]; {call}", *folders), timeout_s=300)


def test_a_killed_child_costs_its_own_test_alone() -> None:
    n_jobs = 600
    with Sandbox(2) as sandbox:
        sandbox.run(numbered(0))
        futures = [sandbox.submit(numbered(n)) for n in range(n_jobs)]
        n_killed = 0
        while not futures[-1].done():
            for server in servers_of(sandbox):
                for pid in [child for inner in children_of(server) for child in children_of(inner)][:1]:
                    kill(pid)
                    n_killed += 1
            time.sleep(0.05)
        assert n_killed >= 10
        for n, future in enumerate(futures):
            assert set(values(future.result())) <= {7 * n, "crashed"}  # a solution may have ended itself: no proof
        assert values(sandbox.run(numbered(5))) == [35, 35]


HOST = """
import os, sys
from debugarena.benchmark.sandbox import Call, Job, Sandbox, TestInput
loop = Job("def f(x):\\n    while True: pass", "f", (TestInput((Call((1,)),)),))
quick = Job("def f(x): return x", "f", (TestInput((Call((1,)),)),))
sandbox = Sandbox(2)
futures = [sandbox.submit(quick) for _ in range(10_000)] + [sandbox.submit(loop) for _ in range(40)]
for future in futures[:500]:
    future.result()
print("at work", flush=True)
for future in futures:
    future.result()
"""


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_a_host_killed_or_interrupted_in_the_middle_leaves_nothing(sent: signal.Signals) -> None:
    host = run_python(HOST)
    assert host.stdout
    assert host.stdout.readline() == "at work\n"
    assert wait_until(lambda: len(descendants(host.pid)) >= 6)
    below = descendants(host.pid)
    host.send_signal(sent)
    assert host.wait(30) != 0
    assert wait_until(lambda: not [pid for pid in below if is_alive(pid)])
    if sent == signal.SIGINT:
        assert host.stderr
        assert "KeyboardInterrupt" in host.stderr.read()
    host.communicate()


def test_servers_are_replaced_after_their_share_of_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_engine, "JOBS_PER_SERVER", 5)
    with Sandbox(1) as sandbox:
        seen = set()
        for n in range(40):
            assert values(sandbox.run(numbered(n))) == [7 * n, 7 * n]
            seen.update(servers_of(sandbox))
        assert len(seen) >= 8
        assert len(servers_of(sandbox)) == 1
        assert wait_until(lambda: not [pid for pid in seen - set(servers_of(sandbox)) if is_alive(pid)])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look into a fork server")
def test_a_thousand_verdicts_leave_a_fork_server_as_it_was() -> None:
    with Sandbox(1) as sandbox:
        list(sandbox.run_many(numbered(n) for n in range(100)))
        (outer,) = servers_of(sandbox)
        (server,) = children_of(outer)

        def state() -> tuple[int, int]:
            pages = int(Path(f"/proc/{server}/statm").read_text().split()[1])
            return len(os.listdir(f"/proc/{server}/fd")), pages

        def settled() -> tuple[int, int]:  # it may be in the middle of a fork
            found = [state() for _ in range(20) if not time.sleep(0.01)]
            return min(files for files, _ in found), min(pages for _, pages in found)

        before = settled()
        list(sandbox.run_many(numbered(n) for n in range(1_000)))
        after = settled()
        assert servers_of(sandbox) == [outer]
        assert after[0] == before[0]
        assert after[1] <= before[1] + 16  # pages: 64 bytes a verdict


@pytest.fixture
def full_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The temporary folder on a disk without room for one more file or folder."""
    made = ["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=2", "none", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(made, capture_output=True).returncode:
        pytest.skip("making a full disk takes the right to mount")
    try:
        (tmp_path / "last").mkdir()
        with pytest.raises(OSError, match="No space left"):
            (tmp_path / "one too many").mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        yield tmp_path
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_the_jail_needs_no_room_on_any_disk_and_plain_processes_say_that_they_do(full_folder: Path) -> None:
    with Sandbox(1) as sandbox:
        assert values(sandbox.run(numbered(6))) == [42, 42]
    with Sandbox(1, jail=False) as sandbox, pytest.raises(SandboxError, match="No space left"):
        sandbox.run(numbered(6))


def test_many_threads_share_a_sandbox() -> None:
    with Sandbox(2) as sandbox, ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda n: values(sandbox.run(numbered(n))), range(400)))
    assert results == [[7 * n, 7 * n] for n in range(400)]


def test_closing_while_others_submit_gives_everyone_an_answer() -> None:
    for _ in range(5):
        sandbox = Sandbox(1)
        answers: Counter[str] = Counter()

        def work(sandbox: Sandbox = sandbox, answers: Counter[str] = answers) -> None:
            for n in range(1_000):
                try:
                    assert values(sandbox.run(numbered(n))) == [7 * n, 7 * n]
                    answers["right"] += 1
                except SandboxError as error:
                    answers[str(error)] += 1
                    return

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        assert wait_until(lambda answers=answers: answers["right"] > 8)
        sandbox.close()
        for thread in threads:
            thread.join(20)
        assert answers["the sandbox is closed"] == 4


def test_asyncio_goes_on_while_solutions_run() -> None:
    async def main() -> tuple[list[list[Any]], int]:
        n_beats = 0

        async def beat() -> None:
            nonlocal n_beats
            while True:
                await asyncio.sleep(0.01)
                n_beats += 1

        heart = asyncio.create_task(beat())
        slow = Job(LOOP, "f", (TestInput((Call((1,)),)),), limits=Limits(0.4, 2.0))
        with Sandbox(2) as sandbox:
            results = [values(e) async for e in sandbox.arun_many([*map(numbered, range(50)), slow])]
        heart.cancel()
        return results, n_beats

    results, n_beats = asyncio.run(main())
    assert results == [*([7 * n, 7 * n] for n in range(50)), ["timeout"]]
    assert n_beats >= 5


def test_several_loops_and_threads_at_once() -> None:
    with Sandbox(2) as sandbox:

        async def collect(first: int) -> list[list[Any]]:
            return [values(e) async for e in sandbox.arun_many(numbered(first + i) for i in range(60))]

        async def both() -> list[list[list[Any]]]:
            return await asyncio.gather(collect(0), collect(1000))

        with ThreadPoolExecutor(3) as pool:
            found = list(pool.map(lambda _: asyncio.run(both()), range(3)))
    wanted = [[[7 * (first + i)] * 2 for i in range(60)] for first in (0, 1000)]
    assert found == [wanted] * 3


def test_an_abandoned_iterator_does_no_harm() -> None:
    with Sandbox(2) as sandbox:
        for _ in range(20):
            next(sandbox.run_many(numbered(n) for n in range(100)))
        assert values(sandbox.run(numbered(3))) == [21, 21]


FORKING = """
import os, sys, threading, time
{load}
from debugarena.benchmark.sandbox import Call, Job, Sandbox, TestInput

def right(sandbox, n):
    job = Job("def f(x): return x * 7", "f", (TestInput((Call((n,)),)),))
    return all(e.tests[0].calls[0].value == str(7 * n) for e in sandbox.run_many([job] * 20))

stop = False
lock = threading.Lock()
def spin():
    while not stop:
        with lock:
            pass
        time.sleep(0.001)
threads = [threading.Thread(target=spin, daemon=True) for _ in range(8)]
for thread in threads: thread.start()
with Sandbox(2) as sandbox:
    assert right(sandbox, 1)
    busy = threading.Thread(target=lambda: [right(sandbox, n) for n in range(10)])
    busy.start()
    for n in range(4):
        pid = os.fork()
        if pid == 0:
            ok = right(sandbox, n)
            sandbox.close()
            os._exit(0 if ok else 3)
        assert right(sandbox, n)
        _, status = os.waitpid(pid, 0)
        assert status == 0, status
    busy.join()
stop = True
print("well")
"""
TORCH = "import torch\ntorch.set_num_threads(4)\ntorch.ones(512, 512) @ torch.ones(512, 512)"


@pytest.mark.parametrize("load", ["", TORCH], ids=["threads", "torch"])
def test_a_forked_host_and_its_parent_both_get_their_verdicts(load: str) -> None:
    if load and not find_spec("torch"):
        pytest.skip("torch is not installed")
    assert finish(run_python(FORKING.replace("{load}", load))) == "well\n"

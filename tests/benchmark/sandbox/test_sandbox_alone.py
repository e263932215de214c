"""A job fails alone: whatever a solution's text or process does, and whatever happens to the engine, the job gets a
verdict or an error of its own within its budget, and the next job of the same sandbox is right.
"""

import sys
import textwrap
import time
from collections.abc import Iterator
from typing import Any

import pytest

from debugarena.benchmark import Sandbox, load_bugs
from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.grading.grade import Grade, NotGraded, grade_codes
from debugarena.benchmark.languages.python.code_facts import read_code
from debugarena.benchmark.sandbox import Call, Execution, Job, Limits, TestInput, fork_child, fork_engine
from debugarena.benchmark.sandbox.importable import ENCODINGS, HARMLESS_NAMES, IMPORTABLE_MODULES, SUBMODULES
from debugarena.benchmark.sandbox.pending_job import PRELOADED
from debugarena.benchmark.values import decode

LINUX = sys.platform.startswith("linux")
pytestmark = pytest.mark.skipif(not LINUX, reason="the fork engine, and the clocks of other processes, are Linux's")
OS = "import random\nos = getattr(random, '_' + chr(111) + 's')\ntime = os.sys.modules['time']\n"
QUICK = Limits(cpu_s=0.2, job_s=0.6)


@pytest.fixture(scope="module", params=["jail", "plain processes"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(1, jail=request.param == "jail") as shared:
        yield shared


def job(code: str, n_tests: int = 4, limits: Limits = QUICK) -> Job:
    """f(1), f(2) and so on; the last one is hidden."""
    code = textwrap.dedent(code)
    tests = tuple(TestInput((Call((n,)),), hidden=n == n_tests) for n in range(1, n_tests + 1))
    return Job(code, "f", tests, imports=read_code(code, "f").imports, limits=limits)


def statuses(execution: Execution) -> list[str]:
    return [run.status for run in execution.tests]


def is_well(sandbox: Sandbox) -> bool:
    return statuses(sandbox.run(job("def f(x): return x", limits=Limits()))) == ["ran"] * 4


def servers(sandbox: Sandbox) -> list[Any]:
    engine: Any = sandbox._engine
    return [server for worker in engine._workers for server in worker.servers.values()]


# --- what a solution's text says never reaches a server ----------------------------------

IMPORTS = {
    "a long path": "import re" + ".a" * 330,
    "a path too long for a message": "import re" + ".a" * 7000,
    "many names": "from unicodedata import " + ", ".join(f"N{i}" for i in range(2000)),
    "many submodules": "\n".join(f"import json.n{i}" for i in range(900)),
    "a real submodule that is not preloaded": "import json.tool",
    "letters beyond ASCII": "import re.\u0430\u0301, json.\U00010900",
    "a package that runs when it is imported": "import re.__main__",
}


@pytest.mark.parametrize("what", IMPORTS)
def test_imports_that_cannot_be_had_cost_their_own_job_alone(sandbox: Sandbox, what: str) -> None:
    execution = sandbox.run(job(f"{IMPORTS[what]}\ndef f(x): return x"))
    assert statuses(execution) == ["load-error"] * 4
    assert is_well(sandbox)


def test_a_hundred_sets_of_imports_need_two_servers() -> None:
    names = sorted(IMPORTABLE_MODULES - {"__future__"})
    with Sandbox(1) as sandbox:
        for n in range(100):
            code = f"import {names[n % len(names)]}, json\nfrom re import n{n}\n"
            sandbox.run(job(f"{code if n % 2 else ''}def f(x): return x"))
        held = servers(sandbox)
    assert {server.profile.preload for server in held} == {(), PRELOADED}
    assert sum(server.n_jobs for server in held) == 101  # none was replaced; one job asked for the layers


def test_every_module_that_may_be_imported_is_there(sandbox: Sandbox) -> None:
    imports = [f"import {name}" for name in (*IMPORTABLE_MODULES, *SUBMODULES) if name != "__future__"]
    imports += [f"from {name} import {', '.join(names.split())}" for name, names in HARMLESS_NAMES.items()]
    assert_that_each_runs(imports, sandbox)


@pytest.mark.parametrize("code", ["'a'.encode({0!r}).decode({0!r})", "str(bytes('a', {0!r}), {0!r})"])
def test_every_encoding_that_may_be_named_is_there(code: str, sandbox: Sandbox) -> None:
    assert_that_each_runs([f"assert {code.format(name)} == 'a'" for name in ENCODINGS], sandbox)


def assert_that_each_runs(lines: list[str], sandbox: Sandbox) -> None:
    """In the jail each alone; eight together in plain processes, where each job waits for a Python of its own."""
    size = 1 if sandbox.report else 8
    for first in range(0, len(lines), size):
        together = "\n".join(lines[first : first + size])
        assert statuses(sandbox.run(job(f"{together}\ndef f(x): return x", n_tests=1))) == ["ran"], together


@pytest.mark.parametrize("code", ["größe = 1", "ﬁ = 2\nfi", "x = '\\N{BULLET}'", "def \u5909\u6570(): pass"])
def test_any_identifier_that_python_takes_works_without_an_import(code: str, sandbox: Sandbox) -> None:
    assert statuses(sandbox.run(job(f"{code}\ndef f(x): return x"))) == ["ran"] * 4


# --- one budget a job ---------------------------------------------------------------------

WAITS = {
    "sleeps": "time.sleep(60)",
    "sleeps a little, often": "for _ in range(10**7): time.sleep(0.001)",
    "waits for its own socket": "os.read(3, 1)",
    "waits for a lock": "lock = os.sys.modules['_thread'].allocate_lock(); lock.acquire(); lock.acquire()",
    "computes": "while True: pass",
    "computes and sleeps": "for _ in range(10**6): sum(range(10**4)); time.sleep(0.01)",
    "prints": "while True: print('x' * 1000)",
}


@pytest.mark.parametrize("what", WAITS)
def test_no_job_holds_its_worker_for_longer_than_its_budget(sandbox: Sandbox, what: str) -> None:
    began, cpu_began = time.monotonic(), time.process_time()
    execution = sandbox.run(job(f"{OS}\ndef f(x):\n    {WAITS[what]}\n    return 0", n_tests=20))
    held_s = time.monotonic() - began
    assert set(statuses(execution)) <= {"timeout", "not-run", "ran"}
    # twenty tests of 60 s would be 1,200 s; the host may be busy, so that the bound is loose
    assert held_s < 60
    assert time.process_time() - cpu_began < 10
    assert is_well(sandbox)


def test_tests_that_are_each_in_time_share_the_budget_of_the_job(sandbox: Sandbox) -> None:
    code = "def f(x):\n    for i in range(10**9):\n        if i == 2_000_000 * x: return x"
    alone = sandbox.run(job(code, n_tests=1, limits=Limits(cpu_s=5, job_s=60)))
    each_s = alone.tests[0].cpu_s
    execution = sandbox.run(job(code.replace(" * x", ""), n_tests=30, limits=Limits(cpu_s=60, job_s=5 * each_s)))
    found = statuses(execution)
    assert found[0] == "ran"
    assert found[-1] == "not-run"
    assert found.count("timeout") <= 1  # none if the budget is used up just as a test ends
    assert found == sorted(found, key=["ran", "timeout", "not-run"].index)


def test_in_the_jail_sleeping_is_over_at_once_and_a_wait_that_nobody_ends_too() -> None:
    code = f"""{OS}
def f(x):
    time.sleep(60)
    lock = os.sys.modules['_thread'].allocate_lock()
    return lock.acquire(), lock.acquire(), lock.acquire(True, 60)
"""
    with Sandbox(1) as sandbox:
        execution = sandbox.run(job(code))
    assert [decode(run.calls[0].value) for run in execution.tests] == [(True, False, False)] * 4


def test_process_ids_tell_nothing_of_the_jobs_before() -> None:
    ids = f"{OS}\ndef f(x): return os.getpid(), os.getppid(), os.sys.modules['_thread'].get_native_id()"
    with Sandbox(1) as sandbox:
        before = sandbox.run(job(ids)).tests
        sandbox.run(job(f"{OS}\ndef f(x): os._exit(0)", n_tests=9))
        after = sandbox.run(job(ids)).tests
    assert [run.calls for run in before] == [run.calls for run in after]


# --- who closes its socket, and who is starved ---------------------------------------------


@pytest.mark.parametrize("then", ["while True: pass", "while True: time.sleep(9)", "return x", "os._exit(0)"])
def test_a_solution_that_closes_its_socket_has_crashed_and_holds_nothing(sandbox: Sandbox, then: str) -> None:
    execution = sandbox.run(job(f"{OS}\ndef f(x):\n    os.close(3)\n    {then}"))
    assert statuses(execution) == ["crashed"] * 3 + ["not-run"]
    assert is_well(sandbox)


def test_a_starved_solution_is_tried_again_and_never_fails_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_child, "waited_s", lambda pid: 1e6)
    monkeypatch.setattr(fork_child, "cpu_used_s", lambda pid: 0.0)
    late = f"{OS}\ndef f(x):\n    while time.time() < {time.time() + 1}: pass\n    return x"
    with Sandbox(1) as sandbox:
        execution = sandbox.run(job(late, limits=Limits(cpu_s=0.2, wall_s=0.3)))
    assert statuses(execution) == ["ran"] * 4
    assert execution.restarts > 0


def test_a_solution_that_is_starved_for_ever_is_not_graded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_child, "waited_s", lambda pid: 1e6)
    monkeypatch.setattr(fork_child, "cpu_used_s", lambda pid: 0.0)
    with Sandbox(1) as sandbox:
        with pytest.raises(SandboxError, match="starved"):
            sandbox.run(job("def f(x):\n    while True: pass", limits=Limits(wall_s=0.05)))
        assert is_well(sandbox)


def test_where_waiting_cannot_be_told_the_wall_limit_binds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_child, "waited_s", lambda pid: None)
    with Sandbox(1) as sandbox:
        execution = sandbox.run(job(f"{OS}\ndef f(x): os.read(3, 1)", limits=Limits(cpu_s=60, wall_s=0.1)))
        assert statuses(execution) == ["timeout"] * 3 + ["not-run"]
        assert is_well(sandbox)


# --- the engine's own failures ---------------------------------------------------------------


def test_servers_that_do_not_start_cost_the_jobs_that_wait_for_them_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    bugs = load_bugs()[:6]
    items = [(bug, bug.fixed_code) for bug in bugs]
    monkeypatch.setattr(fork_engine, "FIRST_PAUSE_S", 0.001)
    with Sandbox(2) as sandbox:
        assert is_well(sandbox)
        real = fork_engine.ForkServer
        monkeypatch.setattr(fork_engine, "ForkServer", _no_memory)
        for server in servers(sandbox):
            server.process.kill()
        while servers(sandbox):
            time.sleep(0.01)
        found = list(grade_codes(sandbox, items))
        assert [type(grade) for grade in found] == [NotGraded] * 6
        assert {grade.reason for grade in found if isinstance(grade, NotGraded)} == {
            "a sandbox process did not start: [Errno 12] Cannot allocate memory"
        }
        with pytest.raises(SandboxError, match="did not start"):
            list(sandbox.run_many([job("def f(x): return x")]))
        monkeypatch.setattr(fork_engine, "ForkServer", real)
        assert all(isinstance(grade, Grade) and grade.solved for grade in grade_codes(sandbox, items))


def _no_memory(*arguments: object) -> None:
    raise OSError(12, "Cannot allocate memory")


def test_a_few_failed_starts_cost_nothing_but_time(monkeypatch: pytest.MonkeyPatch) -> None:
    real, n_failed = fork_engine.ForkServer, 0

    def flaky(*arguments: Any) -> Any:
        nonlocal n_failed
        n_failed += 1
        return _no_memory() if n_failed <= fork_engine.MAX_LOST - 1 else real(*arguments)

    monkeypatch.setattr(fork_engine, "ForkServer", flaky)
    with Sandbox(1) as sandbox:
        assert is_well(sandbox)
    assert n_failed > fork_engine.MAX_LOST - 1


def test_a_sandbox_whose_engine_breaks_makes_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.excepthook", lambda *arguments: None)  # the engine's thread says what ended it
    with Sandbox(1) as sandbox:
        assert is_well(sandbox)
        broken = sandbox._engine
        with monkeypatch.context() as patch:
            patch.setattr(fork_engine, "parse_frame", _our_mistake)
            with pytest.raises(SandboxError, match="the sandbox broke: ZeroDivisionError"):
                sandbox.run(job("def f(x): return x"))
        assert is_well(sandbox)
        assert sandbox._engine is not broken


def _our_mistake(*arguments: object) -> None:
    raise ZeroDivisionError("in our own code")

"""What a solution does is data; the machine, the other solutions and the next job stay as they were.

One adversary a test. What cheats may gain from a verdict is in attacks/test_attacks.py.
"""

import json
import os
import signal
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from debugarena.benchmark.errors import SandboxError, UsageError
from debugarena.benchmark.sandbox import Call, CallOutcome, Execution, Job, Limits, Sandbox, TestInput
from debugarena.benchmark.sandbox import process_engine as engine
from debugarena.benchmark.values import decode, encode

QUICK = Limits(cpu_s=0.3, wall_s=1.0)
LINUX = sys.platform.startswith("linux")
ARGUMENTS = (1, 2, 3, 4)


@pytest.fixture(scope="module", params=["jail", "plain processes"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Each engine; what holds for one holds for the other, the layers aside."""
    with Sandbox(jail=request.param == "jail") as shared:
        yield shared


def job(code: str, arguments: Sequence[Any] = ARGUMENTS, n_hidden: int = 0, limits: Limits = QUICK, **more: Any) -> Job:
    """One call f(argument) a test; the last n_hidden tests are hidden."""
    first_hidden = len(arguments) - n_hidden
    tests = tuple(TestInput((Call((argument,)),), i >= first_hidden) for i, argument in enumerate(arguments))
    return Job(textwrap.dedent(code), "f", tests, limits=limits, **more)


def statuses(execution: Execution) -> list[str]:
    return [run.status for run in execution.tests]


def outcome(sandbox: Sandbox, code: str, argument: Any = 1, **more: Any) -> CallOutcome:
    run = sandbox.run(job(code, [argument], **more)).tests[0]
    assert run.status == "ran"
    return run.calls[0]


def value(sandbox: Sandbox, code: str, argument: Any = 1, **more: Any) -> Any:
    result = outcome(sandbox, code, argument, **more)
    assert result.status == "returned", result
    return decode(result.value)


REAL_ROOT = LINUX and os.geteuid() == 0 and Path("/proc/self/uid_map").read_text().split() == ["0", "0", "4294967295"]


def test_plain_processes_report_what_a_process_can_do_to_itself() -> None:
    with Sandbox(1, jail=False) as own:
        layers = set(own.layers)
    assert {"process-group", "empty-environment", "private-directory", "restricted-builtins", "audit-hook"} <= layers
    if LINUX:
        assert {"rlimits", "no-new-files", "non-root"} <= layers
    if REAL_ROOT:
        assert {"private-root", "no-fork"} <= layers


@pytest.mark.skipif(not LINUX, reason="there is no jail elsewhere")
def test_the_jail_reports_layers_that_probes_have_proven() -> None:
    with Sandbox(1) as own:
        layers, report = set(own.layers), own.report
    assert {"seccomp", "second-stage", "rlimits", "non-root", "no-new-privileges", "restricted-builtins"} <= layers
    assert {name for name, (_, proven, _) in report.items() if proven} <= layers
    if REAL_ROOT:
        assert {"private-root", "pid-namespace", "network-namespace", "mount-namespace", "no-capabilities"} <= layers


@pytest.mark.skipif(not LINUX, reason="there is no jail elsewhere")
def test_a_layer_left_out_is_not_reported_and_the_rest_is() -> None:
    with Sandbox(1, without=("namespaces", "second-stage")) as own:
        layers = set(own.layers)
    assert not layers & {"pid-namespace", "network-namespace", "private-root", "second-stage"}
    assert {"seccomp", "rlimits", "non-root"} <= layers


@pytest.mark.skipif(not LINUX, reason="there is no jail elsewhere")
def test_a_jail_without_its_core_is_refused_unless_weakness_is_accepted() -> None:
    with Sandbox(1, without=("seccomp",)) as own, pytest.raises(SandboxError, match=r"too weak.*seccomp.*allow_weak"):
        own.run(job("def f(x): return x"))
    with Sandbox(1, without=("seccomp",), allow_weak=True) as own:
        assert "seccomp" not in own.layers
    with pytest.raises(UsageError, match="there is no step 'walls'"):
        Sandbox(1, without=("walls",))
    with pytest.raises(UsageError, match="workers is -1"):
        Sandbox(-1)


def test_every_execution_reports_its_layers(sandbox: Sandbox) -> None:
    assert sandbox.run(job("def f(x): return x")).layers == sandbox.layers


def test_a_timeout_fails_alone_and_the_rest_run_in_a_fresh_child(sandbox: Sandbox) -> None:
    code = """
        seen = []
        def f(x):
            while x == 2: pass
            return x
    """
    execution = sandbox.run(job(code))
    assert statuses(execution) == ["ran", "timeout", "ran", "ran"]
    assert execution.restarts == 1


def test_a_crash_fails_alone(sandbox: Sandbox) -> None:
    code = "import random\ndef f(x):\n    if x == 3: random._os._exit(0)\n    return x"
    execution = sandbox.run(job(code, imports=("random",)))
    assert statuses(execution) == ["ran", "ran", "crashed", "ran"]


def test_after_two_restarts_the_rest_is_not_run(sandbox: Sandbox) -> None:
    execution = sandbox.run(job("import random\ndef f(x): random._os._exit(0)", range(6), imports=("random",)))
    assert statuses(execution) == ["crashed"] * 3 + ["not-run"] * 3
    assert execution.restarts == 2


def test_hidden_tests_run_after_visible_ones_whatever_the_order(sandbox: Sandbox) -> None:
    code = """
        import math
        def f(x):
            math.seen = getattr(math, "seen", ()) + (x,)
            return math.seen
    """
    execution = sandbox.run(job(code, n_hidden=2, order=(3, 1, 2, 0), imports=("math",)))
    seen = [decode(run.calls[0].value) for run in execution.tests]
    assert seen == [(2, 1), (2,), (2, 1, 4, 3), (2, 1, 4)]


@pytest.mark.skipif(not LINUX, reason="only Linux tells how long another process has waited for a CPU")
def test_waiting_without_burning_cpu_counts_as_cpu_time_does(sandbox: Sandbox) -> None:
    code = "import random\ndef f(x): random._os.read(3, 1)"
    limits = Limits(cpu_s=0.3, wall_s=3600)
    started = time.monotonic()
    assert statuses(sandbox.run(job(code, [1], imports=("random",), limits=limits))) == ["timeout"]
    assert time.monotonic() - started < 100


@pytest.mark.skipif(not LINUX, reason="only Linux has a CPU clock for another process")
def test_cpu_time_is_what_counts_first(sandbox: Sandbox) -> None:
    run = sandbox.run(job("def f(x):\n    while True: pass", [1], limits=Limits(cpu_s=0.3, wall_s=60))).tests[0]
    assert run.status == "timeout"
    assert 0.25 < run.cpu_s < 2


def test_timeout_kills_grandchildren(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # a solution cannot fork, so a child that may stands in for it
    child = tmp_path / "child.py"
    child.write_text(
        "import os, sys, time\n"
        "fd = int(sys.argv[1])\n"
        "def send(data): os.write(fd, len(data).to_bytes(4, 'little') + data)\n"
        "pid = os.fork()\n"
        f"if pid: open({str(tmp_path / 'pid')!r}, 'w').write(str(pid))\n"
        "if pid: send(b'')\n"
        "time.sleep(600)\n"
    )
    monkeypatch.setattr(engine, "_CHILD", str(child))
    with Sandbox(1, jail=False) as own:
        run = own.run(job("", [1])).tests[0]
    assert run.status == "timeout"
    grandchild = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if not Path(f"/proc/{grandchild}").exists() or "\nState:\tZ" in Path(f"/proc/{grandchild}/status").read_text():
            return
        time.sleep(0.05)
    os.kill(grandchild, signal.SIGKILL)
    pytest.fail("the grandchild is alive")


def test_a_child_that_cannot_start_is_our_failure_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = tmp_path / "child.py"
    child.write_text("raise RuntimeError('no luck')")
    monkeypatch.setattr(engine, "_CHILD", str(child))
    with Sandbox(1, jail=False) as own, pytest.raises(SandboxError, match=r"did not start.*no luck"):
        own.run(job("def f(x): return x"))


def test_output_is_kept_for_visible_tests_and_never_for_hidden_ones(sandbox: Sandbox) -> None:
    execution = sandbox.run(job("def f(x):\n    print('printed', x)\n    return x", n_hidden=2))
    assert [run.output for run in execution.tests] == ["printed 1\n", "printed 2\n", "", ""]


def test_endless_output_is_cut_and_stopped(sandbox: Sandbox) -> None:
    run = sandbox.run(job("def f(x):\n    while True: print('x' * 4000)", [1])).tests[0]
    assert run.status == "timeout"
    assert 0 < len(run.output) <= QUICK.output_bytes


def test_much_output_does_not_cost_the_value(sandbox: Sandbox) -> None:
    assert value(sandbox, "def f(x):\n    print('x' * 300_000)\n    return x") == 1


def test_the_environment_is_empty_but_for_the_hash_seed(sandbox: Sandbox) -> None:
    # exec in the child would be refused: the environment the child itself sees, through a module that kept it
    found = value(sandbox, "import random\ndef f(x): return dict(random._os.environ)", imports=("random",))
    assert found.pop("PYTHONHASHSEED") == "0"
    assert set(found) <= {"LC_CTYPE"}  # Python's own, from its locale coercion


def test_the_hash_seed_is_the_jobs(sandbox: Sandbox) -> None:
    hashes = [value(sandbox, "def f(x): return hash('text')", hash_seed=seed) for seed in (0, 0, 1)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_results_come_in_the_order_of_the_jobs(sandbox: Sandbox) -> None:
    slow_first = [
        job(f"def f(x):\n    for _ in range({3_000_000 if i == 0 else 1}): pass\n    return {i}") for i in range(8)
    ]
    results = [decode(execution.tests[0].calls[0].value) for execution in sandbox.run_many(slow_first)]
    assert results == list(range(8))


def test_jobs_are_read_a_few_ahead_only() -> None:
    taken = []

    def jobs() -> Any:
        for i in range(50):
            taken.append(i)
            yield job("def f(x): return x", [i])

    with Sandbox(2) as own:
        next(own.run_many(jobs()))
        assert len(taken) <= 10


def test_a_solution_has_its_socket_and_its_output_and_no_other_descriptor() -> None:
    many = [os.open(os.devnull, os.O_RDONLY) for _ in range(200)]  # so that ours get high numbers
    code = """
        import os

        def f(x):
            found = []
            for fd in range(4096):
                try:
                    os.lseek(fd, 0, 1)
                except OSError as error:
                    if error.errno == 9: continue
                found.append(fd)
            return found
    """
    try:
        for jail in (True, False):
            with Sandbox(2, jail=jail) as sandbox:
                for _ in range(4):
                    assert value(sandbox, code, restricted=False, imports=("os",)) == [0, 1, 2, 3]
    finally:
        for fd in many:
            os.close(fd)


@pytest.mark.skipif(not LINUX, reason="counts descriptors in /proc")
@pytest.mark.parametrize("jail", [True, False])
def test_runs_leave_no_descriptor_no_zombie_and_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jail: bool
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def children() -> set[str]:
        tasks = Path("/proc/self/task").iterdir()
        return {pid for task in tasks for pid in (task / "children").read_text().split()}

    codes = [
        "def f(x): return x",
        "def f(x): raise SystemExit(0)",
        "import random\ndef f(x): random._os._exit(0)",
        "import random\ndef f(x):\n    random._os.close(1)\n    random._os.close(2)\n    return 1",
        "def f(x): return 'x' * 10**6",
    ]
    n_runs = 50 if jail else 10  # a plain process starts a Python of its own
    first, had_first = len(os.listdir("/proc/self/fd")), children()
    with Sandbox(2, jail=jail) as own:
        list(own.run_many(job(codes[0], imports=("random",)) for _ in range(8)))
        time.sleep(0.2)
        before, had = len(os.listdir("/proc/self/fd")), children()
        for execution in own.run_many(job(codes[i % 5], [1], imports=("random",)) for i in range(n_runs)):
            assert len(execution.tests) == 1
        time.sleep(0.2)
        assert len(os.listdir("/proc/self/fd")) <= before
        assert children() <= had
        for folder in tmp_path.iterdir():
            assert list(folder.iterdir()) == []
    assert list(tmp_path.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) <= first
    assert children() <= had_first


@pytest.mark.parametrize("jail", [True, False])
def test_a_closed_sandbox_refuses_work_and_closes_twice(jail: bool) -> None:
    own = Sandbox(1, jail=jail)
    own.run(job("def f(x): return x"))
    own.close()
    own.close()
    with pytest.raises(SandboxError, match="closed"):
        own.run(job("def f(x): return x"))


def hard_limits(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return {line[:26].strip(): line[26:].split()[1] for line in lines}


@pytest.mark.skipif(not LINUX, reason="reads another process's limits")
@pytest.mark.parametrize("jail", [True, False])
def test_a_busy_child_dies_of_its_own_limit_even_without_a_host(jail: bool) -> None:
    with Sandbox(1, jail=jail) as own:
        own.run(job("def f(x): return x"))
        engine: Any = own._engine
        future = own.submit(job("def f(x):\n    while True: pass", [1], limits=Limits(2, 60)))

        def pid_at_work() -> int:
            if jail:
                child = engine._workers[0].child
                return child.pid if child and child.is_ready else 0
            return next((child._process.pid for child in engine._children if child.layers), 0)

        while not (pid := pid_at_work()):
            assert not future.done()
            time.sleep(0.01)
        time.sleep(0.1)
        hard = hard_limits(pid)
        assert 0 < int(hard["Max cpu time"]) <= 20
        assert {hard[f"Max {name}"] for name in ("file size", "core file size", "processes", "open files")} == {"0"}


@pytest.mark.parametrize("method", ["__repr__", "__str__", "__eq__", "__hash__", "__getattribute__", "__class__"])
def test_a_result_with_a_method_that_raises_is_merely_not_plain_data(sandbox: Sandbox, method: str) -> None:
    result = outcome(sandbox, f"class C:\n    def {method}(self, *a): raise ValueError\ndef f(x): return C()")
    assert (result.status, result.type_name) == ("unencodable", "C")


def test_an_exception_whose_text_raises_is_reported_without_text(sandbox: Sandbox) -> None:
    result = outcome(sandbox, "class E(Exception):\n    def __str__(self): raise E\ndef f(x): raise E")
    assert (result.status, result.type_name, result.message) == ("raised", "solution.E", "")


def test_an_exception_that_takes_a_builtin_name_is_not_taken_for_it(sandbox: Sandbox) -> None:
    assert (
        outcome(sandbox, "class ValueError(Exception): pass\ndef f(x): raise ValueError").type_name
        == "solution.ValueError"
    )
    assert outcome(sandbox, "def f(x): raise ValueError(3)").type_name == "ValueError"


@pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "MemoryError", "RecursionError"])
def test_any_exception_is_data(sandbox: Sandbox, name: str) -> None:
    execution = sandbox.run(job(f"def f(x): raise {name}"))
    assert {run.calls[0].type_name for run in execution.tests} == {name}


def test_a_message_can_always_be_written_to_a_file(sandbox: Sandbox) -> None:
    message = outcome(sandbox, "def f(x): raise ValueError('\\ud800' + 'x' * 10_000)").message
    message.encode()
    assert message.startswith("\\ud800xxx")
    assert len(message) < 500


def test_an_import_error_does_not_tell_where_the_host_keeps_python(sandbox: Sandbox) -> None:
    run = sandbox.run(job("from collections import nothing\ndef f(x): return x", imports=("collections",))).tests[0]
    assert run.status == "load-error"
    assert run.calls[0].message == "cannot import name 'nothing' from 'collections'"


@pytest.mark.parametrize(
    "expression",
    ["10**4000", "-10**30", "2**53 + 1", "'\\ud800\\n\\t\\0'", "float('nan')", "-0.0", "1e308 * 10", "(1, [2], {3: {4}})",
     "{True: 'a', 2.5: b'b', None: 1j}", "frozenset({(1, 2)})", "bytearray(b'x')", "''", "{'$tuple': 1}", "[[]] * 50"],
)  # fmt: skip
def test_plain_data_comes_back_as_it_was(sandbox: Sandbox, expression: str) -> None:
    assert outcome(sandbox, f"def f(x): return {expression}").value == encode(eval(expression))


@pytest.mark.parametrize(
    "argument", [[1, (2, {3: "x"})], {"b": 1, "a": 2}, "\ud800", 10**40, float("nan"), {1, 2}, b"x"]
)
def test_arguments_arrive_as_they_were(sandbox: Sandbox, argument: Any) -> None:
    assert outcome(sandbox, "def f(x): return [x, type(x).__name__, repr(x)]", argument).value == encode(
        [argument, type(argument).__name__, repr(argument)]
    )


@pytest.mark.parametrize(
    ("result", "type_name"),
    [("x", "data nested too deeply"), ("10**5000", "int of more digits than Python prints"), ("f", "function")],
)
def test_what_cannot_be_told_is_unencodable(sandbox: Sandbox, result: str, type_name: str) -> None:
    found = outcome(sandbox, f"def f(x):\n    x = []\n    x.append(x)\n    return {result}")
    assert (found.status, found.type_name) == ("unencodable", type_name)


def test_a_reply_beyond_the_limit_is_malformed(sandbox: Sandbox) -> None:
    assert statuses(sandbox.run(job("def f(x): return 'x' * 70_000", [1]))) == ["malformed"]
    assert statuses(sandbox.run(job("def f(x): return 'x' * 60_000", [1]))) == ["ran"]


def test_memory_beyond_the_limit_is_a_memory_error(sandbox: Sandbox) -> None:
    assert outcome(sandbox, "def f(x): return len(bytearray(2**30))").type_name == "MemoryError"
    assert value(sandbox, "def f(x): return len(bytearray(2**26))") == 2**26


def test_each_test_has_a_fresh_namespace(sandbox: Sandbox) -> None:
    code = "seen = []\ndef f(x, acc=[]):\n    seen.append(x)\n    acc.append(x)\n    return [seen, acc]"
    execution = sandbox.run(job(code))
    assert [decode(run.calls[0].value) for run in execution.tests] == [[[x], [x]] for x in ARGUMENTS]


def test_the_calls_of_a_test_share_a_namespace_and_an_object(sandbox: Sandbox) -> None:
    code = "class f:\n    def __init__(self): self.n = 0\n    def add(self, k):\n        self.n += k\n        return self.n"
    calls = (Call(), Call((2,), target="obj.add"), Call((3,), target="obj.add"))
    run = sandbox.run(Job(code, "f", (TestInput(calls), TestInput(calls)))).tests[1]
    assert [call.value for call in run.calls] == ["null", "2", "5"]


def test_objects_of_a_test_have_names_of_their_own(sandbox: Sandbox) -> None:
    code = "class f:\n    def __init__(self, n): self.n = n\n    def add(self, k):\n        self.n += k\n        return self.n"
    calls = (
        *(Call((1,), instance="one"), Call((10,), instance="two"), Call((5,))),
        *(Call((2,), target=f"{name}.add") for name in ("one", "two", "obj", "one")),
    )
    run = sandbox.run(Job(code, "f", (TestInput(calls),))).tests[0]
    assert [call.value for call in run.calls] == ["null"] * 3 + ["3", "12", "7", "5"]


def test_what_the_code_calls_obj_stays_its_own(sandbox: Sandbox) -> None:
    code = "obj = 7\nclass f:\n    def get(self): return obj"
    run = sandbox.run(Job(code, "f", (TestInput((Call(), Call(target="obj.get"))),))).tests[0]
    assert run.calls[1].value == "7"


def test_arguments_are_told_at_the_end_when_asked_for(sandbox: Sandbox) -> None:
    code = "class f:\n    def __init__(self, d): self.d = d\n    def put(self, k, v): self.d[k] = v"
    put = Call(("a", [1]), target="obj.put", want_args_at_end=True)
    calls = (Call(({},), want_args_after=True, want_args_at_end=True), put, Call(("b", 2), target="obj.put"))
    run = sandbox.run(Job(code, "f", (TestInput(calls),))).tests[0]
    assert [(call.args_after, call.args_at_end) for call in run.calls] == [
        ("[{}]", '[{"a":[1],"b":2}]'),
        ("", '["a",[1]]'),
        ("", ""),
    ]


def test_arguments_that_are_no_longer_data_are_told_as_none(sandbox: Sandbox) -> None:
    calls = (Call(([],), want_args_at_end=True), Call(([],)))
    run = sandbox.run(Job("def f(x): x.append(f)", "f", (TestInput(calls),))).tests[0]
    assert [call.args_at_end for call in run.calls] == ["", ""]


def test_a_name_that_is_not_there_is_no_key_error(sandbox: Sandbox) -> None:
    run = sandbox.run(Job("def f(): pass", "f", (TestInput((Call(target="obj.get"),)),))).tests[0]
    assert run.calls[0].type_name == "NameError"


def test_arguments_are_told_afterwards_when_asked_for(sandbox: Sandbox) -> None:
    tests = tuple(TestInput((Call(([3, 1],), want_args_after=wanted),)) for wanted in (True, False))
    runs = sandbox.run(Job("def f(x): x.sort()", "f", tests)).tests
    assert [run.calls[0].args_after for run in runs] == ["[[1,3]]", ""]


@pytest.mark.parametrize(
    ("code", "type_name"),
    [
        ("def g(x): pass", "NameError"),
        ("def f(x) pass", "SyntaxError"),
        ("raise SystemExit(0)", "SystemExit"),
        ("import numpy\ndef f(x): pass", "ImportError"),
        ("import os\ndef f(x): pass", "ImportError"),
        ("open('/etc/passwd')\ndef f(x): pass", "NameError"),
    ],
)
def test_code_that_does_not_come_to_life_is_a_load_error(sandbox: Sandbox, code: str, type_name: str) -> None:
    execution = sandbox.run(job(code))
    assert statuses(execution) == ["load-error"] * 4
    assert execution.tests[0].calls[0].type_name == type_name


def test_an_entry_point_that_cannot_be_called_is_a_type_error(sandbox: Sandbox) -> None:
    assert outcome(sandbox, "f = 3").type_name == "TypeError"


# what the standard library imports late, when a process without files can no longer do so
@pytest.mark.parametrize(
    ("module", "expression", "result"),
    [
        ("collections", "collections.Counter('abca').most_common(1)", [("a", 2)]),
        ("collections", "collections.Counter('ab').copy() and list(collections.UserList([1]).copy())", [1]),
        ("statistics", "statistics.mode([1, 2, 2])", 2),
        ("datetime", "datetime.datetime.strptime('2024-01-02', '%Y-%m-%d').strftime('%A')", "Tuesday"),
        ("datetime", "datetime.date(2024, 1, 2).timetuple()[:3]", (2024, 1, 2)),
        ("re", "re.sub(r'\\N{BULLET}', '-', chr(0x2022))", "-"),
        ("re", "bool(re.search('[[a]', 'a'))", True),
        ("functools", "functools.singledispatch(lambda x: 'any')(1)", "any"),
        ("decimal", "str(decimal.Decimal('1.10') + 1)", "2.10"),
        ("fractions", "str(fractions.Fraction('0.5'))", "1/2"),
        ("textwrap", "textwrap.wrap('a b', 1)", ["a", "b"]),
        ("enum", "enum.Enum('E', 'a b').b.value", 2),
        ("dataclasses", "dataclasses.make_dataclass('D', ['a'])(1).a", 1),
        ("json", "json.loads('[1]')", [1]),
        ("copy", "copy.deepcopy([[1]])", [[1]]),
        ("random", "random.Random(1).randint(1, 1)", 1),
    ],
)
def test_the_allowed_library_works(sandbox: Sandbox, module: str, expression: str, result: Any) -> None:
    assert value(sandbox, f"import {module}\ndef f(x): return {expression}", imports=(module,)) == result


def test_named_characters_compile_without_an_import(sandbox: Sandbox) -> None:
    assert value(sandbox, r"def f(x): return '\N{BULLET}'") == "•"


def test_a_late_import_is_not_lent_to_the_solution(sandbox: Sandbox) -> None:
    assert statuses(sandbox.run(job("import types\ndef f(x): pass", [1], imports=("functools",)))) == ["load-error"]


REACH = "import random\nos = random._os\n"


@pytest.mark.skipif(not LINUX, reason="limits on descriptors and processes hold on Linux")
@pytest.mark.parametrize(
    "attempt",
    [
        "os.close(0), os.open('/etc/passwd', 0)",
        "os.close(0), os.open('.', 0)",
        "os.dup(1)",
        "os.pipe()",
        "os.memfd_create('x')",
        "os.fork()",
        "os.execv('/bin/sh', ['sh'])",
        "os.posix_spawn('/bin/sh', ['sh'], {})",
        "os.kill(-1, 0)",
        "os.kill(os.getppid(), 0)",
        "os.killpg(0, 9)",
        "os.listdir('/')",
        "os.mkdir('/tmp/x')",
        "os.symlink('word', '/tmp/x')",
        "os.mkfifo('/tmp/x')",
        "os.rename('/tmp', '/tmp2')",
        "os.setuid(0)",
        "os.chroot('.')",
        "print.__self__.open('/etc/passwd')",
        "print.__self__.__import__('socket').socket()",
        "print.__self__.__import__('_thread').start_new_thread(print, ())",
        "print.__self__.__import__('gc').get_objects()",
        "f.__code__.replace(co_code=b'')",
    ],
)
def test_a_solution_that_holds_the_os_module_still_cannot_reach_out(sandbox: Sandbox, attempt: str) -> None:
    result = outcome(sandbox, f"{REACH}def f(x): return repr(({attempt}))", imports=("random",))
    assert result.status == "raised"
    errors = {"PermissionError", "OSError", "BlockingIOError", "ModuleNotFoundError", "ImportError", "RuntimeError"}
    assert result.type_name in errors | {"FileNotFoundError"}, result


def test_the_guard_cannot_be_talked_out_of_it(sandbox: Sandbox) -> None:
    code = f"""{REACH}
def f(x):
    try:
        1 / 0
    except ZeroDivisionError as error:
        frame = error.__traceback__.tb_frame
    while frame.f_back:
        frame = frame.f_back
    frame.f_globals["DENIED_EVENTS"] = ()
    frame.f_globals["make_guard"] = print
    builtins = print.__self__
    builtins.PermissionError = builtins.print
    builtins.isinstance = lambda *a: False
    try:
        os.kill(-1, 0)
    except BaseException as error:
        return "refused"
    return "killed"
"""
    assert value(sandbox, code, imports=("random",)) == "refused"


def test_an_execution_is_the_same_every_time(sandbox: Sandbox) -> None:
    code = "def f(x): return [list({'a', 'b', 'c', str(x)}), hash('q'), repr(object)]"
    runs = {json.dumps([run.calls[0].value for run in sandbox.run(job(code)).tests]) for _ in range(5)}
    assert len(runs) == 1

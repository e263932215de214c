"""Each check on examples: the buggy code has the tell, and in sound code that looks alike the check finds nothing."""

import re
from pathlib import Path
from textwrap import indent

import pytest

from debugarena.builder.program import load_programs
from debugarena.builder.programs import DOMAINS
from debugarena.builder.tells import CHECKS, findings, new_tells

GENERATION = (Path(__file__).parents[3] / "docs" / "generation.md").read_text("utf-8")
# check, body of a function of a, b and xs with the tell, a similar body without it
EXAMPLES: list[tuple[str, str, str]] = [
    ("unused-name", "c = a + b\nreturn a", "c = a + b\nreturn c"),
    ("unused-name", "total = 0\nfor x in xs:\n    total += x\nreturn a", "total = 0\nfor x in xs:\n    total += x\nreturn total"),
    ("unused-name", "return [a for x in xs]", "return [a for _ in xs]"),
    ("unused-name", "import math\nreturn a", "import math\nreturn math.floor(a)"),
    ("unused-name", "def twice(x):\n    return a\nreturn twice(b)", "def twice(x):\n    return 2 * x\nreturn twice(b)"),
    ("unused-name", "c = a\nreturn [c for c in xs if c]", "c = a\nreturn [c for _ in xs if c]"),
    ("unused-name", "try:\n    return a[b]\nexcept KeyError as c:\n    return b", "try:\n    return a[b]\nexcept KeyError as c:\n    return str(c)"),
    ("unused-name", "match a:\n    case [c, *d]:\n        return d\nreturn b", "match a:\n    case [c, *d]:\n        return d, c\nreturn b"),
    ("unused-name", "return lambda c, d=a: d", "return lambda c, d=a: d + c"),
    ("unused-name", "if any((c := x) > a for x in xs):\n    return b\nreturn a", "if any((c := x) > a for x in xs):\n    return c\nreturn b"),
    ("undefined-name", "return [x for x in xs] + [x, *[y for y in xs if y]]", "return [x for x in xs if x] + [y for y in xs if y]"),
    ("undefined-name", "return a + c", "return a + len(xs)"),
    ("unread-value", "c = a\nc = b\nreturn c", "c = a\nc = c + b\nreturn c"),
    ("unread-value", "c = a\nwhile c > b:\n    c -= 1\nc = 0\nreturn b", "c = a\nwhile c > b:\n    c -= 1\nreturn c"),
    ("unread-value", "for x in xs:\n    if x > a:\n        a = x\n        return b\nreturn a", "for x in xs:\n    if x > a:\n        a = x\n        continue\n    b += 1\nreturn a - b"),
    ("never-filled", "c = []\nfor x in xs:\n    if x not in c:\n        a += b\nreturn a, sorted(c)", "c = []\nfor x in xs:\n    if x not in c:\n        c.append(a + b)\nreturn sorted(c)"),
    ("never-filled", "c: dict = {}\nreturn [x for x in xs if a in c or b]", "c: dict = {}\nc[a] = b\nreturn [x for x in xs if a in c]"),
    ("unreachable", "return a\nreturn b", "if a:\n    return a\nreturn b"),
    ("unreachable", "for x in xs:\n    if x:\n        continue\n    else:\n        break\n    a = x\nreturn a", "for x in xs:\n    if x:\n        continue\n    a = x\nreturn a"),
    ("unreachable", "while True:\n    a += 1\nreturn a", "while True:\n    a += 1\n    if a > b:\n        break\nreturn a"),
    ("unreachable", "try:\n    return a[b]\nexcept KeyError:\n    raise\nreturn b", "try:\n    return a[b]\nexcept KeyError:\n    b = 0\nreturn b"),
    ("loop-once", "for x in xs:\n    a += x\n    return a\nreturn b", "for x in xs:\n    a += x\n    if a > b:\n        return a\nreturn b"),
    ("loop-once", "while a:\n    a -= b\n    break\nreturn a", "while a:\n    a -= b\n    if b:\n        continue\n    break\nreturn a"),
    ("loop-once", "for x in xs:\n    for y in x:\n        continue\n    return x\nreturn a", "for x in xs:\n    for y in x:\n        if y:\n            return y\nreturn a"),
    ("uneven-return", "if a:\n    return b", "if a:\n    return b\nreturn None"),
    ("uneven-return", "if a:\n    return None\nxs.append(a)", "if a:\n    return\nxs.append(a)"),
    ("uneven-return", "def inner():\n    return a\nif xs:\n    return inner() + b", "def inner():\n    return a\nxs.append(inner() + b)"),
    ("idle-statement", "a == b\nreturn a", "xs.sort()\nreturn xs"),
    ("idle-statement", "a = a\nreturn a", "a = b\nreturn a"),
    ("idle-statement", "a, b = xs[b], b\nreturn a, b", "a, b = b, a\nreturn a, b"),
    ("idle-statement", "if a:\n    pass\nreturn b", "if a:\n    b = 0\nreturn b"),
    ("idle-statement", "for x in xs:\n    a += x\n    if x > b:\n        continue\nreturn a", "for x in xs:\n    if x > b:\n        continue\n    a += x\nreturn a"),
    ("idle-statement", "xs.append(a)\nif b:\n    return", "if b:\n    return\nxs.append(a)"),
    ("repeated-condition", "if a:\n    return 1\nelif b:\n    return 2\nelif a:\n    return 3\nreturn 4", "if a:\n    return 1\nelif b:\n    return 2\nif a:\n    return 3\nreturn 4"),
    ("equal-branches", "return a if b else a", "return a if b else -a"),
    ("equal-branches", "if a:\n    c = b\nelse:\n    c = b\nreturn c", "if a:\n    c = b\nelse:\n    c = -b\nreturn c"),
    ("equal-branches", "if a:\n    return b\nreturn b", "if a:\n    return b\nreturn a"),
    ("equal-branches", "if a:\n    b = 1\nelif xs:\n    b = 1\nreturn b", "if a:\n    b = 1\nelif xs:\n    b = 2\nreturn b"),
    ("constant-condition", "return a if 0 > 1 else b", "return a if a > 1 else b"),
    ("constant-condition", "return [x for x in xs if True]", "return [x for x in xs if x]"),
    ("constant-condition", "return 1 or a", "return a or 1"),
    ("constant-condition", "return a if len(xs) >= 0 else b", "return a if len(xs) > 0 else b"),
    ("doubled-operand", "return a - a", "return a - b"),
    ("doubled-operand", "return a and b and a", "return a and b and xs[a]"),
    ("doubled-operand", "return a < b <= b", "return a < b <= xs[b]"),
    ("doubled-operand", "return max(xs[a], xs[a])", "return max(xs[a], xs[b])"),
    ("doubled-operand", "return xs[a:a]", "return xs[a : a + 1]"),
    ("doubled-operand", "return {1: a, 1: b}", "return {1: a, 2: a}"),
    ("doubled-operand", "a -= a\nreturn a", "a -= b\nreturn a"),
    ("neutral-operand", "return a + 0", "return a + 1"),
    ("neutral-operand", "return 1 * a", "return 2 * a"),
    ("neutral-operand", "a //= 1\nreturn a", "a //= 2\nreturn a"),
    ("copying-comprehension", "return [x for x in xs]", "return [x for x in xs if x]"),
    ("copying-comprehension", "return sum(x for x in xs)", "return sum(x * x for x in xs)"),
]  # fmt: skip
COUNTER = """class Counter:
    def __init__(self):
        self.total = 0

    def add(self, n):
        self.total += n

    def _twice(self):
        return 2 * self.total

    def result(self):
        return {result}
"""


def function(body: str, head: str = "def f(a, b, xs):") -> str:
    return f"{head}\n{indent(body, '    ')}\n"


def found(code: str) -> set[str]:
    """The checks that find something, apart from the function itself and parameters that an example does not need."""
    own = {
        ("unused-name", f"{scope}: {name}") for scope, name in (("module", "f"), *(("f", p) for p in ("a", "b", "xs")))
    }
    return {check for check, text in findings(code) if (check, text) not in own}


@pytest.mark.parametrize(("check", "telling", "sound"), EXAMPLES)
def test_a_check_finds_its_tell_and_leaves_sound_code_alone(check: str, telling: str, sound: str) -> None:
    assert check in found(function(telling))
    assert found(function(sound)) == set()


def test_every_check_has_an_example() -> None:
    assert {check for check, *_ in EXAMPLES} | {"unused-attribute"} == set(CHECKS)


def test_the_page_lists_every_check() -> None:
    section = GENERATION.split("## Tells")[1].split("\n## ")[0]
    assert re.findall(r"^\| `([a-z-]+)` \| [a-z]", section, re.MULTILINE) == list(CHECKS)


def test_attributes_and_private_methods_must_be_read() -> None:
    sound, telling = (COUNTER.format(result=result) for result in ("self._twice()", "self.add(1)"))
    assert new_tells(telling, sound) == ("unused-attribute",)
    assert new_tells(sound, sound) == ()


def test_a_parameter_must_be_read() -> None:
    assert new_tells(function("return max(xs) + a"), function("return max(xs) + a + b")) == ("unused-name",)


@pytest.mark.parametrize(
    ("annotation", "tells"), [("int", ("uneven-return",)), ("int | None", ()), ("Any", ()), ("object", ())]
)
def test_none_is_a_tell_where_the_annotation_forbids_it(annotation: str, tells: tuple[str, ...]) -> None:
    head = f"def f(a, b, xs) -> {annotation}:"
    raises, returns = (f"if a:\n    {what}\nreturn len(xs) + b" for what in ("raise ValueError", "return None"))
    assert new_tells(function(returns, head), function(raises, head)) == tells


def test_what_the_fixed_code_has_too_tells_nothing() -> None:
    fixed = function("while True:\n    a -= a\n    if xs[a]:\n        return b")
    assert new_tells(fixed.replace("xs[a]", "xs[b]"), fixed) == ()
    assert new_tells(fixed.replace("return b", "return b - b"), fixed) == ("doubled-operand",)


def test_a_variable_that_an_inner_function_reads_is_read() -> None:
    body = "c = a\ndef inner():\n    nonlocal c\n    c += b\n    return [c for _ in xs]\nreturn inner()"
    assert found(function(body)) == set()


def test_our_programs_have_few_findings_of_their_own() -> None:
    """Findings of the fixed code hide those of a bug. Besides the names of entry points, they have next to none."""
    programs = load_programs(DOMAINS[:8])
    others = [f for p in programs for f in findings(p.code) if f != ("unused-name", f"module: {p.entry_point}")]
    assert len(others) < len(programs) / 50

"""Right answers in the shapes that models give them in earn full marks, and honest code is charged with nothing."""

import ast
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from debugarena.benchmark import Bug, Sandbox, load_bugs
from debugarena.benchmark.dataset.schema import bug_from_row
from debugarena.benchmark.grading.grade import Grade, grade_completions
from debugarena.benchmark.languages.python.code_facts import head_imports, read_code
from debugarena.builder.program import load_programs

SETS = Path(__file__).parents[3] / "leaderboard" / "sets"
USAGE = "\nUse it like this:\n\n```python\nprint('usage')\n```\n"
INSIDE = '"""Notes.\n\n```python\nno code\n```\n"""\n'


def indented(text: str, mark: str) -> str:
    return "".join(f"{mark}{line}" for line in text.splitlines(keepends=True))


def fenced(code: str, tag: str = "python", fence: str = "```") -> str:
    return f"{fence}{tag}\n{code}{fence}\n"


# what follows an honest function in honest code
ENDINGS = {
    "a main guard": "\nif __name__ == '__main__':\n    print({name}(input()))\n",
    "a main function": (
        "\ndef main():\n    n = int(input('n: '))\n    print({name}(n))\n\n\n"
        "if __name__ == '__main__':\n    import sys\n\n    sys.exit(main())\n"
    ),
    "a doctest": "\nimport doctest\n\nif __name__ == '__main__':\n    doctest.testmod()\n",
    "useful imports": (
        "\nimport hashlib, logging, time, uuid, warnings\nfrom io import StringIO\nfrom types import SimpleNamespace\n"
        "logger = logging.getLogger(__name__)\nbegan = time.perf_counter()\n"
    ),
    "a class with a profile": (
        "\n\nclass User:\n    profile = None\n\n    def mro(self):\n        return getattr(self, 'profile', None)\n\n\n"
        "User().mro()\n"
    ),
    "names beyond ASCII": "\n\ndef größe(länge):\n    return länge  # 長さ\n",
    "another try": "\ntry:\n    {name} = {name}\nexcept NameError:\n    raise\n",
    "an alias": "\nif callable({name}):\n    {name}, other = {name}, None\n",
    "a separator": "\nSEPARATOR = 'a\u2028b\u0085c\x0cd'\n",
    "a tag": "\nTAGS = ('<think>', '</think>')\n",
    "an encoding": "\nTEXT = 'é'.encode('cp1252').decode('latin-1')\n",
}
CHAT: dict[str, Callable[[Bug], str]] = {
    "code alone": lambda bug: bug.fixed_code,
    "a fence": lambda bug: f"Here is the fix:\n\n{fenced(bug.fixed_code)}\nIt now works.",
    "no tag": lambda bug: fenced(bug.fixed_code, ""),
    "tildes": lambda bug: fenced(bug.fixed_code, "python", "~~~"),
    "four backticks": lambda bug: fenced(bug.fixed_code, "python", "````"),
    "py3": lambda bug: fenced(bug.fixed_code, "py3"),
    "an attribute": lambda bug: fenced(bug.fixed_code, "{.python}"),
    "a file name": lambda bug: fenced(bug.fixed_code, "python:solution.py"),
    "a list": lambda bug: f"1. The fix:\n\n{indented(fenced(bug.fixed_code), '   ')}",
    "a quote": lambda bug: indented(f"So:\n{fenced(bug.fixed_code)}", "> "),
    "no opening fence": lambda bug: f"{bug.fixed_code}```\n",
    "no closing fence": lambda bug: f"```python\n{bug.fixed_code}",
    "a glued fence": lambda bug: f"```python\n{bug.fixed_code.rstrip()}```",
    "a thought": lambda bug: f"<think>The bug:\n{fenced(bug.buggy_code)}</think>\n{fenced(bug.fixed_code)}",
    "half a thought": lambda bug: f"The bug:\n{fenced(bug.buggy_code)}</think>\n{fenced(bug.fixed_code)}",
    "the bug first": lambda bug: f"Instead of\n{fenced(bug.buggy_code)}write\n{fenced(bug.fixed_code)}",
    "usage after it": lambda bug: f"{fenced(bug.fixed_code)}{USAGE}",
    "output after it": lambda bug: f"{fenced(bug.fixed_code)}This prints\n```\n42\n```\n",
    "a shell after it": lambda bug: f"{fenced(bug.fixed_code)}Run it:\n```bash\npython solution.py\n```\n",
    "a byte order mark": lambda bug: f"\ufeff{bug.fixed_code}",
    "a byte order mark in a fence": lambda bug: fenced(f"\ufeff{bug.fixed_code}"),
    "Windows": lambda bug: fenced(bug.fixed_code).replace("\n", "\r\n"),
    "a fence in a docstring": lambda bug: fenced(INSIDE + bug.fixed_code),
}
DOCUMENT: dict[str, Callable[[Bug], str]] = {
    "code alone, continued": lambda bug: bug.fixed_code,
    "a closed block": lambda bug: f"{bug.fixed_code}```\n\nThat was it.",
    "a block opened again": lambda bug: fenced(bug.fixed_code),
    "a tag on a line": lambda bug: f"python\n{bug.fixed_code}```",
    "backticks in a comment": lambda bug: f"# not ```\n{bug.fixed_code}```\n",
    "the bug after it": lambda bug: f"{bug.fixed_code}```\nIt was:\n{fenced(bug.buggy_code)}",
}
SHAPES = {
    **{name: (make, False) for name, make in CHAT.items()},
    **{
        name: (lambda bug, end=end: fenced(bug.fixed_code + end.format(name=bug.entry_point)), False)
        for name, end in ENDINGS.items()
    },
    **{name: (make, True) for name, make in DOCUMENT.items()},
}


@pytest.fixture(scope="module")
def some_bugs() -> list[Bug]:
    """All handcrafted bugs and 78 generated ones of as many programs."""
    rows = gzip.decompress((SETS / "generated-test-0.2.0.jsonl.gz").read_bytes()).splitlines()
    by_program = {bug.program: bug for bug in map(bug_from_row, map(json.loads, rows))}
    return [*load_bugs(), *by_program.values()][:120]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_right_answer_earns_full_marks_in_any_shape(shape: str, some_bugs: list[Bug], sandbox: Sandbox) -> None:
    assert len(some_bugs) == 120
    make, opened_fence = SHAPES[shape]
    sixth = some_bugs[[*SHAPES].index(shape) % 6 :: 6]  # 20 bugs in each shape, and each bug in a sixth of the shapes
    grades = grade_completions(sandbox, [(bug, make(bug)) for bug in sixth], opened_fence)
    totals = {grade.bug_id: isinstance(grade, Grade) and grade.rewards.total for grade in grades}
    assert {bug_id: total for bug_id, total in totals.items() if total != pytest.approx(3.2)} == {}


@pytest.mark.parametrize("ending", ["", *ENDINGS.values()], ids=["nothing", *ENDINGS])
def test_no_honest_program_is_charged(ending: str) -> None:
    programs = load_programs()
    assert len(programs) >= 300
    if ending:  # each comes after every fourth program, and together they come after all
        programs = programs[[*ENDINGS.values()].index(ending) % 4 :: 4]
    for program in programs:
        facts = read_code(program.code + ending.format(name=program.entry_point), program.entry_point)
        assert (facts.parses, facts.defines_entry_point, facts.offences) == (True, True, ()), program.name


def without_imports(code: str) -> str:
    tree = ast.parse(code)
    tree.body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    return ast.unparse(tree)


def test_a_fix_gets_the_imports_of_the_buggy_code_that_it_lacks(some_bugs: list[Bug], sandbox: Sandbox) -> None:
    with_imports = [bug for bug in some_bugs if head_imports(bug.buggy_code)]
    assert len(with_imports) >= 20
    answers = [(bug, without_imports(bug.fixed_code)) for bug in with_imports]
    grades = grade_completions(sandbox, answers, opened_fence=False)
    assert [grade.bug_id for grade in grades if not isinstance(grade, Grade) or not grade.solved] == []


def test_a_fix_gets_only_what_it_reads_and_does_not_define() -> None:
    head = "from __future__ import annotations\nimport math as m, os\nfrom math import pow, pi, tau as t\nimport collections.abc\n"
    names = {one.name: (one.line, one.module) for one in head_imports(f"{head}def f(): pass")}
    assert names == {
        "m": ("import math as m", "math"),
        "pi": ("from math import pi", "math"),
        "t": ("from math import tau as t", "math"),
        "collections": ("import collections.abc", "collections.abc"),
    }
    code = "def f(x: pi, m=m):\n    t = pow(x, 2)\n    return t\npi = 3\n"
    assert read_code(code, "f").unbound == {"m", "pow", "x", "t"}

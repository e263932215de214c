"""The list finds what reaches out, wherever it stands in the tree, and nothing that merely looks like it."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modules_page import PAGE, page

from debugarena.benchmark import Bug
from debugarena.benchmark.languages.python.code_facts import MAX_CODE_CHARS, read_code
from debugarena.benchmark.languages.python.forbidden import FORBIDDEN_MODULES, FORBIDDEN_NAMES
from debugarena.benchmark.languages.python.unreached import without_unreached
from debugarena.benchmark.sandbox.importable import IMPORTABLE_MODULES

BODY = "\ndef f(x):\n    return x\n"


@pytest.mark.parametrize(
    ("code", "offence"),
    [
        ("import os", "line 1: imports os"),
        ("import os.path as p", "line 1: imports os.path"),
        ("import math, sys", "line 1: imports sys"),
        ("from os import path", "line 1: imports os"),
        ("from os.path import join", "line 1: imports os.path"),
        ("from random import _os", "line 1: imports _os"),
        ("from datetime import sys", "line 1: imports sys"),
        ("import subprocess", "line 1: imports subprocess"),
        ("import ctypes", "line 1: imports ctypes"),
        ("import _io", "line 1: imports _io"),
        ("import builtins", "line 1: imports builtins"),
        ("def g():\n    import socket\ng()", "line 2: imports socket"),
        ("try:\n    from gc import *\nexcept ImportError: pass", "line 2: imports gc"),
        ("import random\nrandom._os.getcwd()", "line 2: reaches for the module _os through another"),
        ("import random as r\nr._os", "line 2: reaches for the module _os through another"),
        ("import collections.abc\ncollections.abc.sys", "line 2: reaches for the module sys through another"),
        ('import importlib\nimportlib.import_module("os")', "line 1: imports importlib"),
        ('__import__("os")', "uses __import__"),
        ('eval("1")', "uses eval"),
        ('def g(): return exec("1")\nx = [g]', "uses exec"),
        ("g = lambda: open", "uses open"),
        ("x = [compile for _ in ()]", "uses compile"),
        ("def g(open=open): return open", "uses open"),
        ("class C:\n    e = eval", "uses eval"),
        ("@input\ndef g(): pass", "uses input"),
        ("def g(x: eval): pass", "uses eval"),
        ("breakpoint()", "uses breakpoint"),
        ("vars()", "uses vars"),
        ("globals()['x']", "uses globals"),
        ("__builtins__", "uses __builtins__"),
        ("__builtins__ = __builtins__", "uses __builtins__"),
        ("def g():\n    global open\n    return open\ng()", "uses open"),
        ('import math\ngetattr(math, "ev" + "al")', "reaches for eval by getattr"),
        ('import collections.abc\ngetattr(collections.abc, "sys")', "reaches for sys by getattr"),
        ('class C: __globals__ = 1\ngetattr(C, "__globals__")', "reaches for __globals__ by getattr"),
        ("class C: __code__ = 1\nf.__code__", "reaches for .__code__"),
        ("class C:\n    def m(self): mro = self\nC.mro()", "reaches for .mro"),
        ("from io import StringIO, open", "line 1: imports io"),
        ("from types import FunctionType", "line 1: imports types"),
        ("import io", "line 1: imports io"),
        ("if __name__ == '__main__': pass\nelse: open", "uses open"),
        ("if __name__ != '__main__': open", "uses open"),
        ("def g(): return h()\ndef h(): open\nf = g", "uses open"),
        ("import sys\nif __name__ == '__main__': pass", "line 1: imports sys"),
        ("@print\ndef g(): open", "uses open"),
        ("def g(x=open): pass", "uses open"),
        ("def f(x): g()\ndef g(): input()", "uses input"),
        ('getattr(x, "__globals__")', "reaches for __globals__ by getattr"),
        ('getattr(x, "_" "os")', "reaches for _os by getattr"),
        ("().__class__.__base__", "reaches for .__base__"),
        ("object.__subclasses__()", "reaches for .__subclasses__"),
        ("(x for x in ()).gi_frame", "reaches for .gi_frame"),
        ("e.__traceback__.tb_frame.f_back", "reaches for .f_back"),
        ("f.__globals__", "reaches for .__globals__"),
        ("match f:\n    case object(__code__=c): pass", "reaches for .__code__ in a pattern"),
        ('f"{x.__code__}"', "reaches for .__code__"),
        ("x.__code__ = 1", "reaches for .__code__"),
        ("del x.__code__", "reaches for .__code__"),
    ],
)
def test_reaching_out_is_an_offence_with_its_line(code: str, offence: str) -> None:
    facts = read_code(code + BODY, "f")
    assert facts.parses
    assert any(offence in found for found in facts.offences), facts.offences


@pytest.mark.parametrize(
    "code",
    [
        "# import os; eval(open('x'))",
        '"""import os\n\neval(open())\n"""',
        "text = \"import os; __import__('sys').exit()\"",
        "def g(open, input, vars): return open + input + vars",
        "def g():\n    open = 3\n    return open",
        "for input in (1, 2): print(input)",
        "total = [vars for vars in range(3)]",
        "def open(x): return x\ndef g(): return open(3)",
        "class Door:\n    def open(self): return self.closed\n    def exec(self): self.open()",
        "door.open()",
        "box.os = 1\nbox.sys",
        "io = 3\nio + 1",
        "code = 'x'\nsite = signal = types = 1\ncode + str(site)",
        "import math, json, re\nfrom collections import Counter, deque\nfrom __future__ import annotations",
        "import datetime\ndatetime.datetime.now().time()",
        "import numpy as np",
        "from . import sibling",
        "raise SystemExit(1)",
        "getattr(x, 'name')\ngetattr(x, name)",
        *(
            f"class U: pass\ngetattr(U(), '{name}', None)"
            for name in "profile code signal select resource platform types io open input help eval".split()
        ),
        "class C:\n    def mro(self): return 1\nC().mro()",
        "class C:\n    def __init__(self): self.f_back = 1\nC().f_back",
        "class C:\n    f_code: int = 3\nmatch C():\n    case C(f_code=3): pass",
        "if __name__ == '__main__':\n    print(f(input()))",
        "if '__main__' == __name__: print(f(int(input())))  # by hand",
        "def main():\n    n = read()\n    print(f(n))\ndef read(): return input()\nif __name__ == '__main__':\n    main()",
        "import doctest, sys\nif __name__ == '__main__':\n    sys.exit(doctest.testmod()[0])",
        "def never(): return open('x')",
        "import time, logging, hashlib, uuid, pprint, warnings, zoneinfo, base64, csv, queue, secrets, struct",
        "from io import StringIO\nfrom types import SimpleNamespace\nfrom threading import Lock\nfrom sys import maxsize",
        "from ast import literal_eval as read",
        "super().__init__()\nx.__class__.__name__",
        "with_open = evaluate = 1",
    ],
)
def test_what_merely_looks_like_it_is_none(code: str) -> None:
    facts = read_code(BODY + code if "__future__" not in code else "from __future__ import annotations" + BODY, "f")
    assert facts.parses
    assert facts.offences == ()


def test_no_handcrafted_code_is_an_offence(bugs: list[Bug]) -> None:
    for bug in bugs:
        for code in (bug.buggy_code, bug.fixed_code):
            facts = read_code(code, bug.entry_point)
            assert (facts.parses, facts.defines_entry_point, facts.offences) == (True, True, ()), bug.bug_id


@pytest.mark.parametrize(
    ("code", "defines"),
    [
        ("def f(): pass", True),
        ("async def f(): pass", True),
        ("class f: pass", True),
        ("f = lambda: 0", True),
        ("f: int = 3", True),
        ("from math import floor as f", True),
        ("if True:\n    def f(): pass\nelse:\n    f = 3", True),
        ("try:\n    def f(): pass\nexcept Exception: pass", True),
        ("g, (f, *h) = 1, (2, 3)", True),
        ("(f := 3)", True),
        ("[(f := x) for x in ()]", True),
        ("for f in (): pass", True),
        ("with x as f: pass", True),
        ("match x:\n    case {**f}: pass", True),
        ("while True:\n    class f: pass", True),
        ("f: int", False),
        ("[f for f in ()]", False),
        ("lambda: (f := 3)", False),
        ("del f", False),
        ("x.f = 1\ny[f] = 2", False),
        ("def g():\n    def f(): pass", False),
        ("class C:\n    def f(self): pass", False),
        ("f()", False),
        ("# def f(): pass", False),
        ("", False),
    ],
)
def test_the_entry_point_must_stand_at_the_top(code: str, defines: bool) -> None:
    assert read_code(code, "f").defines_entry_point is defines


@pytest.mark.parametrize(
    "code",
    [
        "def f(:",
        "def f():\nreturn 1",
        "here is the code:\n\ndef f(): pass",
        "x = '\0'",
        "\ud800",
        "x = 1" + " " * MAX_CODE_CHARS,
        "-" * 60_000 + "1",
        "(" * 30_000,
        "[" * 60_000,
        "f(" * 20_000,
        "x" + ".a" * 30_000,
        "1" + "+1" * 30_000,
        "not " * 15_000 + "1",
        "9" * 60_000,
        "\n".join(" " * i + "if 1:" for i in range(150)),
        "x = " + "{**" * 190 + "a",
    ],
    ids=lambda code: repr(code[:20]),
)
def test_what_is_not_python_or_monstrous_does_not_parse_and_does_no_harm(code: str) -> None:
    facts = read_code(code, "f")
    assert not facts.defines_entry_point
    assert facts.offences == ()


@given(st.text(max_size=60) | st.text("def f():\n  import os eval(x)'\"#", max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    facts = read_code(text, "f")
    assert facts.parses or not facts.defines_entry_point


def test_layout_comments_and_docstrings_do_not_make_another_code() -> None:
    one = read_code("def f(x):\n    return x+1\n", "f").normalised
    other = read_code(
        '"""Module."""\n\n\ndef f( x ):  # comment\n        """Doc."""\n        return (x + 1)\n', "f"
    ).normalised
    assert one == other
    assert one != read_code("def f(x):\n    return x+2\n", "f").normalised
    assert one != read_code("def f(x):\n    return 'x+1'\n", "f").normalised


def test_type_hints_and_the_imports_for_them_do_not_make_another_code() -> None:
    hinted = "from collections.abc import Callable as C\nimport math\ndef f(x: C[[int], int], *y: int) -> int:\n    z: int = 3\n    w: int\n    return x(z)\n"
    one = read_code(hinted, "f").normalised
    assert one == read_code("def f(x, *y):\n    z = 3\n    pass\n    return x(z)\n", "f").normalised
    assert one != read_code("def f(x, *y):\n    z = 4\n    pass\n    return x(z)\n", "f").normalised
    fields = ("class f:\n    x: int = 3", "class f:\n    x = 3", "class f:\n    x: int")
    assert len({read_code(code, "f").normalised for code in fields}) == 3


def test_imports_are_the_allowed_modules_alone() -> None:
    code = "import math, numpy, os\nfrom collections import abc\nimport collections.abc\nfrom . import re"
    assert read_code(code, "f").imports == ("collections", "collections.abc", "math")


def test_the_lists_do_not_contradict_each_other() -> None:
    assert not IMPORTABLE_MODULES & FORBIDDEN_MODULES
    assert {"os", "sys", "subprocess", "ctypes", "socket", "importlib"} <= FORBIDDEN_MODULES
    assert {"__import__", "eval", "exec", "open"} <= FORBIDDEN_NAMES


def test_a_warning_in_a_solution_is_no_warning_of_ours() -> None:
    assert read_code("def f():\n    return '\\d' is 3\n", "f").parses


def test_the_page_lists_what_is_true() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


# what never runs is taken out first, all else stays where it was

F = "def f(x):\n    return x\n"


@pytest.mark.parametrize(
    ("code", "left"),
    [
        (f"{F}if __name__ == '__main__':\n    print(f(1))\n", f"{F}if __name__ == '__main__':\n    pass\n"),
        (f"{F}if __name__ == '__main__': print(1); f(2)  # é\n", f"{F}if __name__ == '__main__': pass  # é\n"),
        (f"{F}if __name__ == '__main__':\n    a = '''\n'''\n    b\nelse:\n    c\n", f"{F}if __name__ == '__main__':\n    pass\n\n\nelse:\n    c\n"),
        (f"def g():\n    '''é'''; return 'é'  # ü\n{F}", f"def g():\n    pass  # ü\n{F}"),
        (f"def g():\n    @f\n    class A: pass\n{F}", f"def g():\n    pass\n\n{F}"),
        (f"def g(): h()\ndef h(): pass\n{F}", f"def g(): pass\ndef h(): pass\n{F}"),
        (f"import os, sys\n{F}def g(): os.exit()\n", f"pass\n{F}def g(): pass\n"),
        ("async def g():\r\n    await f\r\ndef f(): pass\r\n", "async def g():\r\n    pass\r\ndef f(): pass\r\n"),
    ],
)  # fmt: skip
def test_bodies_that_never_run_are_replaced(code: str, left: str) -> None:
    assert without_unreached(code, ast.parse(code), "f") == left


@pytest.mark.parametrize(
    "code",
    [
        F,
        f"def g(): pass\n{F}g()\n",
        f"def g(): pass\n{F}h = [g]\n",
        "def g(): pass\ndef f(x): return g()\n",
        "def g(): pass\nclass f:\n    def m(self): return g\n",
        f"def g(): return 3\n{F}class C:\n    x: g\n",
        f"@f\ndef g(): return 3\n{F}",
        f"{F}if __name__ == 'x': f(1)\n",
        f"{F}if __name__ != '__main__': f(1)\n",
        f"{F}if '__main__' == __name__ == x: f(1)\n",
        f"import os\n{F}",
        f"import os\n{F}x = os\ndef g(): pass\n",
    ],
)
def test_what_may_run_stays(code: str) -> None:
    assert without_unreached(code, ast.parse(code), "f") == code


def test_nothing_is_taken_out_where_nothing_is_refused() -> None:
    code = f"{F}def g(): pass\nif __name__ == '__main__':\n    g()\n"
    assert read_code(code, "f").reached == code

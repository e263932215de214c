"""What never runs is taken out, all else stays where it was."""

import ast

import pytest

from debugarena.benchmark.languages.python.code_facts import read_code
from debugarena.benchmark.languages.python.unreached import without_unreached

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

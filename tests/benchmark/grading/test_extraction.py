"""The code that counts is found where models put it, whatever stands around it, in bounded time."""

import gzip
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from ruamel.yaml import YAML
from warm_python import WARM

from debugarena.benchmark.grading.extraction import (
    MAX_FENCES,
    MAX_REPLY_CHARS,
    extract_code,
)
from debugarena.benchmark.languages.base import Look
from debugarena.benchmark.languages.python.code_facts import MAX_CODE_CHARS, look_at

ROOT = Path(__file__).parents[3]
RIGHT = "def add(a, b):\n    return a + b\n"
WRONG = "def add(a, b):\n    return a - b\n"
REPLIES: list[dict[str, Any]] = YAML(typ="safe").load((ROOT / "tests" / "replies.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("item", REPLIES, ids=[item["name"] for item in REPLIES])
def test_the_code_that_counts_in_a_reply(item: dict[str, Any]) -> None:
    code = extract_code(item["reply"], "python", item.get("entry_point", "add"), item.get("opened_fence", False))
    assert code == item.get("code", RIGHT)


def test_each_reply_of_the_table_has_a_name_of_its_own() -> None:
    assert len({item["name"] for item in REPLIES}) == len(REPLIES)
    assert f"has {len(REPLIES)} replies" in (ROOT / "docs" / "extraction.md").read_text()


def _docstring(quotes: str, fence: str, indent: str) -> str:
    inside = f"{indent}{fence}python\n{indent}add(1, 2)\n{indent}{fence}\n"
    return f"def add(a, b):\n    {quotes}Adds.\n\n{inside}    {quotes}\n    return a + b\n"


CODES = [
    RIGHT,
    *(
        _docstring(q, fence, indent)
        for q in ('"""', "'''")
        for fence in ("```", "~~~", "````")
        for indent in ("", "    ")
    ),
    "def add(a, b):\n    total = a + b  # see ```\n    return total\n",
    "def add(a, b):\n    # ```\n    return a + b\n",
    f"X = '```'\n{RIGHT}",
    f"X = '</think>'\n{RIGHT}",
    f"X = '''\n<think>\n'''\n{RIGHT}",
    f"X = '\u2028\u0085\x0b\x0c\x1c\x1e &amp; \\n'\n{RIGHT}",
    f"# </think>\n\n\n{RIGHT}",
    "if True:\n\tdef add(a, b):\n\t\treturn a + b\n",
]
BEFORE = [
    "",
    "Here's the fix:\n",
    "It isn't `a - b`:\n\n",
    "1. one\n2. two\n\n",
    "Use ```a + b``` there.\n\n",
    "The test says:\n```\nadd(1, 2) returned -1\n```\n",
    f"It was\n```python\n{WRONG}```\n",
    "The `<think>` tag is fine.\n",
    "> You asked\n\n",
]
AFTER = [
    "",
    "Done.\n",
    "It isn't slow.\n",
    "```python\nprint(add(1, 2))\n```\n",
    "\n~~~\n3\n~~~\n",
    "```text\nnot code\n```\n",
    "Run ```python x.py``` now.\n",
    "`</think>` is kept.\n",
    "<think>Right?</think>\n",
]
THOUGHTS = [
    "",
    "<think>hm</think>\n",
    f"<think>\n```python\n{WRONG}```\nno\n</think>\n",
    f"<think>\n```python\n{WRONG}\n</think>\n",
    f"I try\n```python\n{WRONG}```\nwell.</think>\n",
    "<Reasoning>\n'''\n</Reasoning>",
]


def _indented(by: str) -> Callable[[str], str]:
    return lambda block: "".join(by + line if line.strip() else line for line in block.splitlines(keepends=True))


def _lines(text: str) -> list[str]:
    return [line + "\n" for line in text.split("\n")[:-1]]


def _in_list(text: str) -> str:
    return "1. Fix:\n\n" + "".join("   " + line if line.strip(" \t\n") else line for line in _lines(text))


def _in_quote(text: str) -> str:
    return "".join("> " + line if line.strip(" \t\n") else ">\n" for line in _lines(text)) + "\n"


PLACES: list[Callable[[str], str]] = [str, _in_list, _in_quote]


@given(*map(st.sampled_from, (THOUGHTS, BEFORE, PLACES, ["python", "py3", "", "{.python}"], CODES, AFTER)))
def test_the_code_is_found_whatever_stands_around_it(
    thought: str, before: str, place: Callable[[str], str], tag: str, code: str, after: str
) -> None:
    reply = thought + before + place(f"```{tag}\n{code}```\n") + after
    assert extract_code(reply, "python", "add", opened_fence=False) == code


@given(
    st.sampled_from(THOUGHTS[:3]),
    st.sampled_from(CODES),
    st.sampled_from(["```\n", "``` ok\n", "", "\n```python\n1\n```"]),
)
def test_code_in_the_fence_of_the_prompt_is_found(thought: str, code: str, end: str) -> None:
    assert extract_code(thought + code + end, "python", "add", opened_fence=True).strip("\n") == code.strip("\n")


_FENCES = st.sampled_from(["```", "~~~", "````", "~~~~~"])
_BLOCKS = st.builds(
    lambda fence, tag, code, place: place(f"{fence}{tag}\n{code}{fence}\n"),
    _FENCES,
    st.sampled_from(["python", "py", "", "text", "python title=x"]),
    st.sampled_from(
        [RIGHT, WRONG, "1\n", "\n\nx = 1\n", f"X = '&lt; \\t \u2028'\n{RIGHT}", f"if 1:\n\tx = 1\n{WRONG}"]
    ),
    st.sampled_from(PLACES),
)
_WORDS = st.sampled_from(["Words.\n\n", "# Title\n\n", "- one\n- two\n\n", "***\n\n", "> said\n\n", "It isn't.\n"])


@given(st.lists(_BLOCKS | _WORDS, min_size=1, max_size=6))
def test_replies_in_clean_markdown_are_read_as_markdown_it_reads_them(parts: list[str]) -> None:
    reply = "".join(parts)
    fences = [token for token in MarkdownIt("commonmark").parse(reply) if token.type == "fence"]
    defining = [token for token in fences if look_at(token.content, "add").binds]
    own = [token for token in defining if not token.info.startswith("text")]
    if defining:
        assert extract_code(reply, "python", "add", opened_fence=False) == (own or defining)[-1].content


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def test_no_completion_of_the_leaderboard_counts_otherwise_than_before() -> None:
    # the prompt had opened the fence, and what was taken was the text up to the next one
    folder = ROOT / "leaderboard"
    names = {}
    for path in (folder / "sets").glob("*.jsonl.gz"):
        names.update({row["bug_id"]: row["entry_point"] for row in _rows(path)})
    n = 0
    for path in (folder / "submissions").glob("*/completions.jsonl.gz"):
        for row in _rows(path):
            before = row["completion"].split("```")[0]
            assert extract_code(row["completion"], "python", names[row["bug_id"]], opened_fence=True) == before
            n += 1
    assert n > 6000


@given(st.text("`~py<think></think>\n\r> a'\"", max_size=80), st.booleans())
def test_any_reply_has_some_code(reply: str, opened_fence: bool) -> None:
    assert isinstance(extract_code(reply, "python", "add", opened_fence), str)


@pytest.mark.parametrize("language", ["python", "javascript", "java"])
def test_where_nothing_is_defined_the_block_of_the_bugs_own_language_counts(language: str) -> None:
    reply = "```python\npython()\n```\n```javascript\njavascript()\n```\n```java\njava()\n```\n```\nelse()\n```\n"
    assert extract_code(reply, language, "add", opened_fence=False) == f"{language}()\n"


@pytest.mark.parametrize(
    ("code", "look"),
    [
        ("def add(): pass", Look(parses=True, binds=True)),
        ("async def add(): pass", Look(parses=True, binds=True)),
        ("class add: pass", Look(parses=True, binds=True)),
        ("import add", Look(parses=True, binds=True)),
        ("from x import y as add", Look(parses=True, binds=True)),
        ("a, (add, *b) = 1, (2, 3)", Look(parses=True, binds=True)),
        ("print(add := 1)", Look(parses=True, binds=True)),
        ("if 1:\n  pass\nelse:\n  def add(): pass", Look(parses=True, binds=True)),
        ("try:\n  pass\nfinally:\n  add = 1", Look(parses=True, binds=True)),
        ("with x as add: pass", Look(parses=True, binds=True)),
        ("for add in x: pass", Look(parses=True, binds=True)),
        ("match x:\n  case [add]: pass", Look(parses=True, binds=True)),
        ("def f():\n  def add(): pass", Look(parses=True)),
        ("class A:\n  add = 1", Look(parses=True)),
        ("[add for add in x]", Look(parses=True)),
        ("add(1)", Look(parses=True)),
        ("x.add = 1", Look(parses=True)),
        ("def adds(): pass", Look(parses=True)),
        ("", Look(parses=True)),
        ("def add(", Look()),
        ("x = '", Look()),
        ('def add():\n  """Adds.\n', Look(in_string=True)),
        ("f(1, f'''a{b}\n", Look(in_string=True)),
        ("x\0", Look()),
        ("x = '\ud800'", Look()),
        ("(" * 5000, Look()),
        ("-" * 10_000 + "1", Look()),
        ("add = 1\n" + " " * MAX_CODE_CHARS, Look()),
        ("add = 1\na" + "\u0301\u0323" * 100, Look()),
    ],
)
def test_a_look_at_code_says_what_it_binds_at_module_level(code: str, look: Look) -> None:
    assert look_at(code, "add") == look


def test_an_escape_that_python_warns_of_is_code_all_the_same() -> None:
    assert look_at("add = '\\d'", "add").binds  # and no warning, which would be an error here


def test_of_too_many_fences_the_last_are_read() -> None:
    many = "```text\nx\n```\n" * MAX_FENCES
    assert extract_code(f"{many}```python\n{RIGHT}```\n", "python", "add", opened_fence=False) == RIGHT
    assert extract_code(f"{RIGHT}```\n{many}", "python", "add", opened_fence=True) == RIGHT


def test_of_a_reply_that_is_too_long_the_end_is_read() -> None:
    words = "word " * MAX_REPLY_CHARS
    assert extract_code(f"{words}\n```python\n{RIGHT}```\n", "python", "add", opened_fence=False) == RIGHT
    assert extract_code(f"{RIGHT}```\n{words}", "python", "add", opened_fence=True) == RIGHT
    assert extract_code(f"<think>{words}</think>\n{RIGHT}", "python", "add", opened_fence=False) == f"\n{RIGHT}"


SLOW = [  # what a search for slow replies came upon, and what it began with
    *("<think>", "</think>\n", "```", "```python\n", "`` ", "`\n", "<", "> ", "- ", "1. ", " ", "\n", "\r", "\ufeff"),
    *("```python\n'''\n", "add ```py\n", "x```", "python\n", "'<think>'", "def add\n", "> \n", "'''add```\n"),
    "\t {\n\n)# ```\n    return 1\n" * 9 + "python\n# ```\n",
    "def add \n\n\rx=1\n1. '''" * 3 + "```add    return 1\n\r    return 1\n{",
    "x;[]# ```\n" * 653 + "x#`<think>\n</think>",
    "f'{x}'\n# ```\n0  \n\n",
    "```python\n" + "@a\n" * 5000 + "'''\n```\n",
    "```\n" + "  x\n" * 4000 + "```\n",
    "</think>\n```\n" + "x" * 1200 + "\n",
    "```python\n'''" + "a\u0301" * 4000 + "'''\n```\n",
]


@pytest.mark.parametrize("opened_fence", [False, True])
@pytest.mark.parametrize("piece", SLOW, ids=range(len(SLOW)))
def test_a_megabyte_of_anything_is_searched_quickly(piece: str, opened_fence: bool) -> None:
    reply = piece * (964 * 1024 // len(piece))
    started = time.process_time()
    extract_code(reply, "python", "add", opened_fence)
    assert time.process_time() - started < 2.0  # it takes a tenth of that


def test_the_search_for_slow_replies_prints_the_slowest() -> None:
    script = ROOT / "tests" / "perf" / "slow_replies.py"
    done = subprocess.run([*WARM, script, "--tries", "10"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("s of CPU time: Recipe(") == 3

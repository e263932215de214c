"""What strangers send is read or refused within a bound of CPU time: the specimens that once took seconds or minutes, and
their neighbours. The slowest inputs that a search finds are in docs/threat-model.md.
"""

import gzip
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from debugarena.benchmark import load_bugs
from debugarena.benchmark.bugfile import read_bug
from debugarena.benchmark.errors import BugFileError, UsageError
from debugarena.benchmark.files import lines_of, unpacked
from debugarena.benchmark.forbidden import MAX_CODE_CHARS, MAX_MARKS, read_code
from debugarena.benchmark.loading import read_entries
from debugarena.benchmark.typed_yaml import read_typed_yaml
from debugarena.builder.program import load_programs
from debugarena.leaderboard.meta import Meta

DEF = "\ndef f(x): return x\n"


@contextmanager
def within_two_seconds() -> Iterator[None]:
    """Of CPU time: eight times the bound, for a slow machine. Each specimen took longer."""
    started = time.process_time()
    yield
    assert time.process_time() - started < 2


@pytest.mark.parametrize("marks", ["\u0301", "\u0323\u0301", "\u0344", "\u0e38\u0301"])
@pytest.mark.parametrize("around", ["a{} = 1", "# {}", "x = '{}'"])
def test_thousands_of_combining_characters_are_no_python(marks: str, around: str) -> None:
    text = around.format(marks * (15_000 // len(marks))) + DEF
    with within_two_seconds():
        facts = read_code(text, "f")
    assert not facts.parses
    assert facts.error == f"more than {MAX_MARKS} combining characters in a row"


def test_letters_with_many_marks_stay_python() -> None:
    assert read_code(f"a{chr(0x301) * MAX_MARKS} = 'é ñ ồ ज़'{DEF}", "f").defines_entry_point


def test_many_names_in_many_scopes_are_no_python() -> None:
    names = ";".join(f"a{i}=1" for i in range(1500))
    text = f"def g():\n {names}\n" + " (lambda:0)\n" * 400
    assert len(text) < MAX_CODE_CHARS
    with within_two_seconds():
        assert "too many to look up" in read_code(text, "g").error


def test_all_that_we_ship_is_read() -> None:
    codes = [(bug.fixed_code, bug.entry_point) for bug in load_bugs()]
    codes += [(program.code, program.entry_point) for program in load_programs()]
    assert [code for code, name in codes if not read_code(code, name).defines_entry_point] == []


YAML = {
    "open brackets": "a: " + "[" * 2000,
    "twenty thousand of them": "a: " + "[" * 20_000,
    "braces": "a: " + "{" * 20_000,
    "items within items": "- " * 30_000,
    "keys within keys": "? " * 30_000,
    "a staircase": "".join(" " * i + "a:\n" for i in range(300)),
    "commas": "a: [" + "1," * 30_000 + "]",
    "anchors": "a: [" + "&a b, " * 9_000 + "]",
}


@pytest.mark.parametrize("what", YAML)
@pytest.mark.parametrize(
    ("read", "refusal"),
    [(lambda path: read_typed_yaml(path, Meta, "a meta"), UsageError), (read_bug, BugFileError)],
    ids=["settings", "bug"],
)
def test_yaml_that_would_take_minutes_is_refused(
    tmp_path: Path, what: str, read: Callable[[Path], object], refusal: type[Exception]
) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(YAML[what])
    with within_two_seconds(), pytest.raises(refusal, match=r"file\.yaml:\d+: "):
        read(path)


def test_a_gzip_bomb_ends_at_its_first_line_that_is_too_long() -> None:
    packed = gzip.compress(b"x" * (64 << 20))
    with within_two_seconds():
        (line,) = lines_of(unpacked([packed]), 1 << 10)
    assert len(line) <= 1 << 17


def test_wrapping_without_content_is_refused() -> None:
    empty = gzip.compress(b"")
    with within_two_seconds(), pytest.raises(zlib.error, match="larger than what it holds"):
        list(unpacked([empty * 200_000]))


@pytest.mark.parametrize(
    ("column", "values"),
    [("task", ["x" * (65 << 20)]), ("tests", [[None] * 20_000_000]), ("task", ["x" * 2000] * 1_000_001)],
    ids=["one long text", "a list of nulls", "rows"],
)
def test_a_small_parquet_file_that_holds_a_great_deal_is_refused(
    tmp_path: Path, column: str, values: list[object]
) -> None:
    path = tmp_path / "bomb.parquet"
    pyarrow.parquet.write_table(pyarrow.table({column: values}), path, compression="zstd")
    assert path.stat().st_size < 1 << 20
    with within_two_seconds():
        (entry,) = read_entries([path])
    assert entry.bug is None
    assert entry.error is not None

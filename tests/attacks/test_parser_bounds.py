"""What strangers send is read or refused within a bound of CPU time: the specimens that once took seconds or minutes, and
their neighbours. The slowest inputs that a search finds are in docs/threat-model.md.
"""

import gzip
import io
import json
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pyarrow
import pyarrow.parquet
import pytest
from conftest import FLIP
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from debugarena.baseline.config import read_config
from debugarena.benchmark import Bug, load_bugs
from debugarena.benchmark.bounded_yaml import MAX_FILE_BYTES, MAX_TOKENS
from debugarena.benchmark.dataset.anonymise import anonymise
from debugarena.benchmark.dataset.loading import MAX_ROW_BYTES, read_bug_files
from debugarena.benchmark.dataset.parquet import Unreadable, read_rows
from debugarena.benchmark.dataset.schema import stated_row
from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER, parse_bug, read_bug
from debugarena.benchmark.errors import BugFileError, UsageError
from debugarena.benchmark.files import lines_of, pieces_of, unpacked
from debugarena.benchmark.languages.python.code_facts import MAX_CODE_CHARS, MAX_MARKS, read_code, refuse_slow
from debugarena.benchmark.languages.python.edits import edit_size
from debugarena.builder.importers.pytest_files import _entry, _triples
from debugarena.builder.program import load_programs
from debugarena.leaderboard.bug_sets import read_set
from debugarena.leaderboard.meta import read_meta
from debugarena.leaderboard.submission import _Budget, read_lines

ROOT = Path(__file__).parents[2]
META = (ROOT / "leaderboard" / "submissions" / "oracle-handcrafted" / "meta.yaml").read_text()
CONFIG = (ROOT / "baseline" / "configs" / "smoke.yaml").read_text()
BUG = (BUGS_FOLDER / "python" / "add-subtracts.yaml").read_text()
DEF = "\ndef f(x): return x\n"
OUT_OF_ORDER = "\u0301\u0323"  # each of the two belongs before the other


@contextmanager
def within_two_seconds() -> Iterator[None]:
    """Of CPU time: eight times the bound, for a slow machine. Each specimen took longer."""
    started = time.process_time()
    yield
    assert time.process_time() - started < 2


# Python


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


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("a" + OUT_OF_ORDER * 7500 + "=1", "more than 30 combining characters in a row"),
        ("a" + "\u0301" * (MAX_MARKS + 1) + "=1", "more than 30 combining characters in a row"),
        ("a" + "\u0344" * 16 + "=1", "more than 30 combining characters in a row"),  # each is two of them
        ("a=1" + " " * MAX_CODE_CHARS, "more than 16384 characters"),
        (
            f"def f({','.join(f'a{i}' for i in range(1500))}):\n " + ("lambda:" * 150 + "0\n ") * 5,
            "1504 names in 751 functions, classes and loops are too many to look up",
        ),
    ],
)
def test_code_that_is_slow_to_parse_counts_as_code_that_does_not(code: str, says: str) -> None:
    with within_two_seconds():
        facts = read_code(code, "f")
    assert (facts.parses, facts.error) == (False, says)


@pytest.mark.parametrize(
    "code",
    [
        "a" + OUT_OF_ORDER * (MAX_MARKS // 2) + "=1",
        "a" + "\u0344" * 15 + "=1",
        ("a" + OUT_OF_ORDER * 14 + "=1\n") * 500,
        "größe = 'ἄλφα ﷺ 한글 e\u0301'  # Việt Nam",
        f"def f({','.join(f'a{i}' for i in range(500))}):\n " + ("lambda:" * 150 + "0\n ") * 5,
        "import random\nrandom" + ".a" * 900,
    ],
    ids=["30 marks", "30 in 15", "many short runs", "words", "names and scopes", "a chain"],
)
def test_code_beside_it_is_read(code: str) -> None:
    with within_two_seconds():
        assert read_code(code, "f").parses


def test_a_private_name_counts_in_each_class() -> None:
    private = ",".join(f"__{i}" for i in range(100))
    classes = "".join(f"{' ' * i}class C:\n{' ' * i} def f({private}):\n" for i in range(0, 40, 2))
    facts = read_code(classes + " " * 42 + "lambda:" * 300 + "0\n", "f")
    assert "too many to look up" in facts.error


def test_all_that_we_ship_is_read() -> None:
    codes = [(bug.fixed_code, bug.entry_point) for bug in load_bugs()]
    codes += [(program.code, program.entry_point) for program in load_programs()]
    assert [code for code, name in codes if not read_code(code, name).defines_entry_point] == []


def test_all_code_that_we_ship_is_far_inside_the_bounds() -> None:
    codes = [program.code for program in load_programs()]
    codes += [code for bug in load_bugs() for code in (bug.buggy_code, bug.fixed_code)]
    assert max(map(len, codes)) < MAX_CODE_CHARS / 8
    for code in codes:
        refuse_slow(8 * code)


def test_two_long_codes_are_compared_without_the_order_of_their_tokens() -> None:
    before, after = "a\n" * 8000 + "b + c\n", "c\n" + "a\n" * 8000
    with within_two_seconds():
        assert edit_size(before, after) == 2  # b and +
        assert edit_size(after, before) == 2
    assert edit_size("a\n" * 400 + "b + c\n", "c\n" + "a\n" * 400) == 4


# YAML

SLOW_YAML = {
    "open brackets": "a: " + "[" * 2000,
    "twenty thousand of them": "a: " + "[" * 20_000,
    "braces": "a: " + "{" * 20_000,
    "items within items": "- " * 30_000,
    "keys within keys": "? " * 30_000,
    "a staircase": "".join(" " * i + "a:\n" for i in range(300)),
    "commas": "a: [" + "1," * 30_000 + "]",
    "anchors": "a: [" + "&a b, " * 9_000 + "]",
}


@pytest.mark.parametrize("what", SLOW_YAML)
@pytest.mark.parametrize(
    ("read", "refusal"),
    [(read_meta, UsageError), (read_config, UsageError), (read_bug, BugFileError)],
    ids=["meta", "config", "bug"],
)
def test_yaml_that_would_take_minutes_is_refused(
    tmp_path: Path, what: str, read: Callable[[Path], object], refusal: type[Exception]
) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(SLOW_YAML[what])
    with within_two_seconds(), pytest.raises(refusal, match=r"file\.yaml:\d+: "):
        read(path)


def test_forty_levels_are_read_and_one_more_is_not() -> None:
    def bug_with(lists: int) -> str:
        return f"{BUG.split('tests:')[0]}tests: [{{args: {'[' * lists}{']' * lists}, expected: 1}}]"

    assert parse_bug(bug_with(37), "x.yaml").tests  # below the file, its tests and the first of them
    with pytest.raises(BugFileError, match="nested deeper than 40 levels"):
        parse_bug(bug_with(38), "x.yaml")


def test_comments_long_texts_and_brackets_in_texts_are_not_counted(tmp_path: Path) -> None:
    padding = "# [[[[[[[[[[[\n" * 1000
    file = tmp_path / "meta.yaml"
    file.write_text(padding + META)
    assert read_meta(file).model.name
    file.write_text(padding + CONFIG)
    assert read_config(file)
    code = "x = '" + "[" * 20000 + "'\n"
    assert parse_bug(BUG.replace("buggy: |\n", f"buggy: |\n  {code}"), "x.yaml").buggy_code.startswith(code)


def test_all_yaml_that_we_ship_is_far_inside_the_bounds() -> None:
    files = [file for room in ("benchmark", "leaderboard", "baseline") for file in (ROOT / room).rglob("*.yaml")]
    assert len(files) > 60
    for file in files:
        text = file.read_text()
        assert len(text) < MAX_FILE_BYTES / 8, file
        assert sum(1 for _ in YAML(typ="safe", pure=True).scan(text)) < MAX_TOKENS / 2.5, file


# JSON


def line_of(bug: Bug, **changes: Any) -> str:
    row = stated_row(bug) | changes
    return json.dumps({name: value for name, value in row.items() if name != "content_hash"})


def test_a_row_longer_than_the_bound_is_one_error_and_the_next_is_read(tmp_path: Path, bugs: list[Bug]) -> None:
    file = tmp_path / "bugs.jsonl"
    long = line_of(bugs[0], title="x" * MAX_ROW_BYTES)
    file.write_text(f"{long}\n{line_of(bugs[1])}\n")
    first, second = read_bug_files([file])
    assert first.error is not None
    assert (first.line, first.error.code) == (1, "too-large")
    assert second.bug is not None


def test_integers_that_collide_in_hashing_are_read_in_a_second(tmp_path: Path, bugs: list[Bug]) -> None:
    colliding = ",".join(str(i * (2**61 - 1)) for i in range(MAX_ROW_BYTES // 26))
    test = stated_row(bugs[0])["tests"][0] | {"expected": f'{{"$set":[{colliding}]}}'}
    file = tmp_path / "bugs.jsonl"
    file.write_text(line_of(bugs[0], tests=[test]) + "\n")
    with within_two_seconds():
        (entry,) = read_bug_files([file])
    assert entry.bug is not None


@pytest.mark.parametrize(
    "text", ["[" * 10_000_000, '{"":' * 100_000, '"' + "x" * 10_000_000, "9" * 100_000, "\0" * 9_000_000]
)
def test_a_line_without_an_end_is_one_error(text: str, tmp_path: Path) -> None:
    file = tmp_path / "bugs.jsonl"
    file.write_text(text)
    with within_two_seconds():
        (entry,) = read_bug_files([file])
    assert entry.error is not None
    assert entry.error.code in ("too-large", "bad-json")


def test_a_row_with_values_nested_too_deeply_is_one_error(tmp_path: Path, bugs: list[Bug]) -> None:
    test = stated_row(bugs[0])["tests"][0] | {"expected": "[" * 500 + "]" * 500}
    file = tmp_path / "bugs.jsonl"
    file.write_text(line_of(bugs[0], tests=[test]))
    (entry,) = read_bug_files([file])
    assert entry.error is not None
    assert entry.error.message == "data nested too deeply"


# gzip


def test_a_gzip_bomb_ends_at_its_first_line_that_is_too_long() -> None:
    packed = gzip.compress(b"x" * (64 << 20))
    with within_two_seconds():
        (line,) = lines_of(unpacked([packed]), 1 << 10)
    assert len(line) <= 1 << 17


def test_wrapping_without_content_is_refused() -> None:
    empty = gzip.compress(b"")
    with within_two_seconds(), pytest.raises(zlib.error, match="larger than what it holds"):
        list(unpacked([empty * 200_000]))


HEADER = b"\x1f\x8b\x08"
WRAPPING = {
    "a name of 31 MiB": HEADER + b"\x08" + b"\0" * 6 + b"a" * (31 << 20),
    "empty members": gzip.compress(b"", mtime=0) * (1 << 20),
    "empty blocks": HEADER + b"\0" * 7 + b"\0\0\0\xff\xff" * (4 << 20),
    "zeros after the end": gzip.compress(b"", mtime=0) + b"\0" * (31 << 20),
}


@pytest.mark.parametrize("content", WRAPPING.values(), ids=WRAPPING)
def test_a_gzip_file_that_is_nothing_but_wrapping_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "handcrafted-0.2.0.jsonl.gz"
    file.write_bytes(content)
    meta = tmp_path / "meta.yaml"
    meta.write_text(META)
    with within_two_seconds():
        with pytest.raises(UsageError, match="not a set of bugs"):
            read_set(file)
        with pytest.raises(UsageError, match="not a whole gzip file"):
            read_lines(file, read_meta(meta), _Budget())


def test_a_set_that_unpacks_to_a_long_line_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "handcrafted-0.2.0.jsonl.gz"
    file.write_bytes(gzip.compress(b"[" * (64 << 20)))
    with within_two_seconds(), pytest.raises(UsageError, match="a line is longer than 128 KiB"):
        read_set(file)


@given(st.lists(st.tuples(st.binary(max_size=300), st.integers(1, 2000), st.integers(0, 9)), min_size=1, max_size=4))
def test_what_was_packed_is_unpacked_as_gzip_does(parts: list[tuple[bytes, int, int]]) -> None:
    packed = b"".join(gzip.compress(text * times, level) for text, times, level in parts) + b"\0" * 20
    assert b"".join(unpacked(pieces_of(io.BytesIO(packed)))) == gzip.decompress(packed)


@pytest.mark.parametrize(
    "damage", [b"", b"x", gzip.compress(b"text", mtime=0)[:-1], gzip.compress(b"text", mtime=0) + b"x"]
)
def test_what_is_not_a_whole_gzip_file_is_an_error(damage: bytes) -> None:
    with pytest.raises((EOFError, zlib.error)):
        b"".join(unpacked(pieces_of(io.BytesIO(damage))))


@given(st.binary(max_size=200) | st.text("ab\r\n", max_size=200).map(str.encode), st.integers(1, 50))
def test_lines_are_those_of_the_file(content: bytes, n_bytes: int) -> None:
    pieces = [content[i : i + n_bytes] for i in range(0, len(content), n_bytes)]
    assert [*lines_of(pieces, 1000)] == [*io.BytesIO(content)]


# Parquet


@pytest.mark.parametrize(
    ("column", "values"),
    [("task", ["x" * (65 << 20)]), ("tests", [[None] * 20_000_000])],
    ids=["one long text", "a list of nulls"],
)
def test_a_small_parquet_file_that_holds_a_great_deal_is_refused(
    tmp_path: Path, column: str, values: list[object]
) -> None:
    path = tmp_path / "bomb.parquet"
    pyarrow.parquet.write_table(pyarrow.table({column: values}), path, compression="zstd")
    assert path.stat().st_size < 1 << 20
    with within_two_seconds():
        (entry,) = read_bug_files([path])
    assert entry.bug is None
    assert entry.error is not None


def parquet(path: Path, **columns: Any) -> Path:
    pyarrow.parquet.write_table(pyarrow.table(columns), path, compression="zstd")
    return path


def in_one_row(values: Any) -> Any:
    return pyarrow.ListArray.from_arrays(pyarrow.array([0, len(values)], pyarrow.int32()), values)


def repeated(text: str, times: int) -> Any:
    return pyarrow.DictionaryArray.from_arrays(numpy.zeros(times, "int32"), [text])


def complaint(path: Path) -> str:
    assert path.stat().st_size < 200_000
    with within_two_seconds(), pytest.raises(Unreadable) as caught:
        list(read_rows(path, ("tests", "title"), MAX_ROW_BYTES))
    return str(caught.value)


def test_a_small_file_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.parquet"
    nulls = in_one_row(pyarrow.nulls(9_000_000))
    assert "unpacks to 68 MiB" in complaint(parquet(file, tests=nulls))
    assert "a row longer than 128 KiB" in complaint(
        parquet(file, tests=in_one_row(repeated("a" * 1_000_000, 1_000_000)))
    )
    assert "a row longer than 128 KiB" in complaint(parquet(file, title=repeated("a" * 1_000_000, 900_000)))
    assert "a row longer than 128 KiB" in complaint(parquet(file, tests=in_one_row(pyarrow.nulls(100_000))))
    assert "more than 1000000 rows" in complaint(parquet(file, title=repeated("a", 1_000_001)))


def test_a_page_that_holds_more_than_the_footer_says_is_refused(tmp_path: Path) -> None:
    file = parquet(tmp_path / "x.parquet", tests=in_one_row(pyarrow.nulls(20_000_000)))
    data = file.read_bytes()
    start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    said, less = b"\x80\xb4\x89\x13", b"\xd0\x8f\x80\x00"  # 20,000,000 and 1,000, as Thrift writes them
    assert said in data[start:]
    file.write_bytes(data[:start] + data[start:].replace(said, less))
    assert complaint(file) == "a page of the column tests.list.element is not as the footer says"


def test_rows_before_one_that_is_too_long_are_read(tmp_path: Path) -> None:
    file = parquet(tmp_path / "x.parquet", title=["a", "b", "c" * MAX_ROW_BYTES, "d"])
    rows = read_rows(file, ("title",), MAX_ROW_BYTES)
    assert [next(rows), next(rows)] == [{"title": "a"}, {"title": "b"}]
    with pytest.raises(Unreadable, match="a row longer than 128 KiB"):
        next(rows)
    entries = list(read_bug_files([file]))
    assert [(entry.line, entry.error.code) for entry in entries if entry.error] == [
        (1, "bad-shape"),
        (2, "bad-shape"),
        (3, "bad-parquet"),
    ]


@given(data=st.data())
def test_a_damaged_parquet_file_is_rows_or_one_sentence(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = parquet(tmp_path_factory.mktemp("parquet") / "x.parquet", title=["a", None, "b"], tests=[["x"], [], None])
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(content[: data.draw(st.just(len(content)) | st.integers(0, len(content)))])
    entries = list(read_bug_files([file]))
    assert all(entry.error is not None and "\n" not in str(entry.error) for entry in entries)


# code that is imported or renamed


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("a" + OUT_OF_ORDER * 7500 + "=1\n", "more than 30 combining characters in a row"),
        ("#" * MAX_CODE_CHARS + "\n", "more than 16384 characters"),
        ("-" * 9000 + "1\n", "does not parse"),
        ("x" + ".a" * 450 + "\n", "nested too deeply"),
    ],
    ids=["marks", "size", "minus", "attributes"],
)
def test_an_import_of_code_that_is_slow_to_parse_is_named_with_the_reason(code: str, says: str, tmp_path: Path) -> None:
    for name, text in (("buggy", "def f(a):\n    return a + 1\n"), ("fixed", "def f(a):\n    return a\n")):
        (tmp_path / f"n_{name}.py").write_text(text)
    (tmp_path / "test_n.py").write_text("from n import f\n\n\ndef test_f():\n    assert f(1) == 1\n\n\n" + code)
    with within_two_seconds():
        found, suites = _entry(_triples(tmp_path)[0], "MIT")
    assert (found.bug, suites) == (None, None)
    assert says in found.reason


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (
            "def flip(x):\n    match x:\n        case " + "{1: " * 20 + "a" + "}" * 20 + ":\n            pass\n",
            "nested deeper than 5",
        ),
        ("a" + OUT_OF_ORDER * 7500 + "=1\n", "more than 30 combining characters in a row"),
        ("def flip(:", "cannot read the code"),
    ],
)
def test_code_on_which_renaming_could_take_minutes_is_refused(code: str, says: str) -> None:
    bug = replace(parse_bug(FLIP, "flip.yaml"), buggy_code=code)
    with within_two_seconds(), pytest.raises(UsageError, match=says):
        anonymise(bug)


def test_code_with_a_match_statement_is_renamed() -> None:
    code = "def flip(bits):\n    match bits:\n        case [{1: (a, [b])}]:\n            return bits\n"
    neutral = anonymise(replace(parse_bug(FLIP, "flip.yaml"), buggy_code=code))
    assert "match arg_1:" in neutral.buggy_code

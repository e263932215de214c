"""Every program is what the generator of bugs takes for granted: small, plain, deterministic, and reached everywhere."""

import builtins
import doctest
import gc
import importlib
import inspect
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from random import Random
from types import CodeType, FrameType
from typing import Any

import pytest
from similarity import NEAR_COPY, nearest_pairs, shingles, similarity

from debugarena.benchmark.dataset.splits import NEAR, SPLIT_SHARES, split_of
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.languages.python.code_facts import read_code
from debugarena.benchmark.languages.python.rendering import render
from debugarena.benchmark.values import encode
from debugarena.benchmark.wording import unwrapped
from debugarena.builder.making.contamination import overlapping, share_of
from debugarena.builder.program import Program, load_programs

N_INPUTS = 300
PROGRAMS = {program.name: program for program in load_programs()}


@pytest.fixture(scope="module", params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> Program:
    """All tests of a program run one after the other, and share its inputs."""
    return PROGRAMS[request.param]


@pytest.fixture(scope="module")
def drawn_twice(program: Program) -> tuple[list[Any], list[Any]]:
    """The same inputs, no object of which is in both."""
    return inputs(program), inputs(program)


def inputs(program: Program, n: int = N_INPUTS) -> list[Any]:
    return list(islice(program.inputs(Random(f"test:{program.name}")), n))


def calls_of(program: Program, given: Any) -> list[tuple[str, tuple[Any, ...]]]:
    if isinstance(given, tuple):
        return [(program.entry_point, given)]
    return [(name, tuple(arguments)) for name, *arguments in given]


def outcomes(program: Program, namespace: dict[str, Any], given: Any) -> Iterator[str]:
    """What each call gives, as text; the arguments afterwards too."""
    obj = None
    for name, arguments in calls_of(program, given):
        target = namespace[name] if name in namespace else getattr(obj, name)
        try:
            result = target(*arguments)
        except Exception as error:
            kind = type(error)
            yield f"raises {kind.__name__}" if getattr(builtins, kind.__name__, None) is kind else "raises its own kind"
        else:
            if isinstance(namespace[program.entry_point], type) and name == program.entry_point:
                obj, result = result, None
            yield encode(result)
        yield encode(list(arguments))


shown_as = lru_cache(1 << 14)(render)  # small values come again and again


def namespace_of(program: Program) -> dict[str, Any]:
    module = type(sys)("solution")
    sys.modules["solution"] = module  # dataclasses look it up
    module.__dict__["__name__"] = "solution"
    exec(compile(program.code, f"<{program.name}>", "exec"), module.__dict__)
    return module.__dict__


def test_blanks_outside_quotes_are_one() -> None:
    text = "Return  'a  b' and \"|  \",\n   not the owner's  `x\n  y` and `p  q`.  "
    assert unwrapped(text) == "Return 'a  b' and \"|  \", not the owner's `x y` and `p  q`."


def test_the_contract_is_one_precise_sentence(program: Program) -> None:
    assert 20 <= len(program.contract) <= 600
    assert program.contract.endswith(".")
    assert not re.search(r"\.\s+[A-Z]", program.contract), "more than one sentence"
    paragraph = (inspect.getdoc(program.inputs.__globals__[program.entry_point]) or "").partition("\n\n")[0]
    assert all(quoted in program.contract for quoted in re.findall(r'"[^"\n]*"|`[^`\n]*`', paragraph))


def test_the_code_is_short_plain_and_allowed(program: Program) -> None:
    n_lines = sum(bool(line.strip()) for line in program.code.splitlines())
    assert 5 <= n_lines <= 40
    facts = read_code(program.code, program.entry_point)
    assert facts.parses
    assert facts.defines_entry_point
    assert not facts.offences
    assert not re.search(r"\bdraw\b|\bRandom\b|\bprint\(|TODO", program.code)


def test_the_example_is_there_and_true(program: Program) -> None:
    domain, _, name = program.name.partition("/")
    module = importlib.import_module(f"debugarena.builder.programs.{domain}")
    found = [t for t in doctest.DocTestFinder(recurse=False).find(getattr(module, name), name, module) if t.examples]
    assert found, "no example in the docstring"
    assert doctest.DocTestRunner(verbose=False).run(found[0]).failed == 0


def test_inputs_are_plain_varied_and_readable(program: Program, drawn_twice: tuple[list[Any], list[Any]]) -> None:
    given, again = drawn_twice
    assert given == again, "the generator must depend on rng alone"
    assert all(isinstance(one, tuple | list) for one in given)
    texts = {
        tuple((name, tuple(map(encode, arguments))) for name, arguments in calls_of(program, one)) for one in given
    }
    assert len(texts) >= (40 if len(given) == N_INPUTS else 12)
    for calls in texts:
        shown = [f"{name}({', '.join(map(shown_as, arguments))})" for name, arguments in calls]
        assert max(map(len, shown)) <= 160, shown
        assert sum(map(len, shown)) <= 400, shown


@pytest.fixture
def collector_off() -> Iterator[None]:
    """Python's collector takes a quarter of a second or more of whom it interrupts, where torch and trl are imported."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("collector_off")
def test_the_code_alone_is_deterministic_quick_and_varied(
    program: Program, drawn_twice: tuple[list[Any], list[Any]]
) -> None:
    seen: dict[str, int] = {}
    first, second = namespace_of(program), namespace_of(program)
    for one, again in zip(*drawn_twice, strict=True):  # which it may change; no test after it looks at them
        started = time.thread_time()
        got = list(outcomes(program, first, one))
        assert time.thread_time() - started < 0.1
        assert got == list(outcomes(program, second, again)), "the result depends on earlier calls"
        assert max(map(len, got)) <= 400, got
        assert "raises its own kind" not in got, "tests can expect builtin exceptions only"
        key = "|".join(got[::2])
        seen[key] = seen.get(key, 0) + 1
    assert len(seen) >= (2 if set(seen) <= {"true", "false"} else 3)
    assert max(seen.values()) <= 0.85 * N_INPUTS, "nearly every input gives the same"


def lines_of(code: CodeType) -> set[int]:
    found = {line for _, _, line in code.co_lines() if line}
    return found.union(*(lines_of(c) for c in code.co_consts if isinstance(c, CodeType)))


def test_inputs_reach_every_line(program: Program) -> None:
    code = compile(program.code, "<reach>", "exec")
    reached: set[int] = set()

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != "<reach>":
            return None
        reached.add(frame.f_lineno)
        return trace

    wanted = lines_of(code)
    given = islice(program.inputs(Random(f"test:{program.name}")), N_INPUTS)
    module = type(sys)("solution")
    sys.modules["solution"] = module
    module.__dict__["__name__"] = "solution"
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        exec(code, module.__dict__)
        while (missing := wanted - reached) and (one := next(given, None)) is not None:
            list(outcomes(program, module.__dict__, one))
    finally:
        sys.settrace(before)
    lines = program.code.splitlines()
    assert not missing, [lines[n - 1] for n in sorted(missing)]


# the 8-gram check finds a program that stands in somebody's benchmark, in whatever layout and file

MONEY = load_programs(["money"])


def test_a_copied_program_is_found_in_code_and_in_json(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(f"import math\n\n\n{MONEY[3].code}")
    (tmp_path / "rows.jsonl").write_text(json.dumps({"prompt": MONEY[5].code}) + "\n")
    (tmp_path / "picture.png").write_bytes(bytes(range(256)))
    found = overlapping(MONEY, tmp_path)
    assert set(found) == {MONEY[3].name, MONEY[5].name}
    assert min(found.values()) > 0.9


def test_layout_does_not_hide_a_copy_and_other_code_is_none(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(MONEY[2].code.replace("    ", "\t").replace("\n", "\n\n"))
    assert set(overlapping(MONEY, tmp_path)) == {MONEY[2].name}


@pytest.mark.parametrize("make", ["nothing", "empty"])
def test_a_folder_without_files_is_a_misuse(make: str, tmp_path: Path) -> None:
    folder = tmp_path / "benchmarks"
    if make == "empty":
        folder.mkdir()
    with pytest.raises(UsageError, match="benchmarks"):
        overlapping(MONEY, folder)


def test_code_too_short_for_a_gram_shares_nothing() -> None:
    assert share_of("x = 1", {1, 2}) == 0


def test_what_is_packed_is_not_taken_for_text(tmp_path: Path) -> None:
    (tmp_path / "HumanEval.jsonl.gz").write_bytes(b"packed")
    with pytest.raises(UsageError, match=r"HumanEval.jsonl.gz cannot be read as text; unpack it"):
        overlapping(MONEY, tmp_path)


# splits are by program, near copies share one, and no test program is like one that is trained on


def test_no_program_of_one_split_is_a_near_copy_of_one_in_another() -> None:
    groups = {split: [p for p in PROGRAMS.values() if split_of(p.name) == split] for split in SPLIT_SHARES}
    for one, other in (("test", "train"), ("test", "validation"), ("validation", "train")):
        nearest = nearest_pairs(groups[one], groups[other])[:3]
        for share, ours, theirs in nearest:
            print(f"{share:.2f} {ours} ({one}) {theirs} ({other})")
        assert nearest[0][0] < NEAR_COPY, "give them one split in benchmark/dataset/splits.py"


def test_named_near_copies_are_there_and_near() -> None:
    by_entry_point = {p.entry_point: p for p in PROGRAMS.values()}
    for one, other in NEAR.items():
        shapes = [shingles(by_entry_point[name].code) for name in (one, other)]
        assert similarity(*shapes) >= NEAR_COPY
        assert split_of(by_entry_point[one].name) == split_of(by_entry_point[other].name)


def test_similarity_sees_shape_alone() -> None:
    odd = "def is_odd(n: int) -> bool:\n    return n % 2 == 1\n"
    even = "def is_even(k):\n    # a remark\n    return k % 2 == 0\n"
    other = "def first(xs):\n    for x in xs:\n        if x:\n            return x\n"
    assert similarity(shingles(odd), shingles(even)) == 1
    assert similarity(shingles(odd), shingles(other)) < 0.1


def test_every_split_has_programs_enough_and_a_program_has_one() -> None:
    counts = Counter(split_of(p.name) for p in PROGRAMS.values())
    assert set(counts) == set(SPLIT_SHARES)
    assert counts["test"] >= 150
    assert counts["train"] >= 180
    assert counts["validation"] >= 30
    assert split_of("strings/any_name") == split_of("other/any_name")

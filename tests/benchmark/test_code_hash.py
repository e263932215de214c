"""What a result depends on, found by following imports."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from debugarena.benchmark.code_hash import code_hash, sources_of
from debugarena.builder.making.candidates import make_bug
from debugarena.builder.making.run import generate
from debugarena.builder.mutation.operators import OPERATORS

PROBE = "debugarena.benchmark.hash_probe"


@pytest.fixture
def probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file that is the module PROBE of this package."""
    package = importlib.import_module("debugarena.benchmark")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    yield tmp_path / "hash_probe.py"
    sys.modules.pop(PROBE, None)


def hash_of(probe: Path, code: str) -> str:
    probe.write_text(code)
    importlib.invalidate_caches()
    sources_of.cache_clear()
    code_hash.cache_clear()
    return code_hash(PROBE)


def test_all_that_decides_what_a_seed_means_is_found() -> None:
    found = {name.rpartition(".")[2] for name in sources_of(generate.__module__)}
    families = {operator.apply.__module__ for operator in OPERATORS}
    assert {make_bug.__module__, *families} <= {*sources_of(generate.__module__)}
    making = "candidates levels maker operators parentheses pool prepare program run sites source steps turns validate workers"
    judging = "code_facts forbidden importable prompts schema splits unreached values verdicts"
    assert {*making.split(), *judging.split()} <= found


def test_other_rooms_and_other_doors_are_not_found() -> None:
    names = {*sources_of(generate.__module__)}
    assert {name for name in names if name.split(".")[1] not in ("benchmark", "builder")} == set()
    assert not any(name.split(".")[2] in ("adapters", "environment", "models", "scoring") for name in names)


def test_files_are_those_of_their_modules() -> None:
    found = sources_of(generate.__module__)
    assert found[generate.__module__] == Path(sys.modules[generate.__module__].__file__ or "")
    assert all(path.suffix == ".py" and path.exists() for path in found.values())


def test_comments_docstrings_and_layout_do_not_count(probe: Path) -> None:
    one = hash_of(probe, '"""Words."""\n\ndef f(x):\n    """More words."""\n    return x + 1\n')
    assert hash_of(probe, '"""Other words."""\ndef f(x):  # a comment\n    return (x\n        + 1)\n') == one
    assert hash_of(probe, "def f(x):\n    return x + 2\n") != one


def test_what_is_imported_counts_also_inside_functions(probe: Path) -> None:
    before = hash_of(probe, "X = 1\n")
    within = hash_of(
        probe, "X = 1\ndef f():\n    from debugarena.benchmark.wording import counted\n    return counted\n"
    )
    assert within != before
    assert "debugarena.benchmark.wording" in sources_of(PROBE)


def test_what_only_type_checkers_see_does_not_count(probe: Path) -> None:
    code = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from debugarena.benchmark import wording\n"
    hash_of(probe, code)
    assert {*sources_of(PROBE)} == {PROBE}


def test_a_module_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        sources_of("debugarena.benchmark.no_such_module")

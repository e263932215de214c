"""The shape of the tree: no circle of imports, no arrow that climbs, no folder too wide to look through."""

import graphlib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from debugarena.benchmark.code_hash import direct_imports

ROOT = Path(__file__).parents[2]
ROOMS = ("benchmark", "builder", "baseline", "leaderboard")
MAX_WIDTH = 20
# lowest first; what is in no folder and in no line stands above all folders
ORDERS = {
    "benchmark": [
        "errors wording files bounded_yaml typed_yaml typed_json moved code_hash",
        "sandbox",
        "values",
        "languages",
        "dataset layers options",
        "grading",
        "models",
        "scoring",
        "environment",
        "adapters debugarena_metric",
    ],
    "builder": [
        "programs program own_programs validate tells",
        "mutation",
        "making",
        "likeness",
        "importers",
        "publishing",
    ],
}


def modules() -> dict[str, Path]:
    """Dotted name without the root -> file, but for the programs that bugs are made from."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            if "__pycache__" not in path.parts and not name.startswith("builder.programs."):
                found[name] = path
    return found


MODULES = modules()


@cache
def imports() -> dict[str, set[str]]:
    return {
        name: {one.removeprefix("debugarena.") for one in direct_imports(path)} - {name}
        for name, path in MODULES.items()
    }


def test_no_modules_import_one_another_in_a_circle() -> None:
    graphlib.TopologicalSorter(imports()).prepare()  # CycleError names the circle


@pytest.mark.parametrize("room", ORDERS)
def test_arrows_lead_down(room: str) -> None:
    ranks = {folder: rank for rank, line in enumerate(ORDERS[room]) for folder in line.split()}

    def rank(module: str) -> int:
        return ranks.get([*module.split("."), ""][1], len(ORDERS[room]))

    climbing = [
        f"{name} -> {other}"
        for name in MODULES
        for other in imports()[name]
        if name.split(".")[0] == other.split(".")[0] == room and rank(other) > rank(name)
    ]
    assert climbing == []


def test_every_folder_of_a_room_has_its_place() -> None:
    for room, lines in ORDERS.items():
        folders = {path.parent.name for path in (ROOT / room).glob("*/__init__.py")}
        assert folders <= {word for line in lines for word in line.split()}


def test_no_folder_is_wide() -> None:
    widths = Counter(str(path.parent.relative_to(ROOT)) for path in MODULES.values() if path.name != "__init__.py")
    tests = [path for path in (ROOT / "tests").rglob("*.py") if "__pycache__" not in path.parts]
    widths += Counter(str(path.parent.relative_to(ROOT)) for path in tests)
    assert {folder: n for folder, n in widths.items() if n > MAX_WIDTH} == {}

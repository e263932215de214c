"""What the documentation of 0.2 imported still imports, with a warning that names the new place."""

import importlib
import subprocess

import pytest
from warm_python import WARM

from debugarena.benchmark.moved import GREW, MOVED

# imports as README, the dataset card, the metric's card, the Space, CONTRIBUTING and docs/examples had them
SHOWN = [
    "from debugarena.benchmark.client import DebugAction, DebugArenaEnv, DebugObservation",
    "from debugarena.benchmark.environment import Arena",
    "from debugarena.benchmark.extraction import extract_code",
    "from debugarena.benchmark.loading import load_bugs",
    "from debugarena.benchmark.metric import metric_path",
    "from debugarena.benchmark.models import Model, Request, Sampling, open_model",
    "from debugarena.benchmark.prompts import Message, Prompt",
    "from debugarena.benchmark.rewards import MAX_TOTAL",
    "from debugarena.benchmark.schema import Bug, find_bug",
    "from debugarena.benchmark.serve import make_app",
]


@pytest.mark.parametrize("line", SHOWN)
def test_what_was_shown_imports_with_a_warning(line: str) -> None:
    old = line.split()[1]
    name = old.removeprefix("debugarena.")
    places = [MOVED[name]] if name in MOVED else GREW[name]
    script = f"import warnings\nwarnings.simplefilter('always')\n{line}\nimport {old} as again\nprint(again.__name__)"
    done = subprocess.run([*WARM, "-c", script], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    for new in places:
        assert f"<string>:3: DeprecationWarning: {old} is now debugarena.{new};" in done.stderr
    assert done.stdout.strip() == (f"debugarena.{places[0]}" if name in MOVED else old)


def test_what_is_imported_is_the_same_object() -> None:
    with pytest.warns(DeprecationWarning, match="is now"):
        old = importlib.import_module("debugarena.benchmark.schema")
    assert old is importlib.import_module("debugarena.benchmark.dataset.schema")
    assert old.__spec__ is not None
    assert old.__spec__.name == "debugarena.benchmark.dataset.schema"


def test_a_name_that_never_was_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        importlib.import_module("debugarena.benchmark.no_such_module")
    package = importlib.import_module("debugarena.benchmark.environment")
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        _ = package.no_such_name


def test_every_new_place_exists() -> None:
    for new in (*MOVED.values(), *sum(GREW.values(), ())):
        importlib.import_module(f"debugarena.{new}")

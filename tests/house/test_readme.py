"""What the README, the tutorials and the page of commands show works as it stands there."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from conftest import as_row
from live_server import serving
from tiny_models import save_random_model
from warm_python import WARM

from debugarena.benchmark import Sandbox, load_bugs, prompt_for
from debugarena.benchmark.cli import COMMANDS, main, make_parser
from debugarena.benchmark.dataset.schema import features
from debugarena.benchmark.environment.arena import Arena

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "docs" / "commands.md", *sorted((ROOT / "docs").glob("tutorial-*.md"))]


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def _commands(page: Path) -> list[list[str]]:
    """Those in blocks, and in sentences and tables those with arguments."""
    lines = [line for block in _blocks(page, "bash") for line in block.splitlines() if line.startswith("debugarena ")]
    lines += re.findall(r"`(debugarena [^`\s]+ [^`]+)`", page.read_text(encoding="utf-8"))
    return [shlex.split(line, comments=True) for line in lines]


COMMAND_LINES = [words for page in PAGES for words in _commands(page)]
PYTHON_BLOCKS = {f"{page.stem}-{i}": block for page in PAGES for i, block in enumerate(_blocks(page, "python"))}


def test_the_page_of_commands_shows_every_command() -> None:
    assert {words[1] for words in _commands(ROOT / "docs" / "commands.md")} == set(COMMANDS)


@pytest.mark.parametrize("words", COMMAND_LINES, ids=" ".join)
def test_command_lines_are_understood(words: list[str]) -> None:
    args = make_parser(words[1]).parse_args(words[1:])
    assert args.command == words[1]


@pytest.mark.parametrize("words", [["show", "first-char-empty"], ["score", "--model", "oracle"]], ids=" ".join)
def test_command_lines_that_need_no_model_run(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ["debugarena", *words] in COMMAND_LINES
    monkeypatch.chdir(tmp_path)
    assert main(words) == 0


@pytest.fixture(scope="module")
def server(sandbox: Sandbox) -> Iterator[str]:
    with Arena(sandbox=sandbox) as arena, serving(arena) as address:
        yield address


def on_a_tiny_model(block: str, folder: Path) -> str:
    """The block that trains, with a model of two layers and one step, on an export of eight bugs to train on."""
    pytest.importorskip("trl", reason="the extra `train` is not installed")
    model = save_random_model(folder / "model", "llama")
    data = folder / "dist" / "debugarena" / "data" / "generated"
    data.mkdir(parents=True)
    short = sorted(load_bugs(), key=lambda bug: len(bug.buggy_code))[:8]
    rows = [as_row(bug) | {"prompt": [*prompt_for(bug).messages]} for bug in short]
    table = pyarrow.Table.from_pylist(rows, schema=features().arrow_schema)
    pyarrow.parquet.write_table(table, data / "train-00000-of-00001.parquet")
    settings = (
        "max_steps=1, num_generations=2, per_device_train_batch_size=2, max_completion_length=8, use_cpu=True, "
        "report_to='none'"
    )
    block = block.replace("Qwen/Qwen2.5-Coder-0.5B-Instruct", str(model))
    if "max_steps=100" in block:
        changed = block.replace("max_steps=100", settings)
    else:
        changed = block.replace("train_dataset=rows", f"train_dataset=rows, args=trl.GRPOConfig('out', {settings})")
    assert changed != block
    return f"import trl\n{changed}"


@pytest.mark.parametrize("block", PYTHON_BLOCKS.values(), ids=PYTHON_BLOCKS)
def test_python_blocks_print_what_their_comments_say(block: str, tmp_path: Path, server: str) -> None:
    """In a folder that has nothing to do with the repository, but for the export where the block says so."""
    block = block.replace("http://127.0.0.1:8000", server)
    if "GRPOTrainer(" in block:
        block = on_a_tiny_model(block, tmp_path)
    elif "load_dataset" in block:
        assert main(["build", "--config", "handcrafted", "--out", str(tmp_path / "dist" / "debugarena")]) == 0
    env = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}
    command = [*WARM, "-c", block]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    promised = re.findall(r"^ *print\(.*\)  # ([\d.].*)$", block, re.MULTILINE)
    assert done.stdout.splitlines()[-1:] == promised or not promised

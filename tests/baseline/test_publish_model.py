"""`debugarena publish-model`, against a hub that runs beside the test."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import make_runs
from fake_hub import TOKEN, Hub, fake_hub, run
from warm_python import WARM

from debugarena.benchmark.cli import main

pytest.importorskip("trl", reason="the extra `train` is not installed")

from debugarena.benchmark.models.transformers_model import weights_sha256

SUPPORT = Path(__file__).parents[1] / "support"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with fake_hub() as hub:
        yield hub


@pytest.fixture(scope="module")
def reported_once(tmp_path_factory: pytest.TempPathFactory, scores: Path) -> Path:
    """Runs, of which grpo-1 has weights, and a report of three of them."""
    runs = make_runs(tmp_path_factory.mktemp("runs"), scores)
    save = "import sys, pathlib, tiny_models; tiny_models.save_random_model(pathlib.Path(sys.argv[1]), 'qwen2')"
    subprocess.run([*WARM, "-c", save, str(runs / "grpo-1" / "model")], cwd=SUPPORT, check=True)
    scored = runs / "grpo-1" / "after" / "test" / "report.json"
    report = json.loads(scored.read_text()) | {
        "model": {"weights_sha256": weights_sha256(str(runs / "grpo-1" / "model"))}
    }
    scored.write_text(json.dumps(report))
    (runs / "grpo-1" / "model" / "optimizer.pt").write_text("not for the hub")
    assert main(["report", *(str(runs / name) for name in ("grpo-1", "grpo-2", "supervised-1"))]) == 0
    return runs


@pytest.fixture
def reported(tmp_path: Path, reported_once: Path) -> Path:
    """The run grpo-1, with weights, and a report of it and the others beside it."""
    return shutil.copytree(reported_once, tmp_path / "runs") / "grpo-1"


def publish(folder: Path, hub: Hub, *more: str) -> "subprocess.CompletedProcess[str]":
    arguments = ["-m", "debugarena.benchmark.cli", "publish-model", str(folder), "--repo", "me/fixer", *more]
    return run(arguments, hub.url, folder.parent)


def test_a_published_model_loads_and_its_card_holds_its_numbers(reported: Path, hub: Hub) -> None:
    done = publish(reported, hub)
    assert (done.returncode, done.stderr) == (0, "")
    assert "is published as me/fixer: http://" in done.stdout
    repo = hub.repos["me/fixer"]
    files = repo.commits[repo.refs["main"]]
    card = files["README.md"].decode()
    assert "optimizer.pt" not in files
    assert "| untrained → GRPO | 300 | 0.0% [0.0%, 3." in card
    assert "| 9 supervised steps → GRPO | 300 | " in card
    assert re.search(r"\| grpo-1 \| 300 \| 0.0% \[0.0%, 3..%\] \| 100.0% \[96..%, 100.0%\] \| \+100.0 \|", card)
    assert "grpo-2" not in card
    assert "debugarena score --model hf:me/fixer --prompt complete-v1" in card
    assert "0 supervised and 3 GRPO steps, 3 minutes" in card
    assert not re.search(r"\{\{|\}\}", card)
    load = "from transformers import AutoModelForCausalLM, AutoTokenizer as T; import huggingface_hub, sys\n"
    load += "r = huggingface_hub.snapshot_download('me/fixer', endpoint=sys.argv[1], token=sys.argv[2], cache_dir='cache')\n"
    load += "print(AutoModelForCausalLM.from_pretrained(r).config.model_type, len(T.from_pretrained(r)) > 200)"
    command = [*WARM, "-c", load, hub.url, TOKEN]
    loaded = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=reported.parent)
    assert loaded.stdout == "qwen2 True\n", loaded.stderr


def test_a_run_that_a_report_keeps_is_published(reported: Path, hub: Hub) -> None:
    out = reported.parent / "out"
    assert main(["report", str(reported), "--out", str(out)]) == 0
    done = publish(out / "grpo-1", hub, "--weights", str(reported / "model"))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_second_upload_replaces_the_first(reported: Path, hub: Hub) -> None:
    assert publish(reported, hub).returncode == publish(reported, hub).returncode == 0


def test_a_public_repository_is_not_used_as_a_private_one(reported: Path, hub: Hub) -> None:
    assert publish(reported, hub).returncode == 0
    done = publish(reported, hub, "--private")
    assert done.returncode == 2
    assert "exists and is public" in done.stderr


def test_numbers_come_first(reported: Path, hub: Hub) -> None:
    (reported / "model").rename(reported.parent / "weights")
    for folder, flags, sentence in (
        (reported, [], "model holds no model"),
        (reported.parent / "curriculum-1", ["--weights", str(reported.parent / "weights")], "is not the model that"),
        (reported, ["--weights", str(reported.parent / "weights"), "--report", "none"], "run debugarena report first"),
    ):
        done = publish(folder, hub, *flags)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert sentence in done.stderr
    assert hub.repos == {}

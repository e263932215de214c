"""Uploads a trained model to a Hugging Face model repository, with a card that holds the numbers of its report.

  debugarena publish-model runs/results/grpo-1 --weights runs/grpo-1/model --repo my-org/debugarena-smollm2

The run must be part of a report by `debugarena report`: numbers without a comparison are not published.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from debugarena.baseline.evaluate import PRIMARY
from debugarena.baseline.keep import AFTER, read_results
from debugarena.baseline.report.text import change_table, pooled_table, set_table, training_bugs
from debugarena.baseline.report.training_report import TrainingReport
from debugarena.baseline.run_results import UNTRAINED
from debugarena.benchmark.dataset.hub import upload
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import read_json_as

FROM_FOUR_BITS = " Training began from its weights in a 4-bit GGUF file, converted back to float32."
# what a model consists of; a folder may hold more, such as an optimizer's state
FILES = (
    "config.json",
    "generation_config.json",
    "*.safetensors",
    "*.safetensors.index.json",
    "*token*.json",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
    "chat_template.jinja",
)
TEMPLATE = Path(__file__).with_name("model_card.md")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena publish-model`."""
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="a run that a report was made of")
    parser.add_argument("--repo", required=True, metavar="ORG/NAME", help="model repository; made if there is none")
    parser.add_argument("--weights", type=Path, metavar="DIR", help="default: RUN/model")
    parser.add_argument("--report", type=Path, metavar="FILE", help="default: report.json next to RUN")
    parser.add_argument("--private", action="store_true", help="make a new repository private")


def run(args: argparse.Namespace) -> int:
    """`debugarena publish-model`."""
    weights = args.weights or args.run_folder / "model"
    if not (weights / "config.json").is_file():
        raise UsageError(f"{weights} holds no model; name the folder `model` of a trained run with --weights")
    _check_weights(weights, args.run_folder)
    report = read_json_as(
        args.report or args.run_folder.resolve().parent / "report.json",
        TrainingReport.from_json,
        "run debugarena report first",
        "not written by debugarena report",
    )
    card = model_card(report, args.run_folder.resolve().name, args.repo)
    with tempfile.TemporaryDirectory() as folder:
        staged = Path(folder) / "model"
        staged.mkdir()
        for path in sorted(path for pattern in FILES for path in weights.glob(pattern)):
            shutil.copyfile(path, staged / path.name)
        (staged / "README.md").write_text(card, encoding="utf-8")
        url = upload(staged, args.repo, "model", "A model trained on DebugArena", args.private)
    print(f"{weights} is published as {args.repo}: {url}")
    return 0


def _check_weights(weights: Path, run_folder: Path) -> None:
    """UsageError unless these are the weights that were scored after the run."""
    from debugarena.benchmark.models.transformers_model import weights_sha256

    score = read_results(run_folder, run_folder / AFTER).scores.get(PRIMARY)
    if score is None or score.model.weights_sha256 != weights_sha256(str(weights)):
        raise UsageError(f"{weights} is not the model that {run_folder} has scores of; name that one with --weights")


def model_card(report: TrainingReport, name: str, repo: str) -> str:
    """The template, filled for one run of a report. UsageError if the run is not in it."""
    run = next((run for run in report.runs if run.run == name), None)
    if run is None:
        raise UsageError(f"{name} is not in the report; there are {', '.join(run.run for run in report.runs)}")
    config, versions = run.config, dict(run.versions)
    tables = [
        line
        for title, rows in report.sets.items()
        for line in set_table(title, [row for row in rows if row.run in (UNTRAINED, name)])
    ]
    pooled = [line for line in report.pooled if line.b == run.recipe]  # against untrained and against rivals
    each = [(line.run, line.change) for line in report.each if line.run == name]
    values = {
        "name": repo.split("/")[-1],
        "repo": repo,
        "base_model": _base_model(config["model"]),
        "base_note": FROM_FOUR_BITS if config["model"] == "smollm2" else "",
        "recipe": run.recipe,
        "seed": run.seed,
        "pooled_table": "\n".join(pooled_table(pooled)).strip(),
        "levels": ", ".join(map(str, config.get("levels", []))) or "all",
        "each_table": "\n".join(change_table("Solve rate on held-out bugs", each)).strip(),
        "set_tables": "\n".join(tables).strip(),
        "prompt": report.prompt,
        "warm_start_steps": run.warm_start_steps,
        "steps": run.steps,
        "minutes": f"{run.seconds / 60:.0f}",
        "device": versions.pop("device", "not recorded"),
        "training_bugs": training_bugs(run.dataset_hash, run.trained_on),
        "versions": ", ".join(f"{package} {version}" for package, version in versions.items())
        or "versions not recorded",
        "config": "\n".join(f"{key}: {json.dumps(_public(value))}" for key, value in config.items()),
    }
    card = TEMPLATE.read_text(encoding="utf-8")
    for key, value in values.items():
        card = card.replace(f"{{{{{key}}}}}", str(value))
    return card


def _base_model(model: str) -> str:
    """As the hub calls it."""
    return "HuggingFaceTB/SmolLM2-135M-Instruct" if model == "smollm2" else str(_public(model)).removeprefix("hf:")


def _public(value: object) -> object:
    """A value of a config, without paths of this machine."""
    if not isinstance(value, str):
        return value
    door, colon, target = value.rpartition(":")
    path = Path(target).expanduser()
    return f"{door}{colon}{path.name}" if path.is_absolute() or path.exists() else value

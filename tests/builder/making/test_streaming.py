"""Bugs as an endless iterator, and as a dataset that a trainer takes."""

from __future__ import annotations

import json
import os
import subprocess
from itertools import islice
from pathlib import Path

import pytest
from tiny_models import save_random_model
from warm_python import WARM

from debugarena.benchmark.dataset.schema import column_names
from debugarena.benchmark.errors import UsageError
from debugarena.builder import stream, stream_dataset
from debugarena.builder.making.run import generate
from debugarena.builder.making.run_folder import Settings
from debugarena.builder.making.workers import Workers
from debugarena.builder.program import load_programs


def test_a_stream_gives_the_rows_that_generate_writes(tmp_path: Path) -> None:
    wanted = {"pay_from_till", "allocate_payment", "format_column", "Wallet"}  # the last one of another split
    few = [p for p in load_programs(["money"]) if p.entry_point in wanted]
    with Workers(1, few) as workers:
        generate(Settings(6, 3, 2, "train", spread=True), tmp_path, workers, few, show_progress=False)
    written = [json.loads(line) for line in (tmp_path / "bugs-00000.jsonl").read_text("utf-8").splitlines()]
    assert list(islice(stream(seed=3, level=2, programs=few), 6)) == written


def test_a_stream_begins_again_where_a_level_ends() -> None:
    one = [p for p in load_programs(["money"]) if p.entry_point == "progressive_tax"]
    rows = list(islice(stream(level=1, split=None, programs=one), 60))
    first = rows[0]["content_hash"]
    again = [i for i, row in enumerate(rows) if row["content_hash"] == first]
    assert len(again) >= 2
    assert rows[again[1] :] == rows[: len(rows) - again[1]]
    assert len({row["content_hash"] for row in rows[: again[1]]}) == again[1]


def test_the_dataset_has_the_published_columns() -> None:
    dataset = stream_dataset(seed=3, level=1)
    (row,) = dataset.take(1)
    assert tuple(row) == column_names()
    assert [message["role"] for message in row["prompt"]][-1] == "user"


@pytest.mark.parametrize("arguments", [{"level": 7}, {"split": "exam"}])
def test_an_unknown_level_or_split_is_misuse(arguments: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=r"there (is no level|are)"):
        stream(**arguments)  # type: ignore[arg-type]


TRAIN = """
import sys
from debugarena.baseline.plain_head import use_without_gpu
from debugarena.builder import stream_dataset
from trl import GRPOConfig, GRPOTrainer

use_without_gpu()

def length(completions, content_hash, **columns):
    assert len(content_hash) == len(completions)
    return [float(len(completion[0]["content"])) for completion in completions]

config = GRPOConfig(
    sys.argv[2], max_steps=2, per_device_train_batch_size=2, num_generations=2, max_completion_length=4, use_cpu=True,
    bf16=False, report_to=[], save_strategy="no", disable_tqdm=True, logging_steps=1,
    shuffle_dataset=False,
)
trainer = GRPOTrainer(sys.argv[1], length, config, train_dataset=stream_dataset(seed=3, level=1))
print("steps", trainer.train().global_step)
"""


def test_a_trainer_takes_the_dataset_as_it_is(tmp_path: Path) -> None:
    model = save_random_model(tmp_path / "model", "llama")
    command = [*WARM, "-c", TRAIN, str(model), str(tmp_path / "out")]
    env = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)
    assert "steps 2" in done.stdout, done.stderr[-2000:]

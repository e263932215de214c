from pathlib import Path
from typing import Any

import pytest

from debugarena.baseline.config import TrainConfig, read_config
from debugarena.benchmark.errors import UsageError

CONFIGS = sorted((Path(__file__).parents[2] / "baseline" / "configs").glob("*.yaml"))
LEAST = {
    "model": "random",
    "steps": 2,
    "prompts_per_step": 2,
    "generations": 4,
    "max_new_tokens": 24,
    "learning_rate": 1e-3,
    "micro_batch": 4,
}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_is_one(path: Path) -> None:
    assert isinstance(read_config(path), TrainConfig)


@pytest.mark.parametrize("path", [p for p in CONFIGS if p.stem.startswith("qwen")], ids=lambda path: path.stem)
def test_what_has_not_been_run_says_so(path: Path) -> None:
    assert "NOT RUN" in path.read_text()


def test_a_change_wins_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, LEAST)
    assert read_config(path, steps=7).steps == 7


def write(folder: Path, stated: dict[str, Any]) -> Path:
    path = folder / "run.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in stated.items()))
    return path


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"stepz": 3}, "unknown key 'stepz'; there are model, prompt"),
        ({"steps": -1}, "steps is -1: Input should be greater than or equal to 0"),
        ({"steps": 0}, "steps and warm_start_steps are both 0: nothing would be trained"),
        ({"max_new_tokens": 5000}, "max_new_tokens is 5000, which leaves no room in context 2048"),
        ({"vllm": "true"}, "vllm needs prompt: chat-v1"),
        ({"warm_start_steps": 3, "lora_rank": 0}, "warm_start_steps needs lora_rank above 0"),
        ({"attempts": 5, "curriculum": "true"}, "curriculum works only with attempts: 1"),
        ({"steps": "many"}, "steps is 'many': Input should be a valid integer"),
        ({"generations": 1}, "generations is 1: Input should be greater than or equal to 2"),
        ({"micro_batch": 3}, "micro_batch is 3, but a step has 2 x 4 = 8 completions; choose a divisor of that"),
        ({"attempts": 5}, "attempts is 5, which needs prompt: chat-v1"),
        ({"attempts": 3}, "attempts is 3: Input should be 1 or 5"),
        ({"load_in_4bit": "true", "lora_rank": 0}, "load_in_4bit needs lora_rank above 0"),
        ({"prompt": "chat-v2"}, "prompt is 'chat-v2': Input should be 'chat-v1' or 'complete-v1'"),
        ({"loss": "ppo"}, "loss is 'ppo': Input should be"),
        ({"levels": "[]"}, "levels is []: List should have at least 1 item"),
    ],
)
def test_a_bad_key_is_one_sentence(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    path = write(tmp_path, LEAST | change)
    with pytest.raises(UsageError) as caught:
        read_config(path)
    assert str(caught.value).startswith(f"{path}: {sentence}")
    assert "\n" not in str(caught.value)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, {key: value for key, value in LEAST.items() if key != "steps"})
    with pytest.raises(UsageError, match="the key 'steps' is missing; add it"):
        read_config(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a: [", "run.yaml:1: not YAML"),
        (b"- 1\n", "a config is a mapping"),
        (b"\xff", "not UTF-8"),
        (b"a: \x01", "not YAML"),
        (b"a: 2020-99-99", "not YAML"),
        (b"", "mapping"),
    ],
)
def test_a_file_that_is_no_config_is_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=sentence):
        read_config(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_config(tmp_path / "other.yaml")

"""The script that finds the most that the attacks earn."""

import json
import subprocess
from pathlib import Path

from warm_python import WARM

SCRIPT = Path(__file__).with_name("best.py")


def _answers(out: Path, limit: int) -> list[dict[str, object]]:
    command = [*WARM, str(SCRIPT), str(out), "--limit", str(limit), "--kinds", "leaks"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_each_bug_has_its_best_attack_and_a_second_start_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "attacks.jsonl"
    first = _answers(out, 1)
    both = _answers(out, 2)
    assert both[:1] == first
    assert [line["bug_id"] for line in both] == ["python/add-subtracts", "python/allocate-cents"]
    # no leak earns more than a table of the answers that everybody sees
    assert "ANSWERS = {'((2, 3), {})': 5" in str(first[0]["completion"])

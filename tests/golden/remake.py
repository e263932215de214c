"""Rewrites the golden prompts after a change of wording, which also asks for a new format name once one is published;
and the golden reports and entry after a change of what stands in these files.

python tests/golden/remake.py
"""

import json
from pathlib import Path

from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER, read_bug
from debugarena.benchmark.grading.prompts import Feedback, make_prompt
from debugarena.benchmark.grading.verdicts import Failure

HERE = Path(__file__).parent


def golden_prompts() -> dict[str, str]:
    """File name -> text: the third of five attempts at one bug, with what was said of the first two."""
    bug = read_bug(BUGS_FOLDER / "python" / "first-char-empty.yaml")
    failure = Failure("t02", "first_char('')", "return ''", "raised IndexError (string index out of range)")
    past = [
        (
            "<think>hm</think>\n```python\nimport os\n```",
            Feedback("import os\n", False, ("line 1: imports os",), (), 9),
        ),
        (f"So:\n```python\n{bug.buggy_code}```", Feedback(bug.buggy_code, True, (), (failure,), 3)),
    ]
    chat = make_prompt(bug, [failure], "chat-v1", past, attempts=5)
    complete = make_prompt(bug, [failure], "complete-v1", past, attempts=5)
    return {
        "prompt-chat-v1.json": json.dumps(chat.messages, indent=1, ensure_ascii=False) + "\n",
        "prompt-complete-v1.txt": complete.text,
    }


if __name__ == "__main__":
    from reports import golden_entries, golden_reports

    for name, text in (golden_prompts() | golden_reports() | golden_entries()).items():
        (HERE / name).write_text(text)
        print(HERE / name)

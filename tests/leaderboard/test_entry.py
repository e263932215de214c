"""An entry's file stays what it is to the byte."""

from golden.remake import HERE
from golden.reports import golden_entries


def test_a_submission_leaves_the_golden_entry() -> None:
    for name, text in golden_entries().items():
        assert text == (HERE / name).read_text(), f"{name}; if this is meant: python tests/golden/remake.py"

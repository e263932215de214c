"""A report.json stays what it is to the byte: its keys, their order, its nulls and what is absent."""

from golden.remake import HERE
from golden.reports import golden_reports


def test_scores_leave_the_golden_reports() -> None:
    made = golden_reports()
    assert {path.name for path in HERE.glob("report-*")} == set(made)
    for name, text in made.items():
        assert text == (HERE / name).read_text(), f"{name}; if this is meant: python tests/golden/remake.py"

"""What a report says of training, from real scores of the reference fixes and of the bugs handed back."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from debugarena.baseline import figures
from debugarena.baseline.keep import keep, kept_completions, read_results
from debugarena.baseline.report.making import make_report
from debugarena.baseline.report.text import training_bugs
from debugarena.baseline.report.training_report import TrainingReport
from debugarena.baseline.run_results import Reports, Run, TrainedOn, read_reports, read_run
from debugarena.benchmark import load_bugs
from debugarena.benchmark.cli import main
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.scoring.rollouts import read_completions
from debugarena.benchmark.scoring.stats import holm

RESULTS = Path(__file__).parents[2] / "baseline" / "results"


@pytest.fixture
def quick_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are what is drawn, in words: where a report is made for something else, drawing takes most of the time."""

    def write(report: TrainingReport, runs: list[Run], before: Reports, names: list[str], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        shown = [(run.recipe, run.seed, run.steps, run.after["test"].bugs) for run in runs]
        drawn = repr((report, before["test"].bugs, shown))
        for name in names:
            (folder / name).write_text(f"{name} of {drawn}")

    monkeypatch.setattr(figures, "draw", write)


quick = pytest.mark.usefixtures("quick_pictures")


def report_of(folder: Path, *names: str) -> TrainingReport:
    return make_report([read_run(folder / name) for name in names], read_reports(folder / "before"))


@pytest.mark.parametrize("name", ["smollm2-135m-cpu-again", "smollm2-135m-cpu-attempts"])
def test_a_committed_report_is_made_again_of_what_lies_beside_it(name: str, tmp_path: Path) -> None:
    kept = RESULTS / name
    folder = tmp_path / name
    shutil.copytree(kept, folder, ignore=shutil.ignore_patterns("report.md", "report.html", "*.png"))
    (folder / "report.json").unlink()
    runs = [line["run"] for line in json.loads((kept / "report.json").read_text())["runs"]]
    assert main(["report", *(str(folder / name) for name in runs)]) == 0
    for file in ("report.json", "report.md"):
        assert (folder / file).read_text() == (kept / file).read_text()


def test_seeds_are_pooled_and_rivals_corrected(runs: Path) -> None:
    report = report_of(runs, "grpo-1", "grpo-2", "curriculum-1", "supervised-1")
    first, *others = report.pooled
    change = first.change
    assert (first.a, first.b, first.seeds) == ("untrained", "GRPO", (1, 2))
    assert (change.solved.a, change.solved.b, change.solved.difference) == (0.0, 0.5, 0.5)
    assert (change.n, change.n_programs) == (300, 110)
    assert change.solve_p < 0.001
    assert change.solve_p_holm is None
    assert [(line.a, line.b) for line in others] == [
        ("untrained", "GRPO with curriculum"),
        ("untrained", "9 supervised steps"),
        ("GRPO with curriculum", "GRPO"),
        ("9 supervised steps", "GRPO"),
    ]
    assert [line.change.solved.b for line in report.each] == [1.0, 0.0, 1.0, 0.0]
    assert [(line.set, line.b, line.seeds, line.change.solved.b) for line in report.others] == [
        ("handcrafted-attempts5", "GRPO", (1, 2), 0.5),
        ("handcrafted-attempts5", "GRPO with curriculum", (1,), 1.0),
        ("handcrafted-attempts5", "9 supervised steps", (1,), 0.0),
    ]
    for table in (others, report.others, report.groups):
        changes = [line.change for line in table]
        assert [change.solve_p_holm for change in changes] == holm([change.solve_p for change in changes])
    levels = [line for line in report.groups if line.kind == "level"]
    assert [line.value for line in levels] == [1, 2, 3, 4]
    assert sum(line.change.n for line in levels) == 300
    assert report.runs[0].scoring_share == pytest.approx(0.01)
    assert report.runs[0].seconds == 180.0
    untrained, first_run, *_ = report.sets["handcrafted-attempts5"]
    assert (untrained.run, untrained.rates["echo_rate"].value, untrained.solve_p) == ("untrained", 1.0, None)
    assert (first_run.run, first_run.rates["solved@5"].value) == ("grpo-1", 1.0)
    assert first_run.solve_p is not None
    assert first_run.solve_p < 0.001


def test_a_set_that_no_run_was_scored_on_has_no_table(runs: Path) -> None:
    shutil.copytree(runs / "before" / "handcrafted-attempts5", runs / "before" / "handcrafted")
    assert list(report_of(runs, "grpo-1").sets) == ["test", "handcrafted-attempts5"]


def test_a_set_is_judged_by_what_it_is_for(runs: Path) -> None:
    """Solves of later attempts count where there are five, and those of any sample where there are eight."""
    path = runs / "grpo-2" / "after" / "handcrafted-attempts5" / "report.json"
    attempts = json.loads(path.read_text())
    for bug in attempts["bugs"][:20]:
        bug["solved_at"] = [3]
    path.write_text(json.dumps(attempts))
    for folder, n_solved in ((runs / "before", 1), (runs / "grpo-2" / "after", 30)):
        shutil.copytree(folder / "handcrafted-attempts5", folder / "handcrafted-pass8")
        sampled = json.loads((folder / "handcrafted-pass8" / "report.json").read_text())
        sampled["protocol"] |= {"attempts": 1, "samples": 8}
        for i, bug in enumerate(sampled["bugs"]):
            bug |= {
                "samples": 8,
                "solved": 0.125 * (i < n_solved),
                "solved_at": [None] * 7 + [1 if i < n_solved else None],
            }
        (folder / "handcrafted-pass8" / "report.json").write_text(json.dumps(sampled | {"n_samples": 8}))
    report = report_of(runs, "grpo-2")
    found = {line.set: (line.judged, line.change.solved.a, line.change.solved.b) for line in report.others}
    assert found == {
        "handcrafted-attempts5": ("within 5 attempts", 0.0, 20 / len(load_bugs())),
        "handcrafted-pass8": ("by any of 8 samples", 1 / len(load_bugs()), 30 / len(load_bugs())),
    }
    assert report.sets["handcrafted-attempts5"][1].solve_p == 2 * 0.5**20
    assert report.sets["handcrafted-pass8"][1].solve_p == 2 * 0.5**29


def test_the_first_sentence_says_when_the_target_is_missed(runs: Path) -> None:
    reached = report_of(runs, "grpo-1").summary
    missed = report_of(runs, "grpo-2").summary
    assert reached.startswith(
        "Of 300 held-out bugs, smollm2 solves 0.0% at the first attempt untrained and 100.0% after"
    )
    assert missed.startswith("The target, p < 0.01, is not reached. Of 300 held-out bugs")


def test_a_loss_is_no_success_however_clear(runs: Path) -> None:
    shutil.rmtree(runs / "before")
    shutil.copytree(runs / "grpo-1" / "after", runs / "before")
    call_model(runs / "before", "smollm2")
    report = report_of(runs, "grpo-2")
    assert report.pooled[0].change.solve_p < 0.01
    assert report.summary.startswith("The target, p < 0.01, is not reached.")


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@quick
def test_a_folder_keeps_what_its_report_is_made_of(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    names = ("grpo-1", "grpo-2", "curriculum-1", "supervised-1")
    shutil.copytree(runs / "before" / "test", runs / "before" / "handcrafted-of-no-run")
    out = tmp_path_factory.mktemp("out") / "results"
    assert (
        main(["report", *(str(runs / name) for name in names), "--before", str(runs / "before"), "--out", str(out)])
        == 0
    )
    first = files_of(out)
    kept = {path.name for path in out.iterdir() if path.is_dir()}
    assert kept == {"before", *names}
    assert all(
        {path.name for path in (out / name).iterdir()} == {"report.json", "completions.parquet"} for name in kept
    )
    assert [*read_reports(out / "before")] == ["handcrafted-attempts5", "test"]
    for name in ("report.md", "report.html", "report.json"):
        (out / name).unlink()
    assert main(["report", *(str(out / name) for name in names)]) == 0
    assert files_of(out) == first
    copy = out.with_name("copy")
    assert main(["report", *(str(out / name) for name in names), "--out", str(copy)]) == 0
    assert files_of(copy) == first


@quick
def test_kept_runs_are_unpacked_as_they_were(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    out = tmp_path_factory.mktemp("out")
    assert main(["report", str(runs / "grpo-1"), "--out", str(out / "kept")]) == 0
    folders = (str(out / "kept" / name) for name in ("before", "grpo-1"))
    assert main(["report", *folders, "--unpack", str(out / "again")]) == 0
    made, again = files_of(runs / "grpo-1"), files_of(out / "again" / "grpo-1")
    assert json.loads(again.pop("run.json")) == json.loads(made.pop("run.json"))
    assert again == {name: data for name, data in made.items() if Path(name).name in {*map(_name, again)}}
    assert len(again) == 5  # a log, and two scores with their completions
    assert not (out / "again" / "before" / "after").exists()
    assert read_reports(out / "again" / "before") == read_reports(runs / "before")
    for name in ("test", "handcrafted-attempts5"):
        file = runs / "grpo-1" / "after" / name / "completions.jsonl"
        assert [*kept_completions(out / "kept" / "grpo-1", name)] == [*read_completions(file)]


def _name(path: str) -> str:
    return Path(path).name


@quick
def test_sets_that_are_kept_stay_where_fewer_come(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    out = tmp_path_factory.mktemp("out")
    assert main(["report", str(runs / "grpo-1"), "--out", str(out)]) == 0
    both = read_reports(out / "before"), read_run(out / "grpo-1").after
    shutil.rmtree(runs / "grpo-1" / "after" / "handcrafted-attempts5")
    assert main(["report", str(runs / "grpo-1"), "--out", str(out)]) == 0
    assert (read_reports(out / "before"), read_run(out / "grpo-1").after) == both


def test_samples_attempts_and_reasons_are_kept(runs: Path, tmp_path: Path) -> None:
    folder = runs / "before" / "test"
    report = json.loads((folder / "report.json").read_text())
    bug_id = report["bugs"][0]["bug_id"]
    report["bugs"][0] |= {"samples": 2, "solved_at": [None, 2]}
    (folder / "report.json").write_text(json.dumps(report))
    lines = [
        {"bug_id": bug_id, "sample": 1, "attempt": 1, "completion": "", "why": "refused"},
        {"bug_id": bug_id, "sample": 1, "attempt": 2, "completion": "\u2028é\n"},
    ]
    with (folder / "completions.jsonl").open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    keep(runs / "before", runs / "before", tmp_path / "kept", {"test"})
    assert {name: kept.to_json() for name, kept in read_reports(tmp_path / "kept").items()} == {"test": report}
    assert [one.record() for one in kept_completions(tmp_path / "kept", "test")][-2:] == lines


def test_the_page_needs_no_other_file_and_runs_nothing(runs: Path) -> None:
    settings = json.loads((runs / "grpo-1" / "run.json").read_text())
    settings["config"]["model"] = "hf:<script>alert(1)</script>"
    (runs / "grpo-1" / "run.json").write_text(json.dumps(settings))
    call_model(runs / "before", settings["config"]["model"])
    assert main(["report", str(runs / "grpo-1")]) == 0
    page = (runs / "report.html").read_text()
    assert page.count('src="data:image/png;base64,') == 3
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert "<script" not in page
    assert "<table>" in page


def call_model(scores: Path, name: str) -> None:
    for path in scores.glob("*/report.json"):
        edit(path, model={"name": name})


def edit(path: Path, **changes: Any) -> None:
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(facts | changes))


def test_scores_belong_to_the_runs_that_they_are_reported_of(runs: Path) -> None:
    for name in ("grpo-1", "grpo-2"):
        edit(runs / name / "after" / "test" / "report.json", model={"weights_sha256": "ab"})
    with pytest.raises(UsageError, match=r"grpo-2/after/test is a score of the same weights as that of .*grpo-1"):
        report_of(runs, "grpo-1", "grpo-2")
    kept = json.loads((runs / "grpo-1" / "after" / "test" / "report.json").read_text())
    for change in ({"sampling": {"temperature": 1.0}}, {"n_samples": 4}):
        edit(runs / "grpo-1" / "after" / "test" / "report.json", **(kept | change))
        with pytest.raises(UsageError, match="scored with other settings than before"):
            report_of(runs, "grpo-1")
    call_model(runs / "before", "hf:elsewhere/other")
    with pytest.raises(UsageError, match="before training is that of hf:elsewhere/other; the runs began with smollm2"):
        report_of(runs, "grpo-2")


def test_recipes_without_a_seed_in_common_are_not_compared(runs: Path) -> None:
    edit(runs / "supervised-1" / "run.json", seed=3)
    report = report_of(runs, "grpo-1", "supervised-1")
    assert [(line.a, line.b) for line in report.pooled] == [
        ("untrained", "GRPO"),
        ("untrained", "9 supervised steps"),
    ]


def test_the_supervised_steps_before_grpo_are_told_from_it(runs: Path) -> None:
    config = json.loads((runs / "supervised-1" / "run.json").read_text())["config"]
    edit(runs / "grpo-1" / "run.json", config=config | {"steps": 3})
    report = report_of(runs, "grpo-1", "supervised-1", "curriculum-1")
    assert " The 9 supervised steps that this starts from solve 0.0% by themselves: " in report.summary
    assert " a difference of +100.0 points, " in report.summary
    assert [(line.a, line.b, line.change.solved.a, line.change.solved.b) for line in report.others] == [
        ("untrained", "supervised warm start, then GRPO", 0.0, 1.0),
        ("untrained", "9 supervised steps", 0.0, 0.0),
        ("untrained", "GRPO with curriculum", 0.0, 1.0),
        ("9 supervised steps", "supervised warm start, then GRPO", 0.0, 1.0),
    ]
    changes = [line.change for line in report.others]
    assert [change.solve_p_holm for change in changes] == holm([change.solve_p for change in changes])
    edit(runs / "grpo-1" / "run.json", config=config | {"steps": 3, "warm_start_steps": 8})
    assert "starts from" not in report_of(runs, "grpo-1", "supervised-1").summary


def test_runs_on_other_bugs_are_not_pooled(runs: Path) -> None:
    edit(runs / "grpo-2" / "run.json", dataset_hash="cd" * 32)
    with pytest.raises(UsageError, match="differ in the training bugs"):
        report_of(runs, "grpo-1", "grpo-2")


def test_a_part_of_the_protocol_is_called_one(runs: Path) -> None:
    assert report_of(runs, "grpo-1", "grpo-2").summary.endswith("this is a part of that.")
    shutil.copytree(runs / "grpo-2", runs / "grpo-3")
    edit(runs / "grpo-3" / "run.json", seed=3)
    assert report_of(runs, "grpo-1", "grpo-2", "grpo-3").summary.endswith("over 110 programs).")


@quick
def test_another_run_is_not_overwritten(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    out = tmp_path_factory.mktemp("out")
    assert main(["report", str(runs / "grpo-1"), "--out", str(out)]) == 0
    edit(runs / "grpo-1" / "run.json", seed=7)
    kept = files_of(out)
    assert main(["report", str(runs / "grpo-1"), "--out", str(out)]) == 2
    assert files_of(out) == kept


def test_a_score_without_its_completions_is_not_kept(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = runs / "grpo-1" / "after" / "test" / "completions.jsonl"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[1:]))
    assert "are not those of the report" in sentence(capsys, runs / "grpo-1", "--out", runs / "out")
    file.unlink()
    assert "cannot be read" in sentence(capsys, runs / "grpo-1", "--out", runs / "out")
    assert not (runs / "out" / "grpo-1").exists()


@quick
def test_what_is_kept_and_damaged_is_refused(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(runs / "grpo-1"), "--out", str(runs / "out")]) == 0
    capsys.readouterr()
    kept = runs / "out" / "grpo-1"
    assert "is there already" in sentence(capsys, kept, "--unpack", runs)
    assert "keeps no run" in sentence(capsys, runs / "grpo-1", "--unpack", runs / "again")
    with pytest.raises(UsageError, match="keeps no completions of the set 'none'; it has handcrafted-attempts5, test"):
        kept_completions(kept, "none")
    shutil.copy(kept / "completions.parquet", runs / "whole")
    (kept / "completions.parquet").write_bytes(b"PAR1")
    assert "completions.parquet: cannot be read: damaged" in sentence(capsys, kept)
    shutil.copy(runs / "whole", kept / "completions.parquet")
    edit(kept / "report.json", scores=json.loads((kept / "report.json").read_text())["scores"] | {"none": {"n": 1}})
    assert "belongs to other scores than report.json" in sentence(capsys, kept)
    (kept / "report.json").write_text("{}")
    assert "not written by debugarena report" in sentence(capsys, kept)


@quick
def test_a_set_that_is_not_yet_scored_is_left_out(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (runs / "grpo-1" / "after" / "handcrafted").mkdir()
    (runs / "grpo-1" / "after" / "handcrafted" / "completions.jsonl").write_text("{}\n")
    out = tmp_path_factory.mktemp("out")
    assert main(["report", str(runs / "grpo-1"), "--out", str(out)]) == 0
    assert [*read_run(out / "grpo-1").after] == ["handcrafted-attempts5", "test"]


def sentence(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert main(["report", *map(str, arguments)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def test_misuse_is_answered_in_one_sentence(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "run.json: no such file; name a folder of debugarena train" in sentence(capsys, runs / "none")
    (runs / "empty").mkdir()
    assert "before training" in sentence(capsys, runs / "grpo-1", "--before", runs / "empty")
    assert "have the seed 1" in sentence(capsys, runs / "grpo-1", shutil.copytree(runs / "grpo-1", runs / "again"))
    assert "two runs are called grpo-1" in sentence(capsys, runs / "grpo-1", runs / "grpo-1")
    shutil.rmtree(runs / "grpo-2" / "after")
    assert "debugarena evaluate hf:" in sentence(capsys, runs / "grpo-1", runs / "grpo-2")
    (runs / "grpo-1" / "log.jsonl").write_text("{")
    assert "log.jsonl: damaged" in sentence(capsys, runs / "grpo-1")
    (runs / "grpo-1" / "log.jsonl").unlink()
    (runs / "grpo-1" / "run.json").write_text("[]")
    assert "not a run of debugarena train" in sentence(capsys, runs / "grpo-1")


def test_runs_of_one_recipe_differ_in_their_seed_alone(runs: Path) -> None:
    settings = json.loads((runs / "grpo-2" / "run.json").read_text())
    settings["config"]["steps"] = 4
    (runs / "grpo-2" / "run.json").write_text(json.dumps(settings))
    with pytest.raises(UsageError, match="differ in more than their seed"):
        report_of(runs, "grpo-1", "grpo-2")


def test_holm_multiplies_the_smallest_most_and_never_falls() -> None:
    assert holm([0.03, 0.01, 0.9, 0.04]) == pytest.approx([0.09, 0.04, 0.9, 0.09])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize(
    ("n_bugs", "n_programs", "said"), [(1, 1, "1 bug of 1 program ("), (5195, 218, "5,195 bugs of 218 programs (")]
)
def test_one_of_a_thing_is_said_in_the_singular(n_bugs: int, n_programs: int, said: str) -> None:
    assert said in training_bugs("1" * 64, TrainedOn(n_bugs, n_programs, "0" * 64))


def test_committed_scores_come_back_as_the_same_bytes() -> None:
    n_reports = 0
    for folder in sorted(path.parent for path in RESULTS.glob("*/*/completions.parquet")):
        held = json.loads((folder / "report.json").read_text())["scores"]
        for name, report in read_results(folder, folder).scores.items():
            assert json.dumps(report.to_json() | {"bugs": "completions.parquet"}) == json.dumps(held[name]), folder
            n_reports += 1
    assert n_reports >= 65


def test_committed_reports_on_training_come_back_as_the_same_bytes() -> None:
    paths = sorted(RESULTS.glob("*/report.json"))
    assert len(paths) >= 3
    for path in paths:
        report = TrainingReport.from_json(json.loads(path.read_text()))
        assert json.dumps(report.to_json(), indent=1) + "\n" == path.read_text()

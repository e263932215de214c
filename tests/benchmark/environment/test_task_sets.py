from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from conftest import as_row

from debugarena.benchmark import Bug
from debugarena.benchmark.environment.task_sets import TaskSet
from debugarena.benchmark.errors import UsageError


@pytest.fixture(scope="module")
def tasks(bugs: list[Bug]) -> TaskSet:
    return TaskSet({"test": bugs[:30], "train": bugs[30:]})


def test_the_packaged_bugs_are_one_split(bugs: list[Bug]) -> None:
    tasks = TaskSet.load()
    assert list(tasks.splits) == ["test"]
    assert list(tasks.bugs()) == bugs
    assert tasks.default_split == "test"


def test_an_exported_dataset_gives_all_its_splits(tmp_path: Path, bugs: list[Bug]) -> None:
    folder = tmp_path / "data" / "generated"
    folder.mkdir(parents=True)
    for split, some in (("test", bugs[:3]), ("train", bugs[3:5])):
        table = pyarrow.Table.from_pylist([as_row(bug) for bug in some])
        pyarrow.parquet.write_table(table, folder / f"{split}-00000-of-00001.parquet")
    tasks = TaskSet.load(tmp_path)
    assert {name: len(some) for name, some in tasks.splits.items()} == {"test": 3, "train": 2}
    assert tasks.default_split == "train"


def test_without_a_split_training_bugs_are_meant(tasks: TaskSet, bugs: list[Bug]) -> None:
    drawn = {tasks.choose(seed).bug.bug_id for seed in range(200)}
    assert drawn == {bug.bug_id for bug in bugs[30:]}
    assert all(tasks.choose(seed).split == "train" for seed in range(5))


def test_a_seed_always_draws_the_same(tasks: TaskSet) -> None:
    assert [tasks.choose(seed, split="test") for seed in range(20)] == [
        tasks.choose(seed, split="test") for seed in range(20)
    ]
    assert len({tasks.choose(split="test").index for _ in range(200)}) > 20


@pytest.mark.parametrize("options", [{"difficulty": "easy"}, {"category": "off-by-one"}, {"difficulty": "hard"}])
def test_filters_keep_what_fits(tasks: TaskSet, options: dict[str, Any]) -> None:
    ((name, value),) = options.items()
    drawn = [tasks.choose(seed, split="test", **options).bug for seed in range(100)]
    assert {getattr(bug, name) for bug in drawn} == {value}
    assert {bug.bug_id for bug in drawn} == {b.bug_id for b in tasks.bugs("test") if getattr(b, name) == value}


def test_a_place_and_an_id_name_the_same_bug(tasks: TaskSet) -> None:
    for split in tasks.splits:
        for index, bug in enumerate(tasks.bugs(split)):
            task = tasks.choose(split=split, index=index)
            assert task.bug is bug
            assert tasks.choose(bug_id=bug.bug_id) == task
            assert tasks.choose(bug_id=bug.bug_id.split("/")[1], split=split) == task


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"split": "dev"}, "unknown split 'dev'; there is test, train"),
        ({"split": {}}, "unknown split {}; there is test, train"),
        ({"split": "test", "index": 30}, "index is 30; the split 'test' has 0 to 29"),
        ({"split": "test", "index": -1}, "index is -1; the split 'test' has 0 to 29"),
        ({"index": True}, "index is True; the split 'train' has 0 to 11"),
        ({"index": "1"}, "index is '1'; the split 'train' has 0 to 11"),
        ({"seed": "7"}, "seed is '7'; it must be a whole number"),
        ({"difficulty": "simple"}, "unknown difficulty 'simple'; it is one of easy, medium, hard"),
        ({"category": ["a"]}, "unknown category"),
        ({"level": 9}, "no bug of the split 'train' has level 9"),
        ({"index": 1, "level": 2}, "index names one bug already; leave out level"),
        ({"bug_id": "a", "index": 2}, "bug_id names one bug already; leave out index"),
        ({"bug_id": "nothing-like-it"}, "unknown bug 'nothing-like-it'"),
        ({"bug_id": 3}, "bug_id is 3; it must be text of at most 200 characters"),
        ({"bug_id": "x" * 10_000}, "bug_id is 'xxx"),
        ({"hint": True}, "reset takes no 'hint'; it takes seed, episode_id, split, index, bug_id"),
    ],
)
def test_what_does_not_fit_gets_a_sentence(tasks: TaskSet, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        tasks.choose(**options)
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_bug_in_two_splits_is_refused(bugs: list[Bug]) -> None:
    with pytest.raises(UsageError, match=f"{bugs[0].bug_id} appears twice"):
        TaskSet({"train": bugs[:2], "test": bugs[:1]})


def test_an_empty_split_is_refused(bugs: list[Bug]) -> None:
    for splits in ({}, {"test": []}):
        with pytest.raises(UsageError, match="at least one split"):
            TaskSet(splits)

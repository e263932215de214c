"""Tasks that behave alike are found, whatever their names, and none of them is in two splits."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from debugarena.benchmark import load_bugs
from debugarena.benchmark.cli import main
from debugarena.benchmark.dataset.splits import split_of
from debugarena.benchmark.errors import DebugArenaError
from debugarena.benchmark.sandbox import Sandbox
from debugarena.builder.likeness.agreement import agreement
from debugarena.builder.likeness.leaks import Likeness, leaks, likenesses, tasks_of
from debugarena.builder.likeness.tasks import Task, task_of_bug
from debugarena.builder.own_programs import load_own_programs
from debugarena.builder.program import load_programs
from debugarena.builder.publishing.generated import refuse_leaks

HERE = Path(__file__).parent
PAIRS = {
    label: [frozenset(pair) for pair in pairs] for label, pairs in YAML(typ="safe").load(HERE / "pairs.yaml").items()
}


Pair = frozenset[str]


@pytest.fixture(scope="module")
def found(sandbox: Sandbox) -> dict[Pair, Likeness]:
    """The likeness of each labelled pair; none if it is hopeless from the beginning."""
    wanted = {*PAIRS["same"], *PAIRS["different"]}
    names = Pair().union(*wanted)
    programs = [p for p in [*load_programs(), *load_own_programs(HERE / "retired")] if p.name in names]
    bugs = [bug for bug in load_bugs() if bug.bug_id in names]
    assert {p.name for p in programs} | {bug.bug_id for bug in bugs} == names, (
        "a labelled task is gone; keep it in retired/"
    )
    tasks = tasks_of(programs, bugs, sandbox)
    likes = likenesses(tasks, sandbox, lambda one, other: Pair((one.name, other.name)) in wanted)
    return {Pair((one.task.name, one.other.name)): one for one in likes}


def test_the_bounds_tell_labelled_pairs_apart(found: dict[Pair, Likeness]) -> None:
    true, false = (
        sum(pair in found and found[pair].is_same for pair in PAIRS[label]) for label in ("same", "different")
    )
    print(f"precision {true} of {true + false}, recall {true} of {len(PAIRS['same'])}")
    for pair in sorted(
        (*PAIRS["same"], *PAIRS["different"]), key=lambda pair: found[pair].kappa if pair in found else 0
    ):
        label = "same" if pair in PAIRS["same"] else "different"
        print(f"{label:9} {found.get(pair, ' and '.join(sorted(pair)))}")
    assert false <= 1
    assert true >= 0.75 * len(PAIRS["same"])


def test_no_pair_labelled_same_is_in_two_splits() -> None:
    names = {program.name for program in load_programs()} | {bug.bug_id for bug in load_bugs()}
    for pair in PAIRS["same"]:
        if pair <= names:
            assert len({"test" if name.startswith("python/") else split_of(name) for name in pair}) == 1, pair


def test_no_task_is_in_two_splits(sandbox: Sandbox) -> None:
    found = leaks(load_programs(), load_bugs(), sandbox)
    assert not found, "retire the program to train on, or make it another task: " + "; ".join(map(str, found))


def test_a_leak_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "graphs.py").write_text((HERE / "retired" / "graphs.py").read_text())
    assert main(["leaks", "--programs", str(tmp_path), "--workers", "1"]) == 1
    one, other = r"graphs/build_order \(train\)", r"python/build-order \(handcrafted\)"  # each solves the other
    named = rf"({one}|{other}) gives (\d+) of \2 results of ({one}|{other}), likeness 1.00"
    assert re.search(named, capsys.readouterr().out)
    assert main(["leaks", "--programs", str(tmp_path), "--workers", "1", "--down-to", "0.9"]) == 1
    row = r"\| \*\*1.00\*\* \| (\d+) of \1 \| `\S+/build.order` \(\w+\) \| `\S+/build.order` \(\w+\) \|"
    assert re.search(row, capsys.readouterr().out)


def test_a_build_with_a_leak_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "graphs.py").write_text((HERE / "retired" / "graphs.py").read_text())
    with pytest.raises(DebugArenaError, match=r"build_order \(train\).*, likeness 1.00; retire"):
        refuse_leaks(load_own_programs(tmp_path), load_bugs(), workers=1, allow_weak=False)


def test_methods_of_named_objects_are_methods_of_their_class() -> None:
    bugs = [bug for bug in load_bugs() if any(call.instance for test in bug.tests for call in test.calls)]
    assert len(bugs) >= 4
    for task in map(task_of_bug, bugs):
        assert not any("." in name for name in task.arguments)
        assert {question.instance for test in task.tests for question in test} > {"obj"}


# what counts as alike

CLIP = "def {name}({parameters}):\n    return f'{{max(low, min(value, high))}} of {{high}}'\n"
STACK = """
class {name}:
    def __init__(self, size):
        self.items, self.size = [], size
    def {push}(self, item):
        self.items = [*self.items, item][-self.size:]
    def {pop}(self):
        return self.items.pop()
    def {first}(self):
        return self.items[0]
"""
PROGRAMS = """
from random import Random
from collections.abc import Iterator
{code}
def inputs_{name}(rng: Random) -> Iterator:
    while True:
        yield {drawn}
"""
DRAWN = "rng.randint(0, 30), rng.randint(5, 9), rng.randint(10, 25)"


def task_of(folder: Path, sandbox: Sandbox, name: str, code: str, drawn: str) -> Task:
    """One program that draws its inputs so."""
    file = folder / f"{name.lower()}.py"
    contract = '    """It does what the others do."""\n'
    head, _, body = code.lstrip().partition("\n")
    file.write_text(PROGRAMS.format(code=f"{head}\n{contract}{body}", name=name, drawn=drawn))
    (program,) = [p for p in load_own_programs(folder) if p.entry_point == name]
    (task,) = tasks_of([program], [], sandbox)
    return task


def likeness(one: Task, other: Task, sandbox: Sandbox) -> Likeness | None:
    found = likenesses([one, other], sandbox, lambda one, other: True)
    return found[0] if found else None


def test_renamed_and_permuted_arguments_hide_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    make = partial(task_of, tmp_path, sandbox)
    clip = make("clip", CLIP.format(name="clip", parameters="value, low, high"), DRAWN)
    other = make(
        "hold",
        CLIP.format(name="hold", parameters="high, value, low"),
        "rng.randint(10, 25), rng.randint(0, 30), rng.randint(5, 9)",
    )
    found = likeness(clip, other, sandbox)
    assert found
    assert found.kappa == pytest.approx(1)
    assert found.way[""].order in ((1, 2, 0), (2, 0, 1))


def test_renamed_methods_hide_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    make = partial(task_of, tmp_path, sandbox)
    tasks = []
    for name, push, pop, first in (("Stack", "push", "pop", "first"), ("Pile", "pop", "first", "push")):
        calls = f"[('{name}', rng.randint(1, 4)), *[('{push}', rng.randint(0, 99)) for _ in range(5)], ('{first}',), ('{pop}',), ('{pop}',)]"
        tasks.append(make(name, STACK.format(name=name, push=push, pop=pop, first=first), calls))
    found = likeness(*tasks, sandbox)
    assert found
    assert found.kappa == pytest.approx(1)
    names = {name: put.name for name, put in found.way.items()}
    assert names in (
        {"": "", "pop": "push", "first": "pop", "push": "first"},
        {"": "", "push": "pop", "pop": "first", "first": "push"},
    )


@pytest.mark.parametrize(
    "body",
    [
        "return '9 of 9'",
        "return low",
        "return [value, low, high]",
        "while True: pass",
        "return 'a' * 10**12",
        "return value / 0",
    ],
)
def test_code_that_does_not_try_is_like_nothing(body: str, tmp_path: Path, sandbox: Sandbox) -> None:
    make = partial(task_of, tmp_path, sandbox)
    clip = make("clip", CLIP.format(name="clip", parameters="value, low, high"), DRAWN)
    lazy = replace(clip, name="lazy", code=f"def clip(value, low, high):\n    {body}\n")
    found = likenesses([clip, lazy], sandbox, lambda one, other: one.name == "lazy")
    assert not any(one.is_same for one in found)


def kappa(pairs: Sequence[tuple[str, str, str]]) -> float:
    return agreement(pairs).kappa


def test_kappa_is_that_of_cohens_formula() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: 35 of 50 agree, and 0.5 * 0.6 + 0.5 * 0.4 = 0.5 of them by chance
    table = {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}
    assert kappa([("", *pair) for pair, n in table.items() for _ in range(n)]) == pytest.approx(0.4)


def test_a_constant_agrees_by_chance_alone() -> None:
    assert kappa([("", "yes", "yes")] * 9 + [("", "no", "yes")]) == pytest.approx(0)
    assert kappa([]) == 0


def test_knowing_which_method_was_called_is_no_agreement() -> None:
    got = [("push", "null", "null"), ("pop", "1", "null"), ("push", "null", "null"), ("pop", "null", "1")] * 5
    assert kappa(got) < 0

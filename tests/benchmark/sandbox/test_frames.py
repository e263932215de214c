"""What the trusted side makes of replies that our own code would not have written."""

import itertools
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutated_replies import frame_of, mutants, outcome, true_replies
from typed_values import VALUES

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.grading.grade import grade_codes
from debugarena.benchmark.sandbox import CallOutcome, Limits, TestRun
from debugarena.benchmark.sandbox.frames import parse_frame
from debugarena.benchmark.values import encode

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
CALLS = st.lists(
    st.builds(
        CallOutcome,
        st.just("returned"),
        VALUES.map(encode),
        st.sampled_from(["", "[]"]),
        args_at_end=st.sampled_from(["", "[1]"]),
    )
    | st.builds(CallOutcome, st.just("raised"), type_name=TEXT, message=TEXT)
    | st.builds(CallOutcome, st.just("unencodable"), type_name=TEXT),
    min_size=1,
    max_size=3,
)


@given(CALLS)
def test_a_frame_says_what_was_put_into_it(calls: list[CallOutcome]) -> None:
    assert parse_frame(frame_of(TestRun("ran", tuple(calls))), len(calls)) == ("ran", tuple(calls), 17e-6)


@given(st.text(max_size=300) | st.from_regex(r"[0-9]{0,13}\n?([vxu]\t)?[\[\]{}\"0-9\t\n,:$a-z]*"), st.integers(0, 3))
def test_any_text_is_a_frame_or_refused(text: str, n_calls: int) -> None:
    try:
        status, calls, cpu_s = parse_frame(text, n_calls)
    except (ValueError, RecursionError):
        return
    assert status in ("ran", "load-error")
    assert len(calls) == (n_calls if status == "ran" else 1)
    assert 0 <= cpu_s < 1e6


def test_a_mutated_reply_is_refused_or_judged_by_its_values(sandbox: Sandbox, bugs: list[Bug]) -> None:
    replies = true_replies(sandbox, bugs)
    assert {outcome(reply, reply.frame.encode()) for reply in replies} == {"passed"}
    found = Counter(outcome(*mutant) for mutant in itertools.islice(mutants(replies, seed=1), 5_000))
    # none of the three is empty, or the mutants are too tame or too wild to find anything
    assert min(found["refused"], found["wrong"], found["passed"]) >= 50


@pytest.mark.parametrize("seed", range(4))
def test_a_solution_that_sends_mutated_replies_itself_is_not_paid(sandbox: Sandbox, flip: Bug, seed: int) -> None:
    rng = random.Random(seed)
    replies = true_replies(sandbox, [flip])
    sent = [data for _, data in itertools.islice(mutants(replies, seed), 60)]
    codes = []
    for data in sent:
        size = len(data) if rng.random() < 0.8 else rng.randrange(2**32)
        leave = rng.choice(("os._exit(0)", "return text[:1]", "os.read(3, 9)", "os.close(3)"))
        data = size.to_bytes(4, "little") + data
        times = rng.choice((1, 1, 6))
        codes.append(f"import os\ndef flip(text):\n    os.write(3, {data!r} * {times})\n    {leave}")
    grades = grade_codes(
        sandbox, [(flip, c) for c in codes], static_check=False, limits=Limits(0.1, 0.3), restricted=False
    )
    # a forged frame can hold one test's true value; no process gets through all tests with it
    assert not [grade.code for grade in grades if grade.solved]
    (canary,) = grade_codes(sandbox, [(flip, flip.fixed_code)])
    assert canary.solved

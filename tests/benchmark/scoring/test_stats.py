"""Estimates against known values and brute force; intervals that know what is independent."""

import math
import random
from collections.abc import Sequence
from itertools import combinations, product
from statistics import NormalDist, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from debugarena.benchmark.scoring.stats import (
    cluster_bootstrap,
    cluster_sign_flip_test,
    mcnemar,
    mean_interval,
    paired_bootstrap,
    pass_at_k,
    share_difference_interval,
    wilson_interval,
)


@pytest.mark.parametrize(("n", "k"), [(n, k) for n in range(1, 9) for k in range(1, n + 1)])
def test_pass_at_k_is_the_share_of_all_subsets_with_a_solve(n: int, k: int) -> None:
    for n_correct in range(n + 1):
        subsets = list(combinations([True] * n_correct + [False] * (n - n_correct), k))
        assert pass_at_k(n, n_correct, k) == pytest.approx(sum(map(any, subsets)) / len(subsets), abs=1e-12)


@pytest.mark.parametrize(("n", "c", "k"), [(5, 2, 6), (5, 2, 0), (5, 6, 1), (5, -1, 1), (0, 0, 1)])
def test_pass_at_k_refuses_what_is_not_defined(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match="not defined"):
        pass_at_k(n, c, k)


# Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I, method 3
@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals_are_the_published_ones(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson_interval(successes, trials) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_intervals_hold_the_share_and_never_vanish(counts: tuple[int, int]) -> None:
    low, high = wilson_interval(*counts)
    assert 0.0 <= low <= counts[0] / counts[1] <= high + 1e-12 <= 1.0 + 1e-9
    assert high - low > 0.01


VALUES = [0.1 * (i % 7) + (i // 5) for i in range(40)]
PROGRAMS = [f"p{i // 5}" for i in range(40)]  # five bugs a program, and the program decides most of the value


def test_the_same_numbers_give_the_same_interval_in_any_order() -> None:
    first = cluster_bootstrap(VALUES, PROGRAMS)
    assert cluster_bootstrap(VALUES, PROGRAMS) == first
    assert cluster_bootstrap(VALUES[::-1], PROGRAMS[::-1]) == pytest.approx(first, abs=1e-12)


def test_bugs_that_hang_together_give_a_wider_interval() -> None:
    low, high = cluster_bootstrap(VALUES, PROGRAMS)
    naive_low, naive_high = cluster_bootstrap(VALUES, [f"{i:02}" for i in range(40)])
    assert high - low > 1.5 * (naive_high - naive_low)
    assert low < sum(VALUES) / 40 < high


def test_a_share_of_samples_is_no_surer_than_a_yes_or_no() -> None:
    """One bug that one of two samples solves must hardly narrow what no solve at all leaves open."""
    alone, programs = [f"b{i}" for i in range(42)], [f"p{i // 3}" for i in range(300)]
    nothing = mean_interval([0.0] * 42, alone, (0.0, 1.0))
    assert mean_interval([0.5] + [0.0] * 41, alone, (0.0, 1.0))[1] > nothing[1]
    assert mean_interval([0.5] + [0.0] * 299, programs, (0.0, 1.0))[1] > 0.95 * wilson_interval(0, 100)[1]


def test_a_solve_more_never_makes_an_interval_much_narrower() -> None:
    clusters = [f"p{i // 3}" for i in range(300)]
    tops = [mean_interval([1.0] * n + [0.0] * (300 - n), clusters, (0.0, 1.0))[1] for n in range(0, 30, 3)]
    assert tops == sorted(tops)
    assert tops[0] == pytest.approx(wilson_interval(0, 100)[1])
    assert mean_interval([2.0] * 300, clusters, (0.0, 2.0))[0] == pytest.approx(2 * wilson_interval(100, 100)[0])
    assert all(map(math.isnan, mean_interval([0.0, 0.0, 0.0], ["p", "p", "p"], (0.0, 1.0))))


def test_one_cluster_says_nothing_about_spread() -> None:
    assert all(map(math.isnan, cluster_bootstrap([1.0, 2.0], ["p", "p"])))


@pytest.mark.parametrize(("values", "clusters"), [([], []), ([1.0], []), ([1.0], ["a", "b"])])
def test_values_without_their_clusters_are_refused(values: list[float], clusters: list[str]) -> None:
    with pytest.raises(ValueError):
        cluster_bootstrap(values, clusters)


def test_a_share_of_independent_bugs_gets_a_modified_wilson_interval_at_any_scale() -> None:
    names = [str(i) for i in range(20)]
    assert mean_interval([1.0] * 20, names, (0.0, 1.0)) == wilson_interval(20, 20)
    low, high = mean_interval([2.0] + [0.0] * 19, names, (0.0, 2.0))
    assert low == pytest.approx(2 * (1 - 0.95 ** (1 / 20)))  # at that rate one of 20 or more solve 5% of the time
    assert high == pytest.approx(2 * wilson_interval(1, 20)[1])


@pytest.mark.parametrize("n_bugs", [20, 35, 42, 60, 154, 400])
@pytest.mark.parametrize("rate", [0.005, 0.04, 0.2, 0.5, 0.95, 0.995])
def test_an_interval_of_independent_bugs_holds_the_true_rate_94_times_in_100(n_bugs: int, rate: float) -> None:
    names = [str(i) for i in range(n_bugs)]
    covered = 0.0
    for n_solved in range(n_bugs + 1):
        low, high = mean_interval([1.0] * n_solved + [0.0] * (n_bugs - n_solved), names, (0.0, 1.0))
        if low <= rate <= high:
            covered += math.comb(n_bugs, n_solved) * rate**n_solved * (1 - rate) ** (n_bugs - n_solved)
    assert covered >= 0.94


# programs and their bugs' shares, of up to three samples
some_programs = st.lists(
    st.lists(st.sampled_from([0.0, 1 / 3, 2 / 3, 1.0]), min_size=1, max_size=4), min_size=2, max_size=30
)


def _of_programs(programs: list[list[float]]) -> tuple[list[float], list[str]]:
    shares = [share for program in programs for share in program]
    return shares, [f"p{i:02}" for i, program in enumerate(programs) for _ in program]


@given(some_programs)
def test_an_interval_of_a_share_holds_it_within_its_ends_and_has_a_width(programs: list[list[float]]) -> None:
    shares, names = _of_programs(programs)
    low, high = mean_interval(shares, names, (0.0, 1.0))
    assert 0.0 <= low <= sum(shares) / len(shares) + 1e-12
    assert sum(shares) / len(shares) - 1e-12 <= high <= 1.0
    assert high - low > 0.01


@given(some_programs, st.randoms())
def test_the_interval_of_a_share_turns_with_yes_and_no_and_not_with_the_order(
    programs: list[list[float]], rng: random.Random
) -> None:
    shares, names = _of_programs(programs)
    low, high = mean_interval(shares, names, (0.0, 1.0))
    assert mean_interval([1 - share for share in shares], names, (0.0, 1.0)) == pytest.approx((1 - high, 1 - low))
    pairs = list(zip(shares, names, strict=True))
    rng.shuffle(pairs)
    assert mean_interval(*map(list, zip(*pairs, strict=True)), (0.0, 1.0)) == pytest.approx((low, high))


@given(some_programs)
def test_twice_as_many_programs_of_the_same_kind_narrow_an_interval(programs: list[list[float]]) -> None:
    once, twice = (mean_interval(*_of_programs(times * programs), (0.0, 1.0)) for times in (1, 2))
    assert twice[1] - twice[0] < once[1] - once[0]


def test_an_interval_lies_between_those_of_independent_bugs_and_of_as_many_trials_as_programs() -> None:
    alike = [1.0] * 60 + [0.0] * 240
    unlike = [1.0, 0.0, 0.0, 0.0, 0.0] * 60
    programs = [f"p{i // 3}" for i in range(300)]
    wide, narrow = (mean_interval(values, programs, (0.0, 1.0)) for values in (alike, unlike))
    assert wide == pytest.approx(wilson_interval(20, 100), abs=0.002)
    assert wide[1] - wide[0] > 1.3 * (narrow[1] - narrow[0])
    assert narrow[1] - narrow[0] < 1.1 * (wilson_interval(60, 300)[1] - wilson_interval(60, 300)[0])


BUGS_OF_154_PROGRAMS = [f"p{i}" for i in range(154) for _ in range(1 + i % 3)]


def _solved(rng: np.random.Generator, rates: Sequence[float]) -> list[list[float]]:
    """Of each of these bugs the share of three samples that solve it, for each rate with the same random numbers.

    Bugs of a program correlate by 0.3, samples of a bug by 0.65.
    """
    program = np.unique(BUGS_OF_154_PROGRAMS, return_inverse=True)[1]
    size = len(program)
    bug = np.where(rng.random(size) < (0.3 / 0.65) ** 0.5, rng.random(size)[program], rng.random(size))
    samples = [np.where(rng.random(size) < 0.65**0.5, bug, rng.random(size)) for _ in range(3)]
    return [np.mean([sample < rate for sample in samples], axis=0).tolist() for rate in rates]


@pytest.mark.parametrize("rate", [0.04, 0.95])
def test_95_percent_intervals_of_a_share_hold_the_true_rate_that_often(rate: float) -> None:
    rng = np.random.default_rng(1)
    intervals = [mean_interval(_solved(rng, [rate])[0], BUGS_OF_154_PROGRAMS, (0.0, 1.0)) for _ in range(1000)]
    assert sum(low <= rate <= high for low, high in intervals) >= 950


def test_95_percent_intervals_of_a_difference_hold_the_true_one_that_often() -> None:
    rng = np.random.default_rng(1)
    pairs = [_solved(rng, [0.95, 0.995]) for _ in range(1000)]
    intervals = [share_difference_interval(before, after, BUGS_OF_154_PROGRAMS) for before, after in pairs]
    assert sum(low <= 0.045 <= high for low, high in intervals) >= 950


def test_the_bootstrap_of_a_few_normal_values_is_as_wide_as_the_t_interval() -> None:
    values = [NormalDist().inv_cdf((i + 0.5) / 10) for i in range(10)]
    low, high = cluster_bootstrap(values, [str(i) for i in range(10)])
    half = 2.262 * stdev(values) / 10**0.5  # 2.262: the 97.5% quantile of t with 9 degrees of freedom
    assert (low, high) == pytest.approx((-half, half), rel=0.03)


def test_mcnemar_does_not_call_a_small_gain_real() -> None:
    # 7 of 20 against 9 of 20: five bugs gained, three lost
    a = [True] * 4 + [True] * 3 + [False] * 5 + [False] * 8
    b = [True] * 4 + [False] * 3 + [True] * 5 + [False] * 8
    test = mcnemar(a, b)
    assert (sum(a), sum(b), test.only_a, test.only_b) == (7, 9, 3, 5)
    assert test.p_value == pytest.approx(2 * sum(math.comb(8, i) for i in range(4)) / 2**8)
    assert test.p_value > 0.7


def test_mcnemar_calls_a_one_sided_split_real_and_equality_nothing() -> None:
    assert mcnemar([False] * 10, [True] * 10).p_value == pytest.approx(2 / 2**10)
    assert mcnemar([True, False], [True, False]).p_value == 1.0


def test_paired_differences_keep_their_sign_and_pairing() -> None:
    gain, (low, high) = paired_bootstrap([0.0, 1.0, 2.0], [0.5, 1.5, 2.5], ["a", "b", "c"])
    assert (gain, low, high) == pytest.approx((0.5, 0.5, 0.5))
    with pytest.raises(ValueError):
        paired_bootstrap([0.0], [0.5, 1.0], ["a", "b"])


def test_a_gain_on_one_program_is_no_proof_however_many_bugs_it_has() -> None:
    before, after = [0.0] * 60, [1.0] * 30 + [0.0] * 30
    assert cluster_sign_flip_test(before, after, ["p"] * 30 + [f"q{i}" for i in range(30)]) == 1.0
    assert cluster_sign_flip_test(before, after, [f"p{i}" for i in range(60)]) < 0.001


def _share_of_flips_as_far(gains: list[float]) -> float:
    flips = [
        sum(g if bit else -g for g, bit in zip(gains, bits, strict=True)) for bits in product((0, 1), repeat=len(gains))
    ]
    return sum(abs(flip) >= abs(sum(gains)) - 1e-9 for flip in flips) / len(flips)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=8), st.sampled_from([1, 3, 8, 24]))
def test_the_sign_test_of_solves_is_exactly_that_of_all_flips(gains: list[int], samples: int) -> None:
    values = [gain / samples for gain in gains]
    clusters = [str(i) for i in range(len(gains))]
    p = cluster_sign_flip_test([0.0] * len(gains), values, clusters)
    assert p == pytest.approx(_share_of_flips_as_far(values))
    assert cluster_sign_flip_test(values, [0.0] * len(gains), clusters) == p


def test_the_sign_test_of_rewards_is_close_to_that_of_all_flips() -> None:
    gains = [0.5, -0.257, 1.0413, 2.0, 0.0, 0.7531]
    p = cluster_sign_flip_test([0.0] * 6, gains, list("abcdef"))
    assert p == pytest.approx(_share_of_flips_as_far(gains), abs=0.015)


def test_a_clear_difference_has_a_p_value_as_small_as_it_is() -> None:
    assert cluster_sign_flip_test([0.0] * 60, [1.0] * 60, [str(i) for i in range(60)]) == pytest.approx(2**-59)


def test_the_interval_of_a_rare_difference_has_a_width_and_shrinks_with_programs() -> None:
    none = [0.0] * 60
    few = [1.0] * 3 + [0.0] * 57
    programs = [f"p{i % 20}" for i in range(60)]
    low, high = share_difference_interval(none, none, programs)
    assert low == -high < -0.1
    # both rates are those of 20 programs: Wilson's upper end of 0 of 20
    assert high == pytest.approx(wilson_interval(0, 20)[1])
    low, high = share_difference_interval(none, few, programs)
    assert low < 0.05 < high
    alone = share_difference_interval(none, few, [f"p{i}" for i in range(60)])
    assert alone[1] - alone[0] < high - low


# both, neither and one alone; Bentur et al. 2009 in Fagerland, Lydersen & Laake 2014, doi:10.1002/sim.6148; Altman et al.,
# Statistics with confidence, 2000, table 6.2
@pytest.mark.parametrize(
    ("both", "only_a", "only_b", "neither", "interval"),
    [(1, 1, 7, 12, (-0.507, -0.026)), (14, 5, 0, 22, (0.011, 0.226))],
)
def test_the_interval_of_a_difference_of_pairs_is_the_published_one(
    both: int, only_a: int, only_b: int, neither: int, interval: tuple[float, float]
) -> None:
    a = [1.0] * (both + only_a) + [0.0] * (only_b + neither)
    b = [1.0] * both + [0.0] * only_a + [1.0] * only_b + [0.0] * neither
    found = share_difference_interval(b, a, [f"p{i}" for i in range(len(a))])
    assert found == pytest.approx(interval, abs=5e-4)


def test_the_interval_of_runs_that_agree_is_narrower_than_that_of_runs_that_do_not() -> None:
    programs = [f"p{i // 2}" for i in range(80)]
    agreeing, disagreeing = [1.0] * 8 + [0.0] * 72, [0.0] * 72 + [1.0] * 8
    shifted = [0.0] * 2 + agreeing[:-2]
    low, high = share_difference_interval(agreeing, shifted, programs)
    assert low == -high
    wide = share_difference_interval(agreeing, disagreeing, programs)
    assert wide[1] - wide[0] > 1.3 * (high - low)


@given(some_programs, st.data())
def test_the_interval_of_a_difference_holds_it_and_turns_with_the_sides(
    programs: list[list[float]], data: st.DataObject
) -> None:
    after, names = _of_programs(programs)
    before = data.draw(st.permutations(after))
    low, high = share_difference_interval(before, after, names)
    gain = (sum(after) - sum(before)) / len(after)
    assert -1.0 <= low <= gain + 1e-12
    assert gain - 1e-12 <= high <= 1.0
    assert share_difference_interval(after, before, names) == pytest.approx((-high, -low))

"""Estimates against known values and brute force; intervals that know what is independent."""

import math
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debugarena.benchmark.stats import (
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
    """One bug that one of two samples solves must not narrow what no solve at all leaves open."""
    alone, programs = [f"b{i}" for i in range(42)], [f"p{i // 3}" for i in range(300)]
    nothing = mean_interval([0.0] * 42, alone, (0.0, 1.0))
    assert mean_interval([0.5] + [0.0] * 41, alone, (0.0, 1.0))[1] > nothing[1]
    assert mean_interval([0.5] + [0.0] * 299, programs, (0.0, 1.0))[1] > wilson_interval(0, 100)[1]
    assert mean_interval([0.5] * 42, alone, (0.0, 1.0)) == pytest.approx(wilson_interval(21, 42))
    spread = [0.25, 0.5, 0.75] * 14
    assert mean_interval(spread, alone, (0.0, 1.0)) == cluster_bootstrap(spread, alone)


def test_a_solve_more_never_makes_an_interval_much_narrower() -> None:
    clusters = [f"p{i // 3}" for i in range(300)]
    tops = [mean_interval([1.0] * n + [0.0] * (300 - n), clusters, (0.0, 1.0))[1] for n in range(0, 30, 3)]
    assert tops == sorted(tops)
    assert tops[0] == pytest.approx(wilson_interval(0, 100)[1])
    assert mean_interval([2.0] * 300, clusters, (0.0, 2.0))[0] == pytest.approx(2 * wilson_interval(100, 100)[0])
    assert mean_interval([0.7] * 300, clusters, (0.0, 1.0)) == pytest.approx(wilson_interval(70, 100))
    many = [float(i % 2) for i in range(300)]
    assert mean_interval(many, clusters, (0.0, 1.0)) == cluster_bootstrap(many, clusters)
    assert all(map(math.isnan, mean_interval([0.0, 0.0, 0.0], ["p", "p", "p"], (0.0, 1.0))))


def test_one_cluster_says_nothing_about_spread() -> None:
    assert all(map(math.isnan, cluster_bootstrap([1.0, 2.0], ["p", "p"])))


@pytest.mark.parametrize(("values", "clusters"), [([], []), ([1.0], []), ([1.0], ["a", "b"])])
def test_values_without_their_clusters_are_refused(values: list[float], clusters: list[str]) -> None:
    with pytest.raises(ValueError):
        cluster_bootstrap(values, clusters)


def test_a_share_of_independent_bugs_gets_a_wilson_interval_at_any_scale() -> None:
    names = [str(i) for i in range(20)]
    assert mean_interval([1.0] * 20, names, (0.0, 1.0)) == wilson_interval(20, 20)
    low, high = wilson_interval(8, 20)
    assert mean_interval([2.0] * 8 + [0.0] * 12, names, (0.0, 2.0)) == pytest.approx((2 * low, 2 * high))
    low, high = mean_interval(
        [1.0] * 10 + [0.0] * 10, ["p"] * 10 + ["q"] * 10, (0.0, 1.0)
    )  # two programs, worth two trials
    assert (low, high) == pytest.approx(wilson_interval(1, 2))


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


def test_the_interval_of_a_common_difference_is_the_clustered_bootstrap() -> None:
    before, after = [0.0] * 40, [1.0] * 12 + [0.0] * 28
    programs = [f"p{i}" for i in range(40)]
    assert share_difference_interval(before, after, programs) == paired_bootstrap(before, after, programs)[1]

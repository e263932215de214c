"""The statistics of a report: unbiased pass@k, intervals, paired tests.

A share gets Wilson's interval, for as many trials as its bugs are worth. A mean gets the bootstrap's, which resamples
whole programs. All resampling is seeded: the same numbers give the same interval. docs/statistics.md has the formulas
and their coverage by simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

N_RESAMPLES = 10_000
CONFIDENCE = 0.95
MAX_DENOMINATOR = 120
_SEED = 20261122
_Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)

Interval = tuple[float, float]
Array = npt.NDArray[np.float64]


def pass_at_k(n_samples: int, n_correct: int, k: int) -> float:
    """Unbiased pass@k of one problem, in [0, 1]: the chance that k of the n samples, drawn without replacement, hold
    a correct one.

    0 <= n_correct <= n_samples and 1 <= k <= n_samples, else ValueError.
    Chen et al. 2021, arXiv:2107.03374, eq. 1.
    """
    if not 1 <= k <= n_samples or not 0 <= n_correct <= n_samples:
        raise ValueError(f"pass@{k} of {n_correct} correct among {n_samples} samples is not defined")
    if n_samples - n_correct < k:
        return 1.0
    ranks = np.arange(n_samples - n_correct + 1, n_samples + 1)
    return float(1.0 - np.prod(1.0 - k / ranks))


def wilson_interval(n_successes: int, n_trials: int) -> Interval:
    """95% Wilson score interval of a share. Wilson 1927, doi:10.1080/01621459.1927.10502953. n_trials >= 1."""
    low, high = _wilson(np.asarray(n_successes / n_trials), np.asarray(n_trials))
    return float(low), float(high)


def cluster_bootstrap(values: Sequence[float], clusters: Sequence[str]) -> Interval:
    """95% percentile interval of the mean of `values`, resampling whole clusters; the percentiles are expanded_tail's.

    values[i] belongs to clusters[i]; with as many clusters as values this is the ordinary bootstrap. A single
    cluster says nothing about spread: the interval is then (nan, nan). Efron & Tibshirani 1993, ch. 13; Cameron,
    Gelbach & Miller 2008, doi:10.1162/rest.90.3.414, for resampling clusters.
    """
    sums, counts = _per_cluster(values, clusters)
    if len(sums) < 2:
        return float("nan"), float("nan")
    draws = np.random.default_rng(_SEED).integers(len(sums), size=(N_RESAMPLES, len(sums)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    tail = expanded_tail(len(sums))
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def expanded_tail(n_clusters: int) -> float:
    """The share of resampled means to leave out at each end: below 2.5%, because means of few clusters are too close.

    n_clusters >= 2. Hesterberg 2015, doi:10.1080/00031305.2015.1089789, the expanded percentile interval.
    """
    return NormalDist().cdf(-_t_quantile(n_clusters) * (n_clusters / (n_clusters - 1)) ** 0.5)


def _t_quantile(n_clusters: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(max(1, n_clusters - 1), 0.5 + CONFIDENCE / 2))


def _per_cluster(values: Sequence[float], clusters: Sequence[str]) -> tuple[Array, Array]:
    if len(values) != len(clusters) or not values:
        raise ValueError(f"{len(values)} values for {len(clusters)} cluster names")
    # sorted by name: the order of the bugs must not move the interval
    names, indices = np.unique(np.asarray(clusters), return_inverse=True)
    sums, counts = np.zeros(len(names)), np.zeros(len(names))
    np.add.at(sums, indices, np.asarray(values, dtype=float))
    np.add.at(counts, indices, 1.0)
    return sums, counts


def mean_interval(values: Sequence[float], clusters: Sequence[str], ends: Interval | None = None) -> Interval:
    """95% interval of a mean over bugs; (nan, nan) for several bugs of a single cluster.

    ends: the two values that a yes-or-no quantity takes (0 and 1 for a share, 0 and 2 for the solve bonus); a bug with
    several samples is between them. The interval is then that of share_limits, scaled. A quantity without ends gets
    the clustered bootstrap.
    """
    if ends is None or not all(ends[0] <= value <= ends[1] for value in values):
        return cluster_bootstrap(values, clusters)
    sums, counts = _per_cluster([(value - ends[0]) / (ends[1] - ends[0]) for value in values], clusters)
    if len(sums) == 1 < len(values):
        return float("nan"), float("nan")
    low, high = share_limits(sums, counts)
    return ends[0] + (ends[1] - ends[0]) * float(low), ends[0] + (ends[1] - ends[0]) * float(high)


def share_limits(sums: Array, counts: Array) -> tuple[Array, Array]:
    """95% intervals of shares: sums[..., i] over the counts[i] bugs of cluster i, each bug between 0 and 1.

    Wilson's, for as many trials as the bugs are worth. Each end lies at least as far out as Clopper and Pearson's
    one-sided 95% limit, because Wilson's lower limit for a single solve is too high. The modified Wilson interval is
    similar: Brown, Cai & DasGupta 2001, doi:10.1214/ss/1009213286.
    """
    return _modified_wilson(sums.sum(axis=-1) / counts.sum(), _n_trials(sums, counts))


def _modified_wilson(share: Array, n_trials: Array) -> tuple[Array, Array]:
    low, high = _wilson(share, n_trials)
    outer_low, outer_high = _one_sided(share, n_trials), 1 - _one_sided(1 - share, n_trials)
    return np.minimum(low, outer_low), np.maximum(high, outer_high)


def _n_trials(sums: Array, counts: Array, expected_effect: Array | float = 1.0) -> Array:
    """How many independent yes-or-no bugs tell as much as these: the effective sample size.

    Kish's number for clusters whose bugs all go one way, divided by the design effect: how much clusters vary compared
    with that. A few clusters that differ do not show it, so one more is added that varies as expected. Korn & Graubard
    1998, Survey Methodology 24(2), 193-201, for the effective sample size and its t quantile.
    """
    found, one_way = _variation(sums, counts)
    effect = (found + _one_more(counts) * expected_effect) / (one_way + _one_more(counts))
    estimate: Array = counts.sum() ** 2 / np.sum(counts**2) / effect
    return np.where(_is_exact(sums, counts), counts.sum(), estimate)


def _variation(sums: Array, counts: Array) -> tuple[Array, Array]:
    """The sum of squared distances of clusters from the mean share: as found, and if their bugs all went one way.

    The t quantile raises what is found for few clusters.
    """
    share = sums.sum(axis=-1) / counts.sum()
    found = _co_spread(sums, sums, counts) * (_t_quantile(len(counts)) / _Z) ** 2
    one_way: Array = share * (1 - share) * np.sum(counts**2)
    return found, one_way


def _one_more(counts: Array) -> float:
    """What one average cluster adds to the spread if its bugs all go one way."""
    return float(np.mean(counts**2))


def _is_exact(sums: Array, counts: Array) -> npt.NDArray[np.bool_]:
    """Whether the bugs are independent and each is a yes or a no, so that their share determines how they vary."""
    yes_or_no = np.isin(sums, (0.0, 1.0)).all(axis=-1)
    return np.logical_and(np.all(counts == 1), yes_or_no)


def _co_spread(sums_a: Array, sums_b: Array, counts: Array) -> Array:
    """The sum over clusters of A's distance from its share times B's distance from its own."""
    off_a, off_b = (sums - counts * sums.sum(axis=-1, keepdims=True) / counts.sum() for sums in (sums_a, sums_b))
    spread: Array = np.sum(off_a * off_b, axis=-1)
    return spread


def _one_sided(share: Array, n_trials: Array) -> Array:
    """Clopper and Pearson's one-sided 95% lower limit, for a number of trials that need not be whole."""
    from scipy.special import betaincinv

    n_yes = np.maximum(share * n_trials, 1e-9)  # without a yes, the limit is 0
    return np.asarray(betaincinv(n_yes, n_trials - n_yes + 1, 1 - CONFIDENCE))


def _wilson(share: Array, n_trials: Array) -> tuple[Array, Array]:
    """wilson_interval for a number of trials that need not be whole."""
    middle = (share + _Z**2 / (2 * n_trials)) / (1 + _Z**2 / n_trials)
    half = _Z / (1 + _Z**2 / n_trials) * np.sqrt(share * (1 - share) / n_trials + _Z**2 / (4 * n_trials**2))
    return np.clip(middle - half, 0.0, share), np.clip(middle + half, share, 1.0)


@dataclass(frozen=True)
class PairedTest:
    """Two runs on the same bugs. `only_a` bugs were solved only by A, `only_b` only by B; p_value is two-sided."""

    only_a: int
    only_b: int
    p_value: float


def mcnemar(solved_a: Sequence[bool], solved_b: Sequence[bool]) -> PairedTest:
    """Exact McNemar test of whether chance explains how the bugs that only one run solved are split.

    McNemar 1947, doi:10.1007/BF02295996, in its exact binomial form. No discordant bug gives p = 1.
    """
    from scipy.stats import binomtest

    pairs = list(zip(solved_a, solved_b, strict=True))
    only_a = sum(a and not b for a, b in pairs)
    only_b = sum(b and not a for a, b in pairs)
    p_value = float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0
    return PairedTest(only_a, only_b, p_value)


def cluster_sign_flip_test(values_a: Sequence[float], values_b: Sequence[float], clusters: Sequence[str]) -> float:
    """Two-sided p-value of the mean difference over the same bugs, by flipping the sign of whole clusters.

    Without a difference, a gain of B on a program is as likely as a loss. If the clusters' differences are whole
    multiples of some fraction, as for solves, over all flips; else over 10,000 random ones, and at least 1 / 10,001.
    Canay, Romano & Shaikh 2017, doi:10.3982/ECTA13081.
    """
    sums, _ = _per_cluster([b - a for a, b in zip(values_a, values_b, strict=True)], clusters)
    if (steps := _whole_multiples(sums)) is not None:
        return _exact_sign_flips(steps)
    signs = np.random.default_rng(_SEED).choice((-1.0, 1.0), size=(N_RESAMPLES, len(sums)))
    # rounded, so that sums that differ only by the order of adding count as equal
    as_far = np.round(np.abs(signs @ sums), 9) >= round(abs(float(sums.sum())), 9)
    return float((1 + np.count_nonzero(as_far)) / (1 + N_RESAMPLES))


def _whole_multiples(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.int64] | None:
    """The sums in the largest unit 1/n, n at most MAX_DENOMINATOR, that all of them are multiples of, or None."""
    for n in range(1, MAX_DENOMINATOR + 1):
        steps = np.round(sums * n)
        if np.allclose(steps, sums * n, rtol=0, atol=1e-6):
            return steps.astype(np.int64)
    return None


def _exact_sign_flips(steps: npt.NDArray[np.int64]) -> float:
    """The share of all assignments of signs whose sum is as far from 0, from the distribution of that sum."""
    sizes = np.abs(steps[steps != 0])
    chances = np.ones(1)  # of the sums -total..total, as sizes are added one by one
    for size in sizes:
        chances = (np.pad(chances, (0, 2 * size)) + np.pad(chances, (2 * size, 0))) / 2
    distances = np.abs(np.arange(len(chances)) - sizes.sum())
    return min(1.0, float(chances[distances >= abs(steps.sum())].sum()))


def share_difference_interval(
    values_a: Sequence[float], values_b: Sequence[float], clusters: Sequence[str]
) -> Interval:
    """95% interval of the mean of B minus that of A over the same bugs, all values between 0 and 1."""
    sums_a, counts = _per_cluster(values_a, clusters)
    sums_b, _ = _per_cluster(values_b, clusters)
    low, high = share_difference_limits(sums_a, sums_b, counts)
    return float(low), float(high)


def share_difference_limits(sums_a: Array, sums_b: Array, counts: Array) -> tuple[Array, Array]:
    """95% intervals of the share of B minus that of A; sums and counts are those of share_limits.

    Newcombe's square-and-add interval for paired shares: for the clusters where B gains and those where it loses,
    because what both solve says nothing about the difference. For independent yes-or-no bugs it is that of the shares
    of A and B, as published. Newcombe 1998, doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C,
    method 10.
    """
    exact = np.logical_and(_is_exact(sums_a, counts), _is_exact(sums_b, counts))
    losses = np.where(exact[..., np.newaxis], sums_a, np.maximum(0.0, sums_a - sums_b))
    gains = np.where(exact[..., np.newaxis], sums_b, np.maximum(0.0, sums_b - sums_a))
    published, ours = _newcombe(losses, gains, counts, _wilson), _newcombe(losses, gains, counts, _modified_wilson)
    return np.where(exact, published[0], ours[0]), np.where(exact, published[1], ours[1])


def _newcombe(
    sums_a: Array, sums_b: Array, counts: Array, limits: Callable[[Array, Array], tuple[Array, Array]]
) -> tuple[Array, Array]:
    """Method 10, from the limits of both shares; the design effect to expect of either is that of both together."""
    a, b = sums_a.sum(axis=-1) / counts.sum(), sums_b.sum(axis=-1) / counts.sum()
    (found_a, one_way_a), (found_b, one_way_b) = _variation(sums_a, counts), _variation(sums_b, counts)
    expected = (found_a + found_b + _one_more(counts)) / (one_way_a + one_way_b + _one_more(counts))
    low_a, high_a = limits(a, _n_trials(sums_a, counts, expected))
    low_b, high_b = limits(b, _n_trials(sums_b, counts, expected))
    correlation = _correlation(sums_a, sums_b, counts)

    def distance(x: Array, y: Array) -> Array:
        return np.sqrt(np.maximum(0.0, x**2 + y**2 - 2 * correlation * x * y))

    return b - a - distance(b - low_b, high_a - a), b - a + distance(high_b - b, a - low_a)


def _correlation(sums_a: Array, sums_b: Array, counts: Array) -> Array:
    """The correlation of two shares over clusters; if positive, Newcombe's half-trial correction moves it towards 0."""
    together = _co_spread(sums_a, sums_b, counts)
    half_trial = 0.5 * (np.sum(counts**2) / counts.sum()) ** 2
    corrected = np.where(together < 0, together, np.maximum(0.0, together - half_trial))
    spread = np.sqrt(_co_spread(sums_a, sums_a, counts) * _co_spread(sums_b, sums_b, counts))
    return np.divide(corrected, spread, out=np.zeros_like(spread), where=spread > 0)


def known(interval: Interval) -> Interval | None:
    """The interval, or None for (nan, nan): a single cluster has no interval, not one of width zero."""
    return None if interval[0] != interval[0] else interval


def paired_bootstrap(
    values_a: Sequence[float], values_b: Sequence[float], clusters: Sequence[str]
) -> tuple[float, Interval]:
    """Mean of B minus mean of A over the same bugs, with its 95% interval, resampling whole clusters."""
    differences = [b - a for a, b in zip(values_a, values_b, strict=True)]
    return sum(differences) / len(differences), cluster_bootstrap(differences, clusters)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values, in their order, corrected for multiple tests. Holm 1979, jstor.org/stable/4615733."""
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        corrected[i] = largest
    return corrected

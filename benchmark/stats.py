"""The statistics of a report: unbiased pass@k, intervals, paired tests.

Independent bugs give Wilson intervals for a share and bootstrap intervals for a mean. Where several bugs come from one
source program, whole programs are resampled; a share is Wilson's there too, for as many trials as there are programs,
until ten programs have shown how they differ. All resampling is seeded: the same numbers give the same interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

N_RESAMPLES = 10_000
CONFIDENCE = 0.95
MIN_DISSENTING = 10
MAX_DENOMINATOR = 120
_SEED = 20261122

Interval = tuple[float, float]


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
    return _wilson(n_successes / n_trials, n_trials)


def cluster_bootstrap(values: Sequence[float], clusters: Sequence[str]) -> Interval:
    """95% percentile interval of the mean of `values`, resampling whole clusters.

    values[i] belongs to clusters[i]; with as many clusters as values this is the ordinary bootstrap. One single
    cluster says nothing about spread: the interval is then (nan, nan). Efron & Tibshirani 1993, ch. 13; Cameron,
    Gelbach & Miller 2008, doi:10.1162/rest.90.3.414, for resampling clusters.
    """
    sums, counts = _per_cluster(values, clusters)
    if len(sums) < 2:
        return float("nan"), float("nan")
    draws = np.random.default_rng(_SEED).integers(len(sums), size=(N_RESAMPLES, len(sums)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(low), float(high)


def _per_cluster(values: Sequence[float], clusters: Sequence[str]) -> tuple[npt.NDArray[np.float64], ...]:
    if len(values) != len(clusters) or not values:
        raise ValueError(f"{len(values)} values for {len(clusters)} cluster names")
    # sorted by name: the order of the bugs must not move the interval
    names, indices = np.unique(np.asarray(clusters), return_inverse=True)
    sums, counts = np.zeros(len(names)), np.zeros(len(names))
    np.add.at(sums, indices, np.asarray(values, dtype=float))
    np.add.at(counts, indices, 1.0)
    return sums, counts


def mean_interval(values: Sequence[float], clusters: Sequence[str], ends: Interval | None = None) -> Interval:
    """95% interval of a mean over bugs.

    ends: the two values that a yes-or-no quantity takes (0 and 1 for a share, 0 and 2 for the solve bonus); a bug with
    several samples lies between them. The interval is then Wilson's of the share, scaled, of as many trials as the bugs
    are worth: all of them where no two share a cluster, else as many as there are clusters (fewer, where those differ
    in size). It is wide enough for values between the ends, which vary less than those at them. Once MIN_DISSENTING
    clusters have shown how they differ, what is not a yes or no of independent bugs gets the clustered bootstrap, as
    everything without ends does.
    """
    if ends is None or not all(ends[0] <= value <= ends[1] for value in values):
        return cluster_bootstrap(values, clusters)
    shares = [(value - ends[0]) / (ends[1] - ends[0]) for value in values]
    sums, counts = _per_cluster(shares, clusters)
    n_trials = counts.sum() ** 2 / (counts**2).sum()
    independent, one_cluster = len(sums) == len(values), len(sums) == 1
    exact = independent and all(share in (0.0, 1.0) for share in shares)
    if not exact and ((one_cluster and not independent) or _n_dissenting(sums / counts) >= MIN_DISSENTING):
        return cluster_bootstrap(values, clusters)
    low, high = _wilson(float(np.mean(shares)), float(n_trials))
    return ends[0] + (ends[1] - ends[0]) * low, ends[0] + (ends[1] - ends[0]) * high


def _n_dissenting(means: npt.NDArray[np.float64]) -> int:
    """How many clusters differ from what most of them say."""
    return int(len(means) - np.unique(np.round(means, 9), return_counts=True)[1].max())


def _wilson(share: float, n_trials: float) -> Interval:
    """wilson_interval for a number of trials that need not be whole."""
    from scipy.stats import norm

    z = norm.ppf(0.5 + CONFIDENCE / 2)
    middle = (share + z**2 / (2 * n_trials)) / (1 + z**2 / n_trials)
    half = z / (1 + z**2 / n_trials) * np.sqrt(share * (1 - share) / n_trials + z**2 / (4 * n_trials**2))
    return max(0.0, min(share, float(middle - half))), min(1.0, max(share, float(middle + half)))


@dataclass(frozen=True)
class PairedTest:
    """Two runs on the same bugs. `only_a` bugs were solved by A alone, `only_b` by B alone; p_value is two-sided."""

    only_a: int
    only_b: int
    p_value: float


def mcnemar(solved_a: Sequence[bool], solved_b: Sequence[bool]) -> PairedTest:
    """Exact McNemar test: were the bugs that one run alone solved split by chance?

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

    Without a difference, what B gains on a program is as likely to be a loss. Where the clusters' differences are whole
    numbers of some fraction, as solves are, over all flips; else over 10,000 random ones, and at least 1 / 10,001.
    Canay, Romano & Shaikh 2017, doi:10.3982/ECTA13081.
    """
    sums, _ = _per_cluster([b - a for a, b in zip(values_a, values_b, strict=True)], clusters)
    if (steps := _whole_multiples(sums)) is not None:
        return _exact_sign_flips(steps)
    signs = np.random.default_rng(_SEED).choice((-1.0, 1.0), size=(N_RESAMPLES, len(sums)))
    # rounded, so that what is equal but for the order of adding counts as equal
    as_far = np.round(np.abs(signs @ sums), 9) >= round(abs(float(sums.sum())), 9)
    return float((1 + np.count_nonzero(as_far)) / (1 + N_RESAMPLES))


def _whole_multiples(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.int64] | None:
    """The sums in the largest unit 1/n, n at most MAX_DENOMINATOR, that all of them are multiples of; None without."""
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
    """95% interval of the mean of B minus that of A over the same bugs, all values between 0 and 1.

    The clustered bootstrap, once MIN_DISSENTING clusters have shown how they differ. With fewer it would be too narrow,
    and without width where nothing differs; then Newcombe's square-and-add interval for paired shares, from the Wilson
    intervals of both, for as many trials as the bugs are worth, and the correlation of A and B over clusters. Newcombe
    1998, doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C, method 10.
    """
    sums_a, counts = _per_cluster(values_a, clusters)
    sums_b, _ = _per_cluster(values_b, clusters)
    means_a, means_b = sums_a / counts, sums_b / counts
    if _n_dissenting(means_b - means_a) >= MIN_DISSENTING:
        return paired_bootstrap(values_a, values_b, clusters)[1]
    n_trials = float(counts.sum() ** 2 / (counts**2).sum())
    a, b = float(np.mean(values_a)), float(np.mean(values_b))
    (low_a, high_a), (low_b, high_b) = _wilson(a, n_trials), _wilson(b, n_trials)
    correlation = _correlation(means_a, means_b, a, b, n_trials)

    def distance(x: float, y: float) -> float:
        return float(np.sqrt(max(0.0, x**2 + y**2 - 2 * correlation * x * y)))

    return b - a - distance(b - low_b, high_a - a), b - a + distance(high_b - b, a - low_a)


def _correlation(
    means_a: npt.NDArray[np.float64], means_b: npt.NDArray[np.float64], a: float, b: float, n_trials: float
) -> float:
    """Of two shares over clusters; where it is positive, Newcombe's correction by half a trial draws it towards 0."""
    spread, binary_spread = float(np.std(means_a) * np.std(means_b)), float(np.sqrt(a * (1 - a) * b * (1 - b)))
    if spread == 0:
        return 0.0
    correlation = float(np.mean(means_a * means_b) - np.mean(means_a) * np.mean(means_b)) / spread
    return correlation if correlation < 0 else max(0.0, correlation - 0.5 / (n_trials * binary_spread))


def paired_bootstrap(
    values_a: Sequence[float], values_b: Sequence[float], clusters: Sequence[str]
) -> tuple[float, Interval]:
    """Mean of B minus mean of A over the same bugs, with its 95% interval, resampling whole clusters."""
    differences = [b - a for a, b in zip(values_a, values_b, strict=True)]
    return sum(differences) / len(differences), cluster_bootstrap(differences, clusters)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values, in their order, corrected for there being several of them. Holm 1979, jstor.org/stable/4615733."""
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        corrected[i] = largest
    return corrected

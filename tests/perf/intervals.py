"""How often the 95% intervals of benchmark/scoring/stats.py hold the true value, by simulation, and how wide they are.

  python tests/perf/intervals.py --out runs/perf
  python tests/perf/intervals.py --docs docs/statistics.md     # also renews the tables of the page

A cell is a true rate, or two, a number of programs and how alike the bugs of a program are. Each repetition draws what
is solved and asks every method for its interval, these and others.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pages import keep, table
from rich.progress import track
from scipy import stats as scipy_stats
from scipy.special import expit

from debugarena.benchmark.scoring.stats import expanded_tail, share_difference_limits, share_limits

Array = npt.NDArray[np.float64]
Limits = tuple[Array, Array]
Method = Callable[..., Limits]

RATES = (0.005, 0.04, 0.2, 0.5, 0.95, 0.995)
PAIRS = ((0.003, 0.037), (0.04, 0.04), (0.04, 0.2), (0.5, 0.6), (0.95, 0.995))
REWARD_RATES = ((0.04,), (0.2,), (0.5,), (0.04, 0.2), (0.5, 0.6))
N_PROGRAMS = (20, 42, 60, 154, 400)
# bugs of a program in turn, samples a bug, correlation of two bugs of a program
DESIGNS = (
    *(((1,), 1, 0.0), ((1,), 3, 0.0), ((1,), 3, 0.3)),
    *(((1, 2, 3), samples, correlation) for samples in (1, 3) for correlation in (0.0, 0.3, 1.0)),
)
UNEQUAL = tuple(((1, 1, 1, 10), 1, correlation) for correlation in (0.0, 0.3, 1.0))
# how often both rates get the same random number
SHARED = 0.5
SOLVED, UNREADABLE, LEAST = 3.2, -0.3, 0.2
ENOUGH = 0.94
OURS = "DebugArena's"
N_RESAMPLES = 1000
Z2 = float(scipy_stats.norm.ppf(0.975)) ** 2


@dataclass(frozen=True)
class Cell:
    """bugs: of the programs, in turn."""

    rates: tuple[float, ...]
    bugs: tuple[int, ...]
    samples: int
    correlation: float
    n_programs: int

    def counts(self) -> npt.NDArray[np.int64]:
        return np.resize(self.bugs, self.n_programs)

    def rng(self) -> np.random.Generator:
        numbers = (*self.rates, *self.bugs, self.samples, self.correlation, self.n_programs)
        return np.random.default_rng([round(1000 * number) for number in numbers])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=4000, help="of a cell")
    parser.add_argument("--programs", type=int, nargs="+", default=N_PROGRAMS)
    parser.add_argument("--out", type=Path, default=Path("runs/perf"))
    parser.add_argument("--docs", type=Path, metavar="PAGE")
    args = parser.parse_args()
    shares = [Cell((rate,), *design, n) for design in DESIGNS for rate in RATES for n in args.programs]
    pairs = [Cell(pair, *design, n) for design in DESIGNS for pair in PAIRS for n in args.programs]
    unequal = [Cell((rate,), *design, n) for design in UNEQUAL for rate in RATES for n in args.programs]
    sizes = ((1,), (1, 2, 3))
    means = [Cell(rates, bugs, 1, 0.3, n) for bugs in sizes for rates in REWARD_RATES for n in args.programs]
    found = {
        "shares": [measure(cell, args.repetitions, solves, SHARE_METHODS) for cell in track(shares, "shares")],
        "unequal": [measure(cell, args.repetitions, solves, SHARE_METHODS) for cell in track(unequal, "unequal")],
        "differences": [measure(cell, args.repetitions, solves, PAIR_METHODS) for cell in track(pairs, "differences")],
        "means": [measure(cell, args.repetitions, rewards, MEAN_METHODS) for cell in track(means, "means")],
    }
    keep("intervals", found, page(found, args.programs, args.repetitions), args.out, args.docs)


def measure(
    cell: Cell,
    repetitions: int,
    draw: Callable[[Cell, int, np.random.Generator], tuple[list[Array], float]],
    methods: Mapping[str, Method],
) -> dict[str, Any]:
    """The cell, and of every method how often its interval holds the true value and how wide it is on average."""
    sums, truth = draw(cell, repetitions, cell.rng())
    result: dict[str, Any] = asdict(cell) | {"coverage": {}, "width": {}}
    for name, method in methods.items():
        low, high = method(*sums, cell.counts())
        result["coverage"][name] = float(np.mean((low <= truth + 1e-9) & (truth - 1e-9 <= high)))
        result["width"][name] = float(np.mean(high - low))
    return result


def solves(cell: Cell, repetitions: int, rng: np.random.Generator) -> tuple[list[Array], float]:
    """Solves added up by program, for each rate; the rate, or the second minus the first.

    A sample is solved where its random number lies below the rate. It copies the number of its bug or has its own, and
    a bug that of its program, so often that two bugs of a program correlate as the cell says, and two samples of a bug
    halfway between that and 1.
    """
    counts = cell.counts()
    of_samples = (1 + cell.correlation) / 2 if cell.samples > 1 else 1.0
    bugs = bug_numbers(cell, repetitions, cell.correlation / of_samples, rng)
    solved = [np.zeros(bug.shape) for bug in bugs]
    for _ in range(cell.samples):
        copies = rng.random(bugs[0].shape) < np.sqrt(of_samples)
        own = random_numbers(len(bugs), bugs[0].shape, rng)
        for total, bug, sample, rate in zip(solved, bugs, own, cell.rates, strict=True):
            total += (np.where(copies, bug, sample) < rate) / cell.samples
    return [by_program(values, counts) for values in solved], difference(cell.rates)


def rewards(cell: Cell, repetitions: int, rng: np.random.Generator) -> tuple[list[Array], float]:
    """Rewards added up by program, or how much the second rate's are higher; their mean.

    A solve earns SOLVED, one answer in ten does not parse, any other has LEAST and a share of the tests.
    """
    kinds, passing = (bug_numbers(cell, repetitions, cell.correlation, rng) for _ in range(2))
    values = [
        np.where(kind < rate, SOLVED, np.where(kind > 0.9, UNREADABLE, LEAST + share))
        for kind, share, rate in zip(kinds, passing, cell.rates, strict=True)
    ]
    means = [rate * SOLVED + 0.1 * UNREADABLE + (0.9 - rate) * (LEAST + 0.5) for rate in cell.rates]
    return [by_program(difference(values), cell.counts())], difference(means)


def difference(values: Sequence[Any]) -> Any:
    """The last minus the first; one alone is itself."""
    return values[-1] - values[0] if len(values) > 1 else values[0]


def bug_numbers(cell: Cell, repetitions: int, correlation: float, rng: np.random.Generator) -> list[Array]:
    """Random numbers of the bugs, for each rate; some copy that of their program."""
    counts = cell.counts()
    programs = random_numbers(len(cell.rates), (repetitions, cell.n_programs), rng)
    own = random_numbers(len(cell.rates), (repetitions, int(counts.sum())), rng)
    copies = rng.random(own[0].shape) < np.sqrt(correlation)
    return [np.where(copies, np.repeat(p, counts, axis=1), b) for p, b in zip(programs, own, strict=True)]


def random_numbers(n_rates: int, shape: tuple[int, int], rng: np.random.Generator) -> list[Array]:
    """Between 0 and 1, for each rate, often the same."""
    first = rng.random(shape)
    return [first, *(np.where(rng.random(shape) < SHARED, first, rng.random(shape)) for _ in range(n_rates - 1))]


def by_program(values: Array, counts: npt.NDArray[np.int64]) -> Array:
    sums: Array = np.add.reduceat(values, np.cumsum(counts) - counts, axis=1)
    return sums


def variance(sums: Array, counts: Array) -> tuple[Array, Array]:
    """The mean and its cluster-robust variance."""
    mean = sums.sum(axis=1) / counts.sum()
    spread = ((sums - counts * mean[:, None]) ** 2).sum(axis=1)
    return mean, spread / counts.sum() ** 2 * len(counts) / (len(counts) - 1)


def t_interval(sums: Array, counts: Array) -> Limits:
    mean, var = variance(sums, counts)
    half = t_quantile(len(counts)) * np.sqrt(var)
    return mean - half, mean + half


def t_quantile(n: float) -> float:
    return float(scipy_stats.t.ppf(0.975, n - 1))


def bootstrap(sums: Array, counts: Array, tail: float = 0.025) -> Limits:
    """Percentiles over whole programs resampled; the resamples are the same in all repetitions, as in stats.py."""
    weights = resamples(len(counts))
    low, high = np.quantile((sums @ weights.T) / (weights @ counts), [tail, 1 - tail], axis=1)
    return low, high


@lru_cache
def resamples(n_clusters: int) -> Array:
    rng = np.random.default_rng(n_clusters)
    return rng.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), size=N_RESAMPLES).astype(float)


def expanded_bootstrap(sums: Array, counts: Array) -> Limits:
    return bootstrap(sums, counts, expanded_tail(len(counts)))


def wilson(share: Array, n: Array | float) -> Limits:
    centre = (share * n + Z2 / 2) / (n + Z2)
    half = np.sqrt(Z2 * (share * (1 - share) * n + Z2 / 4)) / (n + Z2)
    return centre - half, centre + half


def kish(counts: Array) -> float:
    return float(counts.sum() ** 2 / np.sum(counts**2))


def wilson_of_programs(sums: Array, counts: Array) -> Limits:
    return wilson(sums.sum(axis=1) / counts.sum(), kish(counts))


def with_programs(n_added: float) -> Method:
    """As DebugArena's, with another number of programs added to those found."""

    def method(sums: Array, counts: Array) -> Limits:
        share, var = variance(sums, counts)
        added = n_added * np.mean(counts**2)
        one_way = share * (1 - share) * np.sum(counts**2)
        t2 = t_quantile(len(counts)) ** 2 / Z2 * (len(counts) - 1) / len(counts)
        n = kish(counts) * (one_way + added) / (t2 * var * counts.sum() ** 2 + added)
        (low, high), (outer_low, outer_high) = wilson(share, n), beta_interval(share, n, 0.05)
        return np.minimum(low, outer_low), np.maximum(high, outer_high)

    return method


def beta_interval(share: Array, n: Array, tail: float) -> Limits:
    """Clopper and Pearson's."""
    x, least = share * n, 1e-9
    low = scipy_stats.beta.ppf(tail, np.maximum(x, least), n - x + 1)
    high = scipy_stats.beta.ppf(1 - tail, x + 1, np.maximum(n - x, least))
    return low, high


def effective_trials(sums: Array, counts: Array) -> tuple[Array, Array]:
    """The share, and Korn and Graubard's effective sample size: one trial a program where none or all are solved."""
    share, var = variance(sums, counts)
    ratio = (t_quantile(counts.sum()) / t_quantile(len(counts))) ** 2
    n = np.divide(share * (1 - share) * ratio, var, out=np.full(share.shape, kish(counts)), where=var > 1e-15)
    return share, np.minimum(n, counts.sum())


def korn_graubard(sums: Array, counts: Array) -> Limits:
    return beta_interval(*effective_trials(sums, counts), 0.025)


def agresti_coull(sums: Array, counts: Array) -> Limits:
    share, n = effective_trials(sums, counts)
    centre = (share * n + Z2 / 2) / (n + Z2)
    half = np.sqrt(Z2 * centre * (1 - centre) / (n + Z2))
    return np.maximum(0.0, centre - half), np.minimum(1.0, centre + half)


def logit_t(sums: Array, counts: Array) -> Limits:
    """On the scale of log-odds; Wilson's of programs where none or all are solved."""
    share, var = variance(sums, counts)
    inside = np.where((share > 0) & (share < 1), share, 0.5)
    half = t_quantile(len(counts)) * np.sqrt(var) / (inside * (1 - inside))
    log_odds = np.log(inside / (1 - inside))
    low, high = wilson_of_programs(sums, counts)
    solvable = inside == share
    return np.where(solvable, expit(log_odds - half), low), np.where(solvable, expit(log_odds + half), high)


def of_gains(method: Callable[[Array, Array], Limits]) -> Callable[[Array, Array, Array], Limits]:
    """A method for means, asked for the mean of B minus A."""
    return lambda sums_a, sums_b, counts: method(sums_b - sums_a, counts)


def agresti_min(sums_a: Array, sums_b: Array, counts: Array) -> Limits:
    """The t interval with the spread of two programs more, one all gain and one all loss."""
    gain, var = variance(sums_b - sums_a, counts)
    half = t_quantile(len(counts)) * np.sqrt(var + 2 * np.mean(counts**2) / counts.sum() ** 2)
    return np.maximum(-1.0, gain - half), np.minimum(1.0, gain + half)


SHARE_METHODS: dict[str, Method] = {
    OURS: share_limits,
    "half of M": with_programs(0.5),
    "twice M": with_programs(2),
    "Wilson, one trial per program": wilson_of_programs,
    "Korn and Graubard": korn_graubard,
    "Agresti and Coull, effective size": agresti_coull,
    "logit, t": logit_t,
    "clustered bootstrap": bootstrap,
}
PAIR_METHODS: dict[str, Method] = {
    OURS: share_difference_limits,
    "Agresti and Min, by programs": agresti_min,
    "t": of_gains(t_interval),
    "clustered bootstrap": of_gains(bootstrap),
}
MEAN_METHODS: dict[str, Method] = {
    OURS: expanded_bootstrap,
    "clustered bootstrap": bootstrap,
    "t": t_interval,
}


def page(found: Mapping[str, Sequence[dict[str, Any]]], n_programs: Sequence[int], repetitions: int) -> str:
    error = 100 * (0.95 * 0.05 / repetitions) ** 0.5
    parts = [f"{repetitions:,} repetitions per cell: a coverage of 95% has a standard error of {error:.2f} points."]
    for kind, title, unit in (
        ("shares", "Share of bugs solved", 100),
        ("unequal", "Share of bugs solved, very unequal programs", 100),
        ("differences", "Difference of two shares on the same bugs", 100),
        ("means", "Mean reward, and difference of two means", 1),
    ):
        parts += [f"### {title}", summary(found[kind]), by_cell(found[kind], n_programs, unit)]
    return "\n\n".join(parts)


def summary(results: Sequence[dict[str, Any]]) -> str:
    """A line a method, of all cells."""
    rows = []
    for name in results[0]["coverage"]:
        coverage = [result["coverage"][name] for result in results]
        ratio = float(np.mean([result["width"][name] / result["width"][OURS] for result in results]))
        below = sum(share < ENOUGH for share in coverage)
        rows.append([name, f"{100 * min(coverage):.1f}", f"{below} of {len(results)}", f"{ratio:.2f}"])
    return table(["method", "least coverage", "cells below 94%", f"width, {OURS} = 1"], rows, 1)


def by_cell(results: Sequence[dict[str, Any]], n_programs: Sequence[int], unit: int) -> str:
    """A line for cells that differ in the number of programs alone."""
    lines: dict[tuple[str, ...], list[str]] = {}
    for result in results:
        bugs = ", ".join(map(str, result["bugs"]))
        alike = "" if bugs == "1" and result["samples"] == 1 else f"{result['correlation']:g}"
        key = (bugs, str(result["samples"]), alike, ", ".join(f"{100 * rate:g}" for rate in result["rates"]))
        lines.setdefault(key, []).append(in_words(result, unit))
    head = ["bugs per program", "samples", "correlation", "rate, %", *(f"{n} programs" for n in n_programs)]
    return table(head, [[*key, *cells] for key, cells in lines.items()], 4)


def in_words(result: Mapping[str, Any], unit: int) -> str:
    """Coverage in percent, mean width, and that over the least of the other methods that cover enough in this cell."""
    coverage, width = result["coverage"], result["width"]
    valid = [width[name] for name in width if name != OURS and coverage[name] >= ENOUGH]
    ratio = f"{width[OURS] / min(valid):.2f}" if valid else "none"
    return f"{100 * coverage[OURS]:.3g}, {unit * width[OURS]:.3g}, {ratio}"


if __name__ == "__main__":
    main()

"""The `evaluate` metric, a thin layer over debugarena.benchmark.score. `evaluate` copies this file elsewhere when it
loads it, so nothing else may be here."""

from typing import Any

import datasets
import evaluate

from debugarena.benchmark.adapters.metric import (
    CITATION,
    DESCRIPTION,
    INPUTS,
    check_columns,
    check_inputs,
    compute_metric,
    metric_features,
)


class DebugArenaMetric(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """predictions: list of lists of completions; references: bug ids or whole rows."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=DESCRIPTION,
            citation=CITATION,
            inputs_description=INPUTS,
            features=[datasets.Features(features) for features in metric_features()],
        )

    def compute(self, *, predictions: Any = None, references: Any = None, **options: Any) -> dict[str, Any] | None:
        """Like evaluate's, but reports empty and missing answers in a sentence before it checks types."""
        if predictions is not None or references is not None:
            check_inputs(predictions, references)
            check_columns(references)
        result: dict[str, Any] | None = super().compute(predictions=predictions, references=references, **options)
        return result

    def _compute(self, predictions: Any, references: Any, **options: Any) -> dict[str, Any]:
        return compute_metric(predictions, references, **options)

"""The one logger and the one metrics collector; both write to standard output, as Lambda expects."""

import os
from collections.abc import Sequence
from typing import Final

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

from cairn.kernel.errors import CairnError, Misconfigured
from cairn.kernel.metrics import Metric
from cairn.kernel.usage import TokenUsage, total

# Each function's lines say whose they are; metrics of all functions are one set, which the alarms look at.
logger = Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME") or "cairn", log_uncaught_exceptions=False)
metrics = Metrics(namespace="Cairn", service="cairn")

CORRELATION: Final = "CairnCorrelationId"
"""The message attribute by which the log lines about one request are found, whichever function writes them."""


def count_fault(error: Exception | None = None) -> None:
    """Counts a failure against the version that runs, where it may be its own: a release that makes them is taken back.

    Our own errors are a caller's, or of something that is away; all but Misconfigured. None is a bug that was answered.
    """
    if isinstance(error, CairnError) and not isinstance(error, Misconfigured):
        return
    own = {
        "service": "cairn",
        "function": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local"),
        "version": os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    }
    with single_metric(Metric.FAULTS, MetricUnit.Count, 1, namespace="Cairn", default_dimensions=own):
        pass


def count_embeddings(spent: Sequence[TokenUsage]) -> None:
    """Counts what an endpoint was asked to embed."""
    if spent:
        metrics.add_metric(Metric.EMBEDDING_CALLS, MetricUnit.Count, sum(usage.calls for usage in spent))
        metrics.add_metric(Metric.EMBEDDING_TOKENS, MetricUnit.Count, total(spent)[0])

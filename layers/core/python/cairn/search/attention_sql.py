"""What the search statement is given more where a search is scored by attention."""

from datetime import datetime
from typing import Any, Final

from cairn.memories.rows import halves
from cairn.search.ranking import Attending, Weights

# What importance is counted from and in: how far it lies from the usual, in fifths; by attention in tenths.
_LINEAR: Final = {"importance_from": 5.0, "importance_by": 5.0}
_BY_ATTENTION: Final = {"importance_from": 0.0, "importance_by": 10.0}


def attending_params(attending: Attending | None, weights: Weights, moment: datetime) -> dict[str, Any]:
    """The parameters of a query of this moment that attends like this: what is yet to be is as new as the query."""
    if attending is None:
        return {**_LINEAR}
    return {
        **_BY_ATTENTION,
        "w_attention": weights.attention,
        "w_recency": weights.recency,
        "attending": halves(attending.vector),
        "moment": moment,
        "half_life": attending.half_life_hours * 3_600,
        "distillation": attending.distillation,
    }

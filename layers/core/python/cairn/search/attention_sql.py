"""What the search statement has more where a search is scored by attention; a linear one pays nothing for it."""

from datetime import datetime
from typing import Any, Final

from psycopg import sql

from cairn.memories.rows import halves
from cairn.search.ranking import Attending, Weights

# Softmax over the candidates, by its largest, and their age. What is too small for a number would be an error.
_ATTENDED: Final = """
), attended AS MATERIALIZED (
    SELECT id, attention, attention / sum(attention) OVER () AS share, recency FROM (
        SELECT id, exp(greatest(-700, logit - max(logit) OVER ())) AS attention,
               power(0.5::float8, least(1000, (max(since) OVER () - since) / %(half_life)s)) AS recency
        FROM (
            SELECT m.id, -(m.embedding <#> %(attending)s::halfvec) AS logit,
                   extract(epoch FROM least(m.valid_from, %(moment)s::timestamptz))::float8 AS since
            FROM {rows} m
            WHERE m.project_id = %(project_id)s AND m.id = ANY(ARRAY(SELECT id FROM candidates))) r) a"""
# A linear search has nothing in these gaps, and counts importance by how far it lies from the usual.
_NOT_ATTENDED: Final = {
    "attended": sql.SQL(""),
    "attention": sql.SQL(""),
    "joined": sql.SQL(""),
    "importance": sql.SQL("(importance - 5) / 5"),
    "weighed": sql.SQL(""),
    "kept": sql.SQL(""),
    "attention_shown": sql.SQL(""),
}


def gaps(attending: Attending | None, rows: sql.Composable) -> dict[str, sql.Composable]:
    """What goes into the gaps of the statement that reads these rows."""
    if attending is None:
        return {**_NOT_ATTENDED}
    return {
        "attended": sql.SQL(_ATTENDED).format(rows=rows),
        "attention": sql.SQL(", attended.attention, attended.share, attended.recency"),
        "joined": sql.SQL(" JOIN attended USING (id)"),
        "importance": sql.SQL("importance / 10"),
        "weighed": sql.SQL(" + %(w_attention)s * attention + %(w_recency)s * recency"),
        "kept": sql.SQL(" WHERE attention >= %(distillation)s"),
        "attention_shown": sql.SQL(", top.attention, top.share, top.recency"),
    }


def attending_params(attending: Attending, weights: Weights, moment: datetime) -> dict[str, Any]:
    """The parameters of what is added, for a query of this moment: what is yet to be is as new as it."""
    return {
        "w_attention": weights.attention,
        "w_recency": weights.recency,
        "attending": halves(attending.vector),
        "moment": moment,
        "half_life": attending.half_life_hours * 3_600,
        "distillation": attending.distillation,
    }

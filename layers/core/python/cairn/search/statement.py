"""The search statements, sql/every_row.sql and sql/indexes.sql: what fills their gaps, and their rows as hits."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from psycopg import sql
from psycopg.rows import DictRow
from psycopg.types.multirange import TimestamptzMultirange
from psycopg.types.range import TimestamptzRange

from cairn.filters import compile_filter, only_entities
from cairn.kernel.tenancy import Tenant
from cairn.language.kana import other_kana
from cairn.language.periods import asked_for
from cairn.language.scripts import DENSE
from cairn.memories.rows import IMPORTANCE, SPANS, columns, halves, to_memory
from cairn.memories.visibility import visible
from cairn.platform.sql_files import statement
from cairn.search.attention_sql import attending_params
from cairn.search.large_scopes import (
    LIMITS,
    LargeEntity,
    by_distance,
    clock_params,
    entity_params,
    large_entity,
)
from cairn.search.ranking import (
    AGENT,
    ATTENTION,
    BACKGROUND_ROWS,
    BM25,
    COVERAGE,
    FITS_SCORE,
    FITS_SPREADS,
    GRAPH,
    K1,
    NEIGHBOURS,
    PERIOD,
    RECENCY,
    RUN,
    SEMANTIC,
    SPREAD,
    B,
    Weights,
)
from cairn.search.ranking import IMPORTANCE as IMPORTANCE_SIGNAL
from cairn.search.rows import to_sources
from cairn.search.types import SearchHit, SearchQuery, SignalScore

# Goes before the statement, in the same round trip. A plan made for any scope takes each step for a handful of rows and
# joins them row by row, which is quadratic in the size of a scope; every join here is better hashed.
HASH_JOINS: Final = "SELECT set_config('enable_nestloop', 'off', true)"
_UTC: Final = ZoneInfo("UTC")
_READ: Final = 4_000  # characters of a query; what goes on for longer is a text rather than a question
_WORDS: Final = 256  # of a query, in the order they stand in; a letter of a script without blanks counts as one
_DENSE: Final = re.compile(f"[{DENSE}]")
# A character alone of a script in which it may be a word. Words are kept as pairs of characters, so that it is looked
# for in the texts: a few of them, as each costs a look at every row.
_CHARACTER: Final = re.compile(rf"(?<![{DENSE}])[\u3400-\u9fff\uac00-\ud7a3](?![{DENSE}])")
_CHARACTERS: Final = 4
_CANDIDATES: Final = 1_000  # the largest top_k


def _moment(query: SearchQuery) -> datetime:
    """When a query is asked: its reference, the moment it asks about, or now."""
    return query.reference or query.selection.as_of or datetime.now(UTC)


def worded(text: str) -> str:
    """As much of a query as its words are looked for: each costs a look at every row."""
    kept: list[str] = []
    room = _WORDS
    # As Postgres will, which makes eighteen letters of one ligature.
    folded = unicodedata.normalize("NFKC", text[:_READ])
    for word in dict.fromkeys(folded[:_READ].split()):
        room -= max(1, len(_DENSE.findall(word)))
        if room < 0 and kept:
            break
        kept.append(word[:_WORDS] if room < 0 else word)
    return " ".join(kept)


def _asked_about(query: SearchQuery) -> TimestamptzMultirange:
    """The periods that the query names, read as of when it is asked."""
    found = asked_for(query.text[:_READ], _moment(query), _UTC)
    return TimestamptzMultirange([TimestamptzRange(period.start, period.end) for period in found])


def search_statement(
    tenant: Tenant, query: SearchQuery, *, most: int | None = None
) -> tuple[sql.Composable, dict[str, Any]]:
    """The statement that scores every row, sql/every_row.sql, and its parameters.

    With `most` it scores none where there are more, or where the entity that is searched is known to be large: its one
    row then has no id. Every row says how many there are (`scope_rows`) and whether the entity is (`large`).
    """
    where, params = compile_filter(query.selection.where)
    entity = large_entity(tenant, query.selection.where) if most and only_entities(query.selection.where) else None
    filled = _statement("every_row", query).format(**_gaps(query, where))
    return filled, params | _params(tenant, query) | entity_params(entity) | {"most": most}


def large_statement(tenant: Tenant, query: SearchQuery, entity: LargeEntity) -> tuple[sql.Composable, dict[str, Any]]:
    """The statement that scores what the indexes of a large scope find, sql/indexes.sql, and its parameters."""
    where, params = compile_filter(query.selection.where)
    own = {"entity": sql.Identifier(entity.column), "by_distance": by_distance(query.vector)}
    filled = _statement("indexes", query).format(**_gaps(query, where), **own)
    return filled, params | _params(tenant, query) | entity_params(entity) | clock_params() | LIMITS


def _statement(name: str, query: SearchQuery) -> sql.SQL:
    switches = {"messages": query.messages, "attention": query.attending is not None}
    return statement(__package__, name, frozenset(switch for switch, on in switches.items() if on))


def _gaps(query: SearchQuery, where: sql.Composable) -> dict[str, sql.Composable]:
    return {
        "where": where,
        "visible": visible(query.selection),
        "columns": columns(query.selection.as_of),
        "importance": IMPORTANCE,
        "spans": SPANS,
    }


def _params(tenant: Tenant, query: SearchQuery) -> dict[str, Any]:
    text = worded(query.text)
    return {
        "project_id": tenant.project_id,
        "as_of": query.selection.as_of,
        "text": text,
        "other_kana": other_kana(text) or None,
        "characters": list(dict.fromkeys(_CHARACTER.findall(text)))[:_CHARACTERS],
        "vector": None if query.vector is None else halves(query.vector),
        "periods": _asked_about(query),
        "k1": K1,
        "b": B,
        "w_semantic": query.weights.semantic,
        "w_bm25": query.weights.bm25,
        "w_neighbours": query.weights.neighbours,
        "w_coverage": query.weights.coverage,
        "w_run": query.weights.run,
        "w_period": query.weights.period,
        "w_agent": query.weights.agent,
        "w_importance": query.weights.importance,
        "w_graph": query.weights.graph,
        **attending_params(query.attending, query.weights, _moment(query)),
        "centre": query.fit.centre,
        "background": query.fit.background,
        "background_rows": BACKGROUND_ROWS,
        "spread": SPREAD,
        "fits_spreads": FITS_SPREADS,
        "fits": query.fit.fits,
        "fits_score": FITS_SCORE,
        "near_ids": [memory_id for memory_id, _ in query.near],
        "near": [nearness for _, nearness in query.near],
        "candidates": _CANDIDATES,
        "threshold": query.threshold,
        "top_k": query.top_k,
    }


def to_hit(row: DictRow, weights: Weights) -> SearchHit:
    """A row of the search statement, made with these weights."""
    scale = float(row["scale"])

    def signal(raw: float, value: float, weight: float, rank: int | None = None) -> SignalScore:
        return SignalScore(float(raw), scale * float(value), weight, rank)

    matched = row["bm25"] is not None
    return SearchHit(
        memory=to_memory(row),
        sources=to_sources(row["sources"]) if "sources" in row else None,
        score=min(1.0, float(row["score"])),
        signals={
            SEMANTIC: signal(row["cosine"] or 0, row["semantic"], weights.semantic, row["semantic_rank"]),
            BM25: signal(row["bm25"] or 0, row["keyword"], weights.bm25, row["bm25_rank"] if matched else None),
            NEIGHBOURS: signal(row["neighbours"], row["neighbours"], weights.neighbours),
            COVERAGE: signal(row["coverage"], row["coverage"], weights.coverage),
            RUN: signal(row["run"], row["run"], weights.run),
            PERIOD: signal(row["period"], row["period"], weights.period),
            AGENT: signal(row["agent"], row["agent"], weights.agent),
            IMPORTANCE_SIGNAL: signal(row["importance"], row["importance_counts"], weights.importance),
            **({GRAPH: signal(row["graph"], row["graph"], weights.graph)} if weights.graph else {}),
            **({ATTENTION: signal(row["share"], row["attention"], weights.attention)} if weights.attention else {}),
            **({RECENCY: signal(row["recency"], row["recency"], weights.recency)} if weights.recency else {}),
        },
    )

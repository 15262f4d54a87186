"""Rows to domain values and back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pgvector import HalfVector
from psycopg import sql
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from psycopg.types.range import Int4Range, Range

from cairn.language.dated import Precision
from cairn.language.mentions import Mention, Relation
from cairn.memories.types import Kind, Memory, NewMemory
from cairn.models_ai.embed.port import Vector
from cairn.platform.rows import scope_params, to_scope

_NOW: Final = sql.SQL("m.text")
# The last text that was true by then: an update keeps its memory's id, so the older text stands in the history.
_AS_OF: Final = sql.SQL("""coalesce((
    SELECT h.new_memory FROM cairn.history h
    WHERE h.project_id = %(project_id)s AND h.memory_id = m.id AND h.event IN ('ADD', 'UPDATE')
    AND coalesce(h.valid_from, h.created_at) <= %(as_of)s
    ORDER BY coalesce(h.valid_from, h.created_at) DESC, h.id DESC LIMIT 1), m.text)""")
# What a caller thinks of a memory moves the importance it was given.
IMPORTANCE: Final = sql.SQL("""
least(10, greatest(1, m.importance + CASE m.feedback WHEN 'POSITIVE' THEN 2 WHEN 'NEGATIVE' THEN -2
                                     WHEN 'VERY_NEGATIVE' THEN -4 ELSE 0 END))""")
NOT_EXPIRED: Final = sql.SQL("(expires_on IS NULL OR expires_on >= (now() AT TIME ZONE 'UTC')::date)")
SPANS: Final = sql.SQL(
    "coalesce(m.source_spans, CASE WHEN m.source_span IS NULL THEN '{}' ELSE ARRAY[m.source_span] END)"
)
_COLUMNS: Final = """
m.id, m.user_id, m.agent_id, m.app_id, m.run_id, m.kind, {text} AS text, m.actor, m.metadata, m.categories,
{importance} AS importance, m.feedback, m.event_time, m.event_precision, m.valid_from, m.since_precision,
m.invalid_at, m.superseded_by, m.expires_on,
m.immutable, m.version, m.source_message_ids, {spans} AS source_spans, m.extractor, m.created_at,
coalesce(m.learned_at, m.created_at) AS learned_at, m.updated_at"""
MEMORY_COLUMNS: Final = sql.SQL(_COLUMNS).format(text=_NOW, importance=IMPORTANCE, spans=SPANS)
_COLUMNS_AS_OF: Final = sql.SQL(_COLUMNS).format(text=_AS_OF, importance=IMPORTANCE, spans=SPANS)


def columns(as_of: datetime | None) -> sql.Composable:
    """The columns of a memory as it is, or with the text it had at %(as_of)s."""
    return _COLUMNS_AS_OF if as_of else MEMORY_COLUMNS


def to_memory(row: DictRow) -> Memory:
    """A row of MEMORY_COLUMNS."""
    return Memory(
        id=row["id"],
        scope=to_scope(row),
        kind=Kind(row["kind"]),
        text=row["text"],
        actor=row["actor"],
        metadata=row["metadata"],
        categories=tuple(row["categories"]),
        importance=row["importance"],
        feedback=row["feedback"],
        event_time=row["event_time"],
        valid_from=row["valid_from"],
        invalid_at=row["invalid_at"],
        superseded_by=row["superseded_by"],
        expires_on=row["expires_on"],
        immutable=row["immutable"],
        version=row["version"],
        source_message_ids=tuple(row["source_message_ids"]),
        source_spans=tuple((span.lower, span.upper) for span in row["source_spans"]),
        extractor=row["extractor"],
        created_at=row["created_at"],
        learned_at=row["learned_at"],
        updated_at=row["updated_at"],
        event_precision=to_precision(row["event_precision"]),
        since_precision=to_precision(row["since_precision"]),
        access_count=row.get("access_count"),
        last_accessed_at=row.get("last_accessed_at"),
    )


def to_precision(said: str | None) -> Precision | None:
    """A precision as its column holds it."""
    return Precision(said) if said else None


def memory_params(memory: NewMemory, project_id: object, event_id: object, sequence: int) -> dict[str, Any]:
    """Parameters of the insert of one memory."""
    return {
        "project_id": project_id,
        "id": memory.id,
        **scope_params(memory.scope),
        "scope_key": memory.scope.key,
        "event_id": event_id,
        "actor": memory.actor,
        "kind": memory.kind.value,
        "text": memory.text,
        "text_sha256": memory.text_sha256,
        "embedding": halves(memory.embedding),
        "passages": passages_param(memory.passages),
        "indexed_text": memory.indexed_texts[0],
        "metadata": Jsonb(dict(memory.options.metadata)),
        "categories": list(dict.fromkeys((*memory.options.categories, *memory.categories))),
        "importance": memory.importance,
        "sequence": sequence,
        "event_time": memory.event and memory.event.at,
        "event_precision": memory.event and memory.event.precision.value,
        "since_precision": memory.since and memory.since.value,
        "created_at": memory.told_at,
        "valid_from": memory.valid_from,
        "invalid_at": memory.invalid_at,
        "superseded_by": memory.superseded_by,
        "expires_on": memory.options.expires_on,
        "immutable": memory.options.immutable,
        "source_message_ids": list(memory.source_message_ids),
        "source_spans": spans_param(memory.source_spans),
        "extractor": memory.extractor,
        "entities": entities_param(memory.entities),
        "relations": relations_param(memory.relations),
    }


def entities_param(entities: Sequence[Mention]) -> Jsonb:
    """Entities as the column holds them."""
    return Jsonb([{"name": m.name, "type": m.type, "aliases": list(m.aliases)} for m in entities])


def relations_param(relations: Sequence[Relation]) -> Jsonb:
    """Relations as the column holds them."""
    return Jsonb([{"source": r.source, "type": r.type, "target": r.target} for r in relations])


def to_entities(row: DictRow) -> tuple[Mention, ...]:
    """The entities of a row."""
    return tuple(Mention(e["name"], e["type"], tuple(e["aliases"])) for e in row["entities"])


def to_relations(row: DictRow) -> tuple[Relation, ...]:
    """The relations of a row."""
    return tuple(Relation(r["source"], r["type"], r["target"]) for r in row["relations"])


def spans_param(spans: Sequence[tuple[int, int]]) -> list[Range[int]]:
    """Character offsets as an int4range[]."""
    return [Int4Range(start, end) for start, end in spans]


def passages_param(passages: Sequence[Vector]) -> list[HalfVector] | None:
    """The vectors of a long text's passages as a halfvec[]; a short text has none."""
    return [halves(vector) for vector in passages] or None


def halves(vector: Vector) -> HalfVector:
    """The vector at half precision, as pgvector takes it."""
    return HalfVector(list(vector))


def vectors_literal(vectors: Sequence[Vector]) -> str | None:
    """Vectors as the text of an array, for an array of such: an array of arrays would be read as one."""
    return "{" + ",".join(f'"{halves(vector).to_text()}"' for vector in vectors) + "}" if vectors else None

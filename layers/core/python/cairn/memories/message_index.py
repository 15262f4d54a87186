"""Turns: what was said, searched beside the memories that were made of it.

A turn is a message made ready for search, in a table of its own that no other read looks at. The statements of
search.py and large.py are the same with turns and without; here is what goes into their gaps.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb

from cairn.kernel.tenancy import Tenant
from cairn.memories.options import AddOptions
from cairn.memories.rows import halves, vectors_literal
from cairn.memories.types import NewIndexedMessage
from cairn.platform.database import Connection

# Turns with the columns that search knows of memories.
_AS_MEMORIES: Final = sql.SQL("""
SELECT t.project_id, t.id, t.user_id, t.agent_id, t.app_id, t.run_id, t.scope_key, t.event_id, t.actor,
       'message' AS kind, t.text, t.embedding, t.passages, t.lexemes, t.lexeme_count, t.metadata, t.categories,
       5::real AS importance, NULL::text AS feedback, NULL::timestamptz AS event_time, NULL::text AS event_precision,
       t.valid_from, NULL::text AS since_precision, t.invalid_at,
       NULL::uuid AS superseded_by, t.expires_on, false AS immutable, 1 AS version,
       ARRAY[t.id] AS source_message_ids, NULL::int4range AS source_span,
       ARRAY[int4range(0, char_length(t.text))] AS source_spans, 'verbatim' AS extractor, t.indexed,
       t.valid_from AS created_at, t.created_at AS learned_at, t.created_at AS updated_at, t.placed
FROM cairn.turns t WHERE t.project_id = %(project_id)s""")
TURNS: Final = sql.SQL("({})").format(_AS_MEMORIES)
MEMORIES: Final = sql.Identifier("cairn", "memories")
BOTH: Final = sql.SQL("""(
SELECT a.project_id, a.id, a.user_id, a.agent_id, a.app_id, a.run_id, a.scope_key, a.event_id, a.actor, a.kind, a.text,
       a.embedding, a.passages, a.lexemes, a.lexeme_count, a.metadata, a.categories, a.importance, a.feedback,
       a.event_time, a.event_precision, a.valid_from, a.since_precision, a.invalid_at, a.superseded_by, a.expires_on,
       a.immutable, a.version, a.source_message_ids, a.source_span, a.source_spans,
       a.extractor, a.indexed, a.created_at,
       a.learned_at, a.updated_at, NULL::uuid AS placed
FROM cairn.memories a WHERE a.project_id = %(project_id)s
UNION ALL{})""").format(_AS_MEMORIES)

# Further columns of a scored row. Turns and memories of a run are not beside each other.
ROW: Final = sql.SQL(", m.kind = 'message' AS turn, m.source_message_ids AS sources")
RUN: Final = sql.SQL("CASE WHEN m.kind = 'message' THEN 'message ' ELSE '' END || ")

# Of a message and what was made from it the best placed is shown. A turn goes where a memory made from it stands above
# it, a memory where the turns of all its sources do.
ONCE: Final = sql.SQL("""
), placed AS MATERIALIZED (
    SELECT scored.*, s.turn, s.sources, row_number() OVER (ORDER BY weighed DESC, id) AS place
    FROM scored JOIN scoped s USING (id)
), told AS MATERIALIZED (
    SELECT message, coalesce(min(place) FILTER (WHERE turn) < min(place) FILTER (WHERE NOT turn),
                             bool_and(turn)) AS turn_first
    FROM placed CROSS JOIN unnest(sources) AS s (message) GROUP BY message
), once AS (
    SELECT placed.* FROM placed LEFT JOIN (
        SELECT id, bool_and(turn_first) AS turns_first
        FROM placed CROSS JOIN unnest(sources) AS s (message) JOIN told USING (message) GROUP BY id) t USING (id)
    WHERE turn = coalesce(turns_first, false)""")
# A message may be a source twice. Through the index and then hashed: nested loops are off.
SOURCES: Final = sql.SQL("""
, (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'message_id', s.id, 'role', s.role, 'name', s.name, 'timestamp', s.occurred_at, 'start', q.start,
        'until', q.until, 'quote', substr(s.content, q.start + 1, q.until - q.start)) ORDER BY q.position), '[]')
   FROM (SELECT * FROM cairn.messages c
         WHERE c.project_id = %(project_id)s AND c.id = ANY(m.source_message_ids) OFFSET 0) s
   JOIN (SELECT u.id, u.position, coalesce(lower(u.span), 0) AS start, coalesce(upper(u.span), 0) AS until
         FROM unnest(m.source_message_ids, {spans}) WITH ORDINALITY AS u (id, span, position)) q
   USING (id)) AS sources""")

# What large.py adds to a search through indexes.
SIZE: Final = sql.SQL("counted + turns_counted")
_FOUND: Final = """
), nearest_turns AS MATERIALIZED (
    SELECT m.id FROM {turns} m
    WHERE m.indexed AND {visible} AND {where}
    ORDER BY {by_distance} LIMIT %(nearest)s
), long_turns AS MATERIALIZED (
    SELECT id FROM (
        SELECT m.id, m.passages FROM {turns} m
        WHERE m.{entity} = %(name)s AND m.passages IS NOT NULL AND m.indexed
        AND {visible} AND {where} ORDER BY m.placed DESC LIMIT %(long)s) l
    ORDER BY (SELECT min(p <=> %(vector)s::halfvec) FROM unnest(passages) AS p) LIMIT %(nearest)s
), found_turns AS MATERIALIZED (
    SELECT id FROM nearest_turns
    UNION SELECT id FROM long_turns
    UNION SELECT message_id FROM cairn.turns_with_words(
        %(entity)s, %(name)s, ARRAY(SELECT lexeme FROM rare ORDER BY lexeme),
        ARRAY(SELECT idf FROM rare ORDER BY lexeme), %(worded)s)
), turns_beside AS MATERIALIZED (
    SELECT id FROM found_turns
    UNION SELECT o.id FROM (
        SELECT f.placed FROM cairn.turns f
        WHERE f.project_id = %(project_id)s AND f.id = ANY(ARRAY(SELECT id FROM found_turns))) f CROSS JOIN LATERAL (
        (SELECT m.id FROM cairn.turns m WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s
         AND m.placed < f.placed ORDER BY m.placed DESC LIMIT 2)
        UNION ALL
        (SELECT m.id FROM cairn.turns m WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s
         AND m.placed > f.placed ORDER BY m.placed LIMIT 2)) o"""
_SCOPED: Final = """
    UNION ALL
    SELECT {row}, false AS fresh FROM {turns} m
    WHERE m.id = ANY(ARRAY(SELECT id FROM turns_beside)) AND m.indexed AND {visible} AND {where}
    UNION ALL
    SELECT {row}, true AS fresh FROM {turns} m
    WHERE m.{entity} = %(name)s AND m.placed > (SELECT indexed_to FROM big) AND NOT m.indexed
    AND {visible} AND {where}"""
_COUNTED: Final = sql.SQL("""counted + turns_counted AS counted, counted AS memories_counted,
           turns_counted, (counted * average_length + turns_counted * turns_average_length)
               / greatest(counted + turns_counted, 1) AS average_length""")
_STARVED: Final = sql.SQL("""memories_counted >= %(nearest)s AND (SELECT count(*) FROM nearest) < %(nearest)s
           OR turns_counted >= %(nearest)s AND (SELECT count(*) FROM nearest_turns) < %(nearest)s""")

# Only of messages that say what they said when they were read: what is erased meanwhile must not come back. A memory of
# this event that was told late may hold no longer already. A turn that is there stays: its event was put back by hand.
_INSERT: Final = """
WITH closed AS MATERIALIZED (
    SELECT source.id, min(m.invalid_at) AS at FROM cairn.history h
    JOIN cairn.memories m ON m.project_id = h.project_id AND m.id = h.memory_id
    CROSS JOIN unnest(m.source_message_ids) AS source (id)
    WHERE h.project_id = %(project_id)s AND h.event_id = %(event_id)s AND m.invalid_at IS NOT NULL GROUP BY 1)
INSERT INTO cairn.turns (project_id, id, placed, user_id, agent_id, app_id, run_id, scope_key, event_id, actor, text,
                         embedding, passages, lexemes, lexeme_count, metadata, categories, valid_from, invalid_at,
                         expires_on)
SELECT s.project_id, s.id, t.placed, e.user_id, e.agent_id, e.app_id, e.run_id, e.scope_key, e.id,
       coalesce(s.name, s.role), s.content, t.embedding, t.passages::halfvec[], w.lexemes,
       (SELECT coalesce(sum(cardinality(positions)), 0) FROM unnest(w.lexemes)), %(metadata)s, %(categories)s,
       s.occurred_at, closed.at, %(expires_on)s
FROM unnest(%(ids)s::uuid[], %(placed)s::uuid[], %(contents)s::text[], %(indexed_texts)s::text[],
            %(embeddings)s::halfvec[], %(passages)s::text[])
     AS t (id, placed, content, indexed_text, embedding, passages)
JOIN cairn.messages s ON s.project_id = %(project_id)s AND s.id = t.id AND s.content = t.content
JOIN cairn.events e ON e.project_id = %(project_id)s AND e.id = %(event_id)s
LEFT JOIN closed ON closed.id = s.id
CROSS JOIN LATERAL (SELECT cairn.words(t.indexed_text) AS lexemes) w
ORDER BY t.placed FOR SHARE OF s
ON CONFLICT (project_id, id) DO NOTHING
"""


def found(parts: Mapping[str, sql.Composable]) -> dict[str, sql.Composable]:
    """What a search through the indexes of a large scope has in its gaps, where it finds turns too."""
    return {
        "counted": _COUNTED,
        "rows_with": sql.SQL("rows + turns"),
        "starved": _STARVED,
        "grouped": sql.SQL("counted, memories_counted, turns_counted, average_length"),
        "turns_found": sql.SQL(_FOUND).format(**parts, turns=TURNS),
        "turns_scoped": sql.SQL(_SCOPED).format(**parts, turns=TURNS),
    }


def insert(
    connection: Connection, tenant: Tenant, event_id: UUID, turns: Sequence[NewIndexedMessage], options: AddOptions
) -> None:
    """Makes the turns of an event, after its memories."""
    if not turns:
        return
    params: Mapping[str, Any] = {
        "project_id": tenant.project_id,
        "event_id": event_id,
        "metadata": Jsonb(dict(options.metadata)),
        "categories": list(options.categories),
        "expires_on": options.expires_on,
        "ids": [turn.message.id for turn in turns],
        "placed": [turn.placed for turn in turns],
        "contents": [turn.message.content for turn in turns],
        "indexed_texts": [turn.indexed_texts[0] for turn in turns],
        "embeddings": [halves(turn.embedding) for turn in turns],
        "passages": [vectors_literal(turn.passages) for turn in turns],
    }
    connection.execute(_INSERT, params)

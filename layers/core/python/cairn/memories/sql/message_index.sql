-- Turns: messages, made ready for search.

-- name: insert
-- Makes the turns of an event. Only of messages that say what they said when they were read: what is erased meanwhile
-- must not come back. A memory of this event that was told late may hold no longer already. A turn that is there stays:
-- its event was put back by hand.
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

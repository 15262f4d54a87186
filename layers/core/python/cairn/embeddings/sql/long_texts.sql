-- Passages of long texts.

-- name: memories
-- Texts of memories.
SELECT id, text, actor, valid_from, version FROM cairn.memories WHERE project_id = %(project_id)s AND id = ANY(%(ids)s)

-- name: turns
-- Texts of turns.
SELECT id, text, actor, valid_from, NULL AS version FROM cairn.turns
WHERE project_id = %(project_id)s AND id = ANY(%(ids)s)

-- name: fill_memory
-- Stores the passages of a memory. What changed meanwhile has other passages, and got them with its change.
UPDATE cairn.memories SET passages = %(passages)s::halfvec[]
WHERE project_id = %(project_id)s AND id = %(id)s AND version = %(version)s AND passages IS NULL

-- name: fill_turn
-- Stores the passages of a turn.
UPDATE cairn.turns SET passages = %(passages)s::halfvec[]
WHERE project_id = %(project_id)s AND id = %(id)s AND text = %(text)s AND passages IS NULL

-- How precisely dates were told: 'time', 'day', 'week', 'month', 'season', 'quarter', 'year' or 'decade'. Unless it is a
-- time, the date beside it is midnight in UTC of its first day.
ALTER TABLE cairn.memories ADD COLUMN event_precision text, ADD COLUMN since_precision text;
COMMENT ON COLUMN cairn.memories.event_precision IS 'How much was told of event_time; NULL where that is not known';
COMMENT ON COLUMN cairn.memories.since_precision IS
    'How much was told of valid_from as a beginning; NULL where valid_from is when it was told';

-- Facts whose beginning was told are older than what was said; the only trace of it there is. Forced row level security
-- would show its owner nothing.
ALTER TABLE cairn.memories NO FORCE ROW LEVEL SECURITY;
ALTER TABLE cairn.messages NO FORCE ROW LEVEL SECURITY;
ALTER TABLE cairn.memories DISABLE TRIGGER graph_updated; -- precision is no part of the graph
UPDATE cairn.memories m SET since_precision = 'time'
FROM cairn.messages said
WHERE m.kind = 'fact' AND said.project_id = m.project_id AND said.id = m.source_message_ids[1]
AND m.valid_from < said.occurred_at;
ALTER TABLE cairn.memories ENABLE TRIGGER graph_updated;
ALTER TABLE cairn.messages FORCE ROW LEVEL SECURITY;
ALTER TABLE cairn.memories FORCE ROW LEVEL SECURITY;

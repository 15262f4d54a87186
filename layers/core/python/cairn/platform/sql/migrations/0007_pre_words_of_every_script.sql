-- Words of every script, the same where a text is kept and where it is asked for.
--
-- A text of ASCII is as it was: PostgreSQL's parser and the English stemmer. Any other is folded first (case, accents,
-- width), scripts without spaces between words, and Hangul, whose words carry their particles, are cut into pairs of
-- characters, and words of Arabic, Greek and Hindi are stemmed. The configuration 'russian' stems Cyrillic as Russian and
-- ASCII as English.
CREATE FUNCTION cairn.spelt(said text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog AS $$
SELECT CASE WHEN said ~ '^[\x01-\x7f]*$' THEN said ELSE (
    SELECT coalesce(string_agg(
        CASE
            WHEN run ~ '^[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]' THEN (
                SELECT string_agg(substr(run, n, 2), ' ' ORDER BY n)
                FROM generate_series(1, greatest(length(run) - 1, 1)) AS n)
            WHEN run ~ '^[\u0600-\u06ff]' THEN (ts_lexize('arabic_stem', run))[1]
            WHEN run ~ '^[\u0370-\u03ff]' THEN (ts_lexize('greek_stem', run))[1]
            WHEN run ~ '^[\u0900-\u097f]' THEN (ts_lexize('hindi_stem', run))[1]
            ELSE run
        END, ' ' ORDER BY at), '')
    FROM regexp_matches(
        replace(replace(replace(translate(
            regexp_replace(normalize(regexp_replace(
                normalize(lower(normalize(said, NFKC)), NFD),
                '[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]', '', 'g'), NFC),
                '[\u00a1-\u00bf\u2010-\u2017\u201c-\u205e\u3000-\u303f\u0964\u0965\u060c\u061b\u061f]', ' ', 'g'),
            'łøđðħıς‘’', 'loddhiσ'''''), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
        '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]+|[\u0600-\u06ff]+|[\u0370-\u03ff]+|[\u0900-\u097f]+|[^\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\u0600-\u06ff\u0370-\u03ff\u0900-\u097f]+', 'g')
        WITH ORDINALITY AS cut(pieces, at)
    CROSS JOIN LATERAL (SELECT pieces[1] AS run) piece)
END
$$;
COMMENT ON FUNCTION cairn.spelt IS 'A text as its words are read: folded, and cut where its script has no spaces';

CREATE FUNCTION cairn.words(said text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog AS $$ SELECT to_tsvector('russian', cairn.spelt(said)) $$;
COMMENT ON FUNCTION cairn.words IS 'The words of a text with their places, for memories, messages and questions alike';

-- What is there already is read anew where it has a letter that is not ASCII. Forced row level security would show its
-- owner nothing.
ALTER TABLE cairn.memories NO FORCE ROW LEVEL SECURITY;
ALTER TABLE cairn.turns NO FORCE ROW LEVEL SECURITY;
ALTER TABLE cairn.memories DISABLE TRIGGER graph_updated; -- words are no part of the graph

UPDATE cairn.memories m SET lexemes = w.lexemes,
    lexeme_count = (SELECT coalesce(sum(cardinality(positions)), 0) FROM unnest(w.lexemes))
FROM cairn.memories r
CROSS JOIN LATERAL (SELECT cairn.words(
    concat(r.actor || ' ', to_char(r.valid_from AT TIME ZONE 'UTC', '(FMDD FMMonth YYYY): '), r.text)) AS lexemes) w
WHERE r.project_id = m.project_id AND r.id = m.id AND r.actor || r.text !~ '^[\x01-\x7f]*$';

UPDATE cairn.turns t SET lexemes = w.lexemes,
    lexeme_count = (SELECT coalesce(sum(cardinality(positions)), 0) FROM unnest(w.lexemes))
FROM cairn.turns r
CROSS JOIN LATERAL (SELECT cairn.words(
    concat(r.actor || ' ', to_char(r.valid_from AT TIME ZONE 'UTC', '(FMDD FMMonth YYYY): '), r.text)) AS lexemes) w
WHERE r.project_id = t.project_id AND r.id = t.id AND r.actor || r.text !~ '^[\x01-\x7f]*$';

ALTER TABLE cairn.memories ENABLE TRIGGER graph_updated;
ALTER TABLE cairn.turns FORCE ROW LEVEL SECURITY;
ALTER TABLE cairn.memories FORCE ROW LEVEL SECURITY;

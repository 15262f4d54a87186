-- What models cost.

-- name: record_day
-- Adds to what a project spent today, by kind.
INSERT INTO cairn.usage AS u (project_id, day, kind, requests, tokens_in, tokens_out, cost_usd)
SELECT %(project_id)s, (now() AT TIME ZONE 'UTC')::date, t.kind, t.requests, t.tokens_in, t.tokens_out, t.cost_usd
FROM unnest(%(kinds)s::text[], %(requests)s::bigint[], %(tokens_in)s::bigint[], %(tokens_out)s::bigint[],
            %(costs)s::numeric[]) AS t (kind, requests, tokens_in, tokens_out, cost_usd)
ORDER BY t.kind
ON CONFLICT (project_id, day, kind) DO UPDATE SET
    requests = u.requests + excluded.requests, tokens_in = u.tokens_in + excluded.tokens_in,
    tokens_out = u.tokens_out + excluded.tokens_out, cost_usd = u.cost_usd + excluded.cost_usd

-- name: record_event
-- Adds to what an event cost.
UPDATE cairn.events SET usage = usage || jsonb_build_object(
    'calls', coalesce((usage ->> 'calls')::bigint, 0) + %(calls)s,
    'tokens_in', coalesce((usage ->> 'tokens_in')::bigint, 0) + %(tokens_in)s,
    'tokens_out', coalesce((usage ->> 'tokens_out')::bigint, 0) + %(tokens_out)s,
    'cost_usd', coalesce((usage ->> 'cost_usd')::numeric, 0) + %(cost)s::numeric) || %(noted)s
WHERE project_id = %(project_id)s AND id = %(event_id)s

-- name: today
-- Tokens of a project today.
SELECT coalesce(sum(tokens_in + tokens_out), 0)::bigint AS tokens FROM cairn.usage
WHERE project_id = %(project_id)s AND day = (now() AT TIME ZONE 'UTC')::date

-- name: days
-- What a project spent, by day and kind.
SELECT day, kind, requests, tokens_in, tokens_out, cost_usd::float8 AS cost_usd FROM cairn.usage
WHERE project_id = %(project_id)s AND day BETWEEN %(first)s AND %(last)s ORDER BY day DESC, kind

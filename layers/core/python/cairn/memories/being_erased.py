"""Whether an erasure that began earlier is not done with a scope."""

from typing import Final

from psycopg import sql

# Whether an erasure that began before this event, `{event}`, is not done with the scope's memories.
RUNNING: Final = sql.SQL("""
EXISTS (SELECT FROM cairn.events d WHERE d.project_id = %(project_id)s AND d.scope_key = '' AND d.type = 'DELETE'
        AND d.status IN ('PENDING', 'RUNNING') AND d.id < {event}.id
        AND jsonb_build_object('user_id', {event}.user_id, 'agent_id', {event}.agent_id, 'app_id', {event}.app_id,
                               'run_id', {event}.run_id) @> (d.payload -> 'erasing' -> 'holds'))""")
# Whether `{memory}`, of the scope that the parameters name, is about to be erased.
DOOMED: Final = sql.SQL("""
EXISTS (SELECT FROM cairn.events d WHERE d.project_id = %(project_id)s AND d.scope_key = '' AND d.type = 'DELETE'
        AND d.status IN ('PENDING', 'RUNNING')
        AND {memory}.id <= (d.payload -> 'erasing' -> 'until' ->> 'memories')::uuid
        AND jsonb_build_object('user_id', %(user_id)s::text, 'agent_id', %(agent_id)s::text, 'app_id', %(app_id)s::text,
                               'run_id', %(run_id)s::text) @> (d.payload -> 'erasing' -> 'holds'))""")

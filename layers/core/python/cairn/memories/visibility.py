"""Which memories a read may return, as SQL over the alias `m`."""

from psycopg import sql

from cairn.memories.types import Selection


def visible(selection: Selection) -> sql.Composable:
    """The condition that hides expired memories, superseded ones, and with as_of what was not true then."""
    begun = sql.SQL("m.valid_from <= %(as_of)s") if selection.as_of else sql.SQL("TRUE")
    still = "(m.invalid_at IS NULL OR m.invalid_at > %(as_of)s)" if selection.as_of else "m.invalid_at IS NULL"
    valid = sql.SQL("{} AND {}").format(begun, sql.SQL(still)) if selection.latest_only else begun
    if selection.show_expired:
        return valid
    today = sql.SQL("coalesce(%(as_of)s::timestamptz, now()) AT TIME ZONE 'UTC'")
    return sql.SQL("{} AND (m.expires_on IS NULL OR m.expires_on >= ({})::date)").format(valid, today)

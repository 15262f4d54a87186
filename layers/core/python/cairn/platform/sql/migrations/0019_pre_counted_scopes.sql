-- A large scope is counted where enough came to it since, and hourly for what went: not at each run of upkeep.
ALTER TABLE cairn.large_scopes
    ADD COLUMN added bigint NOT NULL DEFAULT 0,
    ADD COLUMN sized_at timestamptz NOT NULL DEFAULT '-infinity';

-- API keys, by their SHA-256.

-- name: insert_key
-- Stores a key.
INSERT INTO cairn.api_keys (project_id, id, name, role, pinned_user_id, key_sha256, created_at, expires_at)
VALUES (%(project_id)s, %(id)s, %(name)s, %(role)s, %(pinned_user_id)s, %(key_sha256)s, %(created_at)s, %(expires_at)s)

-- name: list_keys
-- The keys of a project, oldest first.
SELECT id, project_id, name, role, pinned_user_id, created_at, expires_at, revoked_at FROM cairn.api_keys
WHERE project_id = %(project_id)s ORDER BY id

-- name: revoke_key
-- Revokes a key.
UPDATE cairn.api_keys SET revoked_at = coalesce(revoked_at, %(at)s)
WHERE project_id = %(project_id)s AND id = %(key_id)s

-- name: find_key
-- The key with this hash, of whichever project: its policy shows the one that is presented.
SELECT id, project_id, name, role, pinned_user_id, created_at, expires_at, revoked_at FROM cairn.api_keys
WHERE key_sha256 = %(key_sha256)s

-- Projects and their settings.

-- name: insert_project
-- Stores a project.
INSERT INTO cairn.projects (project_id, org_id, name) VALUES (%(project_id)s, %(org_id)s, %(name)s)

-- name: project
-- A project.
SELECT project_id, org_id, name, created_at, settings FROM cairn.projects WHERE project_id = %(project_id)s

-- name: change_settings
-- Changes settings; null takes one away.
UPDATE cairn.projects SET settings = jsonb_strip_nulls(settings || %(changes)s) WHERE project_id = %(project_id)s

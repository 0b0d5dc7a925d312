-- members_add: adds people and groups to a group; who is in already stays as is.
-- $1 org, $2 group id, $3 ids (uuid[])
-- LIMIT keeps the planner from reading the whole organization where most are small.
-- unknown: one of the ids that is nobody of this organization, or NULL.
WITH wanted AS (
    SELECT DISTINCT id FROM unnest($3::uuid[]) AS id
), known AS (
    SELECT person.id, 'User' AS type
      FROM wanted
     CROSS JOIN LATERAL (SELECT id FROM scim.users WHERE org = $1 AND id = wanted.id LIMIT 1) AS person
    UNION ALL
    SELECT team.id, 'Group' AS type
      FROM wanted
     CROSS JOIN LATERAL (SELECT id FROM scim.groups WHERE org = $1 AND id = wanted.id LIMIT 1) AS team
), added AS (
    INSERT INTO scim.group_members (org, group_id, member_id, member_type)
    SELECT $1, $2::uuid, known.id, known.type
      FROM known
     ORDER BY known.id
        ON CONFLICT DO NOTHING
    RETURNING member_id
)
SELECT (SELECT count(*) FROM added) AS added,
       (SELECT wanted.id
          FROM wanted
         WHERE NOT EXISTS (SELECT FROM known WHERE known.id = wanted.id)
         LIMIT 1) AS unknown

-- undo: puts people, groups and memberships back to how they were.
-- $1 org, $2 since, an interval ago ("2 hours") or NULL, $3 since, a UTC time or NULL,
-- $4 the one token whose changes count, by its id or how that begins, or NULL, $5 dry run (boolean)
-- The last column is the time that it was about, to be given as $3 again.
-- No row: there is no such organization. A row whose action is NULL: there is nothing to undo.
SELECT undone.action, undone.resource_type, undone.id, undone.name,
       CASE WHEN undone.action <> 'changed' THEN undone.detail END AS detail,
       CASE WHEN undone.action = 'changed' THEN undone.detail END AS changes,
       to_char(moment.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS since
  FROM scim.organizations AS organization
 CROSS JOIN (SELECT coalesce($3::timestamptz, now() - $2::interval) AS since) AS moment
  LEFT JOIN LATERAL scim.undo(organization.org, moment.since, coalesce($4, 'any'), $5::boolean) AS undone ON true
 WHERE organization.org = $1

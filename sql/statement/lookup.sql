-- lookup: notes whom a client looked for by eq and did not find; Entra ID tests
-- its connection by looking for a random UUID.
-- $1 org, $2 the value, $3 the attribute, $4 user agent
WITH noted AS (
    INSERT INTO scim.lookups AS lookup (org, subject_key, day, attribute, agent)
    VALUES ($1, scim.log_key($2), (now() AT TIME ZONE 'UTC')::date, $3, left($4, 200))
        ON CONFLICT ON CONSTRAINT lookups_pkey DO UPDATE
       SET number = lookup.number + 1,
           last_at = clock_timestamp(),
           attribute = excluded.attribute,
           agent = excluded.agent
)
INSERT INTO scim.milestones (org, step, evidence)
SELECT $1, 'test_connection', jsonb_build_object('attribute', $3::text, 'agent', left($4, 200))
 WHERE $2 COLLATE pg_catalog."C" ~* '^(AzureAD_Test-)?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'
    ON CONFLICT ON CONSTRAINT milestones_pkey DO NOTHING

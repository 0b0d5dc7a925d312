-- refused_caller: notes a call without a good token to the address of an
-- organization, if there is such an organization, and not more than 100 an hour.
-- $1 org, $2 address of the client, $3 reason, $4 user agent
WITH known AS (
    SELECT organization.org
      FROM scim.organizations AS organization
     WHERE organization.org = $1
       AND (SELECT count(*)
              FROM scim.refused_callers
             WHERE org = $1 AND hour = date_trunc('hour', now())) < 100
), noted AS (
    INSERT INTO scim.refused_callers AS caller (org, hour, address, reason, agent)
    SELECT known.org, date_trunc('hour', now()), coalesce(left($2, 200), ''), $3, left($4, 200)
      FROM known
        ON CONFLICT ON CONSTRAINT refused_callers_pkey DO UPDATE
       SET number = caller.number + 1,
           last_at = clock_timestamp(),
           agent = excluded.agent
)
INSERT INTO scim.milestones (org, step, evidence)
SELECT known.org, 'first_call', jsonb_build_object('refused', $3::text, 'address', $2::text)
  FROM known
    ON CONFLICT ON CONSTRAINT milestones_pkey DO NOTHING

-- token_create: a new token, of which only the digest is kept.
-- $1 org, $2 label, $3 SHA-256 of the token in hexadecimal, $4 its last four
-- characters, $5 scopes parted by commas, $6 lifetime as an interval, or NULL
-- and $7 the time of expiry
-- No row: there is no such organization. A row of NULLs: the expiry is past or
-- more than five years away (RFC 7644 7.4 wants a limited lifetime).
WITH wanted AS (
    SELECT organization.org, coalesce(now() + $6::interval, $7::timestamptz) AS expires
      FROM scim.organizations AS organization
     WHERE organization.org = $1
), made AS (
    INSERT INTO scim.tokens (org, label, digest, last_four, scopes, expires)
    SELECT wanted.org, $2, decode($3, 'hex'), $4, string_to_array($5, ','), wanted.expires
      FROM wanted
     WHERE wanted.expires > now() AND wanted.expires <= now() + interval '5 years'
    RETURNING id, label, expires
)
SELECT made.id, made.label, to_char(made.expires AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS expires
  FROM wanted
  LEFT JOIN made ON true

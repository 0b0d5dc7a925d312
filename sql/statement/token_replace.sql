-- token_replace: a new token of the same label and scopes; the old one lives on for its grace.
-- $1 org, $2 id of the old token, $3 SHA-256 of the new one in hexadecimal, $4
-- its last four characters, $5 grace as an interval, $6 lifetime as an
-- interval, or NULL and $7 the time of expiry
-- No row: there is no such token, or it was revoked or replaced before. A row
-- of NULLs: as in token_create.
WITH wanted AS (
    SELECT old.id AS old_id, old.label, old.scopes,
           coalesce(now() + $6::interval, $7::timestamptz) AS expires
      FROM scim.tokens AS old
     WHERE old.org = $1 AND old.id = $2::uuid AND old.revoked IS NULL
       FOR UPDATE
), made AS (
    INSERT INTO scim.tokens (org, label, digest, last_four, scopes, expires)
    SELECT $1, wanted.label, decode($3, 'hex'), $4, wanted.scopes, wanted.expires
      FROM wanted
     WHERE wanted.expires > now() AND wanted.expires <= now() + interval '5 years'
    RETURNING id, label, expires
), ended AS (
    UPDATE scim.tokens AS old
       SET revoked = now() + $5::interval
      FROM wanted, made
     WHERE old.org = $1 AND old.id = wanted.old_id
    RETURNING old.revoked
)
SELECT made.id,
       made.label,
       to_char(made.expires AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS expires,
       to_char(ended.revoked AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS old_ends
  FROM wanted
  LEFT JOIN made ON true
  LEFT JOIN ended ON true

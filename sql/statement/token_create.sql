-- token_create: a new token; only its digest is kept.
-- $1 org, $2 label, $3 scopes parted by commas, $4 lifetime as an interval, or
-- NULL and $5 the time of expiry
-- No row: there is no such organization.
SELECT made.id, $2::text AS label, to_char(made.expires AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS expires,
       made.secret
  FROM scim.organizations AS organization,
       scim.make_token(organization.org, $2, string_to_array($3, ','), coalesce(now() + $4::interval, $5::timestamptz)) AS made
 WHERE organization.org = $1

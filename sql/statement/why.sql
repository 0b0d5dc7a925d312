-- why: the verdict about a person and the story behind it.
-- $1 org, $2 person
-- No row: there is no such organization.
SELECT why.ordinal, to_char(why.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), why.verdict, why.code,
       why.sentence, why.next_step, why.evidence, (why.evidence ->> 'here')::boolean
  FROM scim.organizations, scim.why(organizations.org, $2) AS why
 WHERE organizations.org = $1
 ORDER BY why.ordinal

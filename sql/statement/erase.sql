-- erase: takes a person out of everything; rows deleted or emptied, one line each kind.
-- $1 org, $2 userName, externalId, email or id
-- No row: nobody is known by that.
SELECT counted.what, counted.number
  FROM (SELECT count(*) AS ids, max(people) AS people, max(log) AS log, max(audit) AS audit, max(other) AS other
          FROM scim.erase($1, $2)) AS erased
 CROSS JOIN LATERAL (VALUES ('people', erased.people), ('rows of the log', erased.log), ('events of the audit', erased.audit),
                            ('other rows', erased.other)) AS counted (what, number)
 WHERE erased.ids > 0

-- log_show: the last rows of the request log of an organization, newest last.
-- $1 org, $2 how far back as an interval, or NULL and $3 since when (both NULL: all),
-- $4 result, $5 subject (userName, email or externalId), $6 reason; NULL: any; $7 how many
SELECT to_char(last.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
       last.result, last.action, last.subject, coalesce(last.sentence, last.reason) AS sentence, last.status,
       last.reason, last.request_id
  FROM (SELECT log.*
          FROM scim.request_log AS log
         WHERE log.org = $1
           AND log.at >= coalesce(now() - $2::interval, $3::timestamptz, '-infinity')
           AND ($4::text IS NULL OR log.result = $4)
           AND ($5::text IS NULL OR log.subject_key = scim.fold($5) OR log.email_key = scim.fold($5)
                OR log.external_id = $5)
           AND ($6::text IS NULL OR log.reason = $6)
         ORDER BY log.at DESC, log.request_id DESC
         LIMIT $7::integer) AS last
 ORDER BY last.at, last.request_id

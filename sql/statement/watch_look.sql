-- watch_look: rows of the request log that were committed since the last look, and this look.
-- $1 org, or '*' for all that the session sees; $2 snapshot of the last look (NULL: no rows);
-- $3 nothing that it did not see is older; $4 't': only what was refused or failed
WITH look AS MATERIALIZED (
    SELECT pg_current_snapshot() AS snapshot, clock_timestamp() AS at
)
SELECT look.snapshot, pg_snapshot_xmin(look.snapshot) AS xmin, pg_snapshot_xmax(look.snapshot) AS xmax,
       look.at::text AS looked, (look.at - interval '1 day')::text AS day_before, news.org,
       to_char(news.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
       news.result, news.action, news.subject, coalesce(news.sentence, news.reason) AS sentence, news.status,
       news.reason, news.request_id
  FROM look
  LEFT JOIN (
        -- One after the other, so that each is found by the index, which begins with org.
        SELECT log.*
          FROM unnest(CASE WHEN $1 = '*' THEN ARRAY(SELECT organization.org FROM scim.organizations AS organization)
                           ELSE ARRAY[$1::text] END) AS watched (org)
         CROSS JOIN LATERAL (
                SELECT one.*
                  FROM scim.request_log AS one
                 WHERE one.org = watched.org
                   -- Clocks are set back now and then.
                   AND one.at >= $3::timestamptz - interval '5 seconds'
                   AND NOT pg_visible_in_snapshot(one.transaction, $2::pg_snapshot)
                   -- Rows of another cluster, out of a dump, are nobody's news.
                   AND pg_visible_in_snapshot(one.transaction, pg_current_snapshot())
                   AND (one.result IN ('refused', 'failed') OR $4::boolean IS NOT TRUE)
               OFFSET 0) AS log
       ) AS news ON true
 ORDER BY news.at, news.request_id

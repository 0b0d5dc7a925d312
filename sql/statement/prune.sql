-- prune: removes what is older than the organizations want it kept, or than somebody says, and makes the partitions of
-- the months to come.
-- $1 how long ago as an interval, or NULL and $2 a time (both NULL: as the organizations want it); $3 only count
SELECT what, number FROM scim.prune(coalesce(now() - $1::interval, $2::timestamptz), $3)

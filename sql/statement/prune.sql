-- prune: removes what is older than the organizations want it kept, and makes the partitions of the months to come.
SELECT what, number FROM scim.prune()

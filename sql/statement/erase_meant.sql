-- erase_meant: whom scimlet erase would erase.
-- $1 org, $2 userName, externalId, email or id
-- One row: known: is there such an organization; number: of ids that are meant; ids.
SELECT EXISTS (SELECT FROM scim.organizations WHERE org = $1) AS known,
       coalesce(cardinality(meant.ids), 0) AS number,
       array_to_string(meant.ids, ', ') AS ids
  FROM (SELECT scim.erase_ids($1, $2) AS ids) AS meant

-- index_of_org: which attributes an organization has indexes on, as `authenticate` tells the responder.
-- $1 org
SELECT EXISTS (SELECT FROM scim.organizations WHERE org = $1) AS known,
       (SELECT string_agg(attribute, ',')
          FROM scim.indexed_attributes
         WHERE org IN ($1, '*') AND ready) AS indexed_attributes

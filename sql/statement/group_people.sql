-- group_people: the people of a group, direct and through groups in it.
-- $1 org, $2 id of the group
SELECT user_name, status, display_name, type, array_to_string(via, ',') AS via, id
  FROM scim.effective_members($1, $2)

-- login: the application tells of a login; the answer is what to do.
-- $1 org, $2 subject, $3 email, $4 account; '' and NULL: not known
SELECT decision, reason, arguments[1] AS first, arguments[2] AS second,
       user_id, user_name, status, linked_account
  FROM scim.link_login($1, $2, $3, $4)

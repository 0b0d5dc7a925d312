-- index_list: attributes that somebody had indexed, of all organizations that the login sees.
SELECT org,
       attribute,
       ready
  FROM scim.indexed_attributes
 ORDER BY attribute, org

-- What must not get in, and the sentence that says so.
\ir fixture/begin.sql
SELECT plan(46);

CREATE FUNCTION pg_temp.provision(resource jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO scim.users (org, resource) VALUES ('tap-one', resource)
$$;

SELECT throws_like(format('SELECT pg_temp.provision(%L)', resource), message, resource)
  FROM (VALUES
    ('[]',                                   'users.resource must be a JSON object%'),
    ('"jane"',                               'users.resource must be a JSON object%'),
    ('null',                                 'users.resource must be a JSON object%'),
    ('{"title": "Boss"}',                    '%userName%is required (RFC 7643 4.1.1).'),
    ('{"username": "jane"}',                 'In users.resource there is no attribute username.'),
    ('{"userName": null}',                   '%userName%is required (RFC 7643 4.1.1).'),
    ('{"userName": 7}',                      'In users.resource userName must be a JSON string.'),
    ('{"userName": ["jane"]}',               'In users.resource userName must be a JSON string.'),
    ('{"userName": "j", "externalId": 1}',   'In users.resource externalId must be a JSON string.'),
    ('{"userName": "j", "displayName": {"a": 1}}', 'In users.resource displayName must be a JSON string.'),
    ('{"userName": "j", "title": true}',     'In users.resource title must be a JSON string.'),
    ('{"userName": "j", "active": "False"}', 'In users.resource active must be a JSON boolean.'),
    ('{"userName": "j", "name": "Jane"}',    'In users.resource name must be a JSON object.'),
    ('{"userName": "j", "name": [{"givenName": "Jane"}]}', 'In users.resource name must be a JSON object.'),
    ('{"userName": "j", "name": {"givenName": 1}}', 'In users.resource name.givenName must be a JSON string.'),
    ('{"userName": "j", "name": {"familyName": ["x"]}}', 'In users.resource name.familyName must be a JSON string.'),
    ('{"userName": "j", "emails": "j@x"}',   'In users.resource emails must be a JSON array.'),
    ('{"userName": "j", "emails": {"value": "j@x"}}', 'In users.resource emails must be a JSON array.'),
    ('{"userName": "j", "emails": ["j@x"]}', 'In users.resource emails[0] must be a JSON object.'),
    ('{"userName": "j", "emails": [[{"value": "j@x"}]]}', 'In users.resource emails[0] must be a JSON object.'),
    ('{"userName": "j", "emails": [{"value": 1}]}', 'In users.resource emails[0].value must be a JSON string.'),
    ('{"userName": "j", "emails": [{"value": "a"}, {"value": "b", "type": 1}]}', 'In users.resource emails[1].type must be a JSON string.'),
    ('{"userName": "j", "emails": [{"value": "a", "primary": "true"}]}', 'In users.resource emails[0].primary must be a JSON boolean.'),
    ('{"userName": "j", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": "x"}', '%enterprise:2.0:User must be a JSON object.'),
    ('{"userName": "j", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": 1}}', '%User:department must be a JSON string.'),
    ('{"userName": "j", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": 1}}', '%User:employeeNumber must be a JSON string.'),
    ('{"userName": "j", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": "boss"}}', '%User:manager must be a JSON object.'),
    ('{"userName": "j", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": 1}}}', '%User:manager.value must be a JSON string.')
  ) AS hostile (resource, message);

SELECT throws_ok(format('INSERT INTO scim.users (org, user_name) VALUES (%L, %L)', 'tap-one', user_name),
        '23514', format('In users.resource userName %s.', sentence), what)
  FROM (VALUES
    ('',                   '(column user_name) is required (RFC 7643 4.1.1)', 'an empty userName'),
    ('  ',                 'must not be blank', 'a blank userName'),
    (U&'\00A0\3000',       'must not be blank', 'a userName of other blanks'),
    (E'jane\n',            'must not have control characters', 'a userName with a line feed'),
    (E'jane\x7f',          'must not have control characters', 'a userName with DEL'),
    (U&'jane\0085',        'must not have control characters', 'a userName with a C1 control character'),
    (repeat('j', 1025),    'has 1025 bytes; at most 1024 are kept', 'a userName of 1,025 bytes'),
    (repeat(U&'\FDFA', 40), 'has more than 1024 bytes when it is folded for comparison (scim.fold)', 'a userName that grows beyond 1,024 bytes when folded')
  ) AS hostile (user_name, sentence, what);
SELECT lives_ok(format('INSERT INTO scim.users (org, user_name) VALUES (%L, %L)', 'tap-one', user_name), what)
  FROM (VALUES
    (repeat('j', 1024),        'a userName of 1,024 bytes is the longest'),
    ('Robert''); DROP TABLE scim.users;--', 'quotes are only characters'),
    ('{"a": "\u0000"}',        'and so are braces and backslashes')) AS odd (user_name, what);
SELECT throws_ok(format('SELECT pg_temp.provision(%L)', jsonb_build_object('userName', 'j') || resource), '23514', NULL, what)
  FROM (VALUES
    (jsonb_build_object('externalId', repeat('x', 1025)),  'an externalId of 1,025 bytes'),
    (jsonb_build_object('displayName', repeat('x', 1025)), 'a displayName of 1,025 bytes'),
    (jsonb_build_object('emails', jsonb_build_array(jsonb_build_object('value', repeat('x', 1025)))),
                                                           'an address of 1,025 bytes')) AS hostile (resource, what);

SELECT throws_ok($$INSERT INTO scim.users (org, user_name) VALUES ('tap-none', 'jane')$$,
    '23503', NULL, 'a person of no organization');
-- PostgreSQL 13 has another SQLSTATE for it.
SELECT throws_like($$INSERT INTO scim.users (org, user_name, user_name_key) VALUES ('tap-one', 'jane', 'admin')$$,
    'cannot insert %into column "user_name_key"', 'a folded name of one''s own');
SELECT throws_ok($$INSERT INTO scim.groups (org, display_name) VALUES ('tap-one', ' ')$$,
    '23514', NULL, 'a group with a blank name');
SELECT throws_ok(format('INSERT INTO scim.groups (org, display_name) VALUES (%L, %L)', 'tap-one', repeat('g', 1025)),
    '23514', NULL, 'a group with a name of 1,025 bytes');

SELECT * FROM finish();
ROLLBACK;

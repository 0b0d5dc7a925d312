-- The promise: after any writes, resource and columns say the same, and
-- user_emails what emails says. 3,000 random writes by columns, by resource and
-- by import, the same in each run.
\ir fixture/begin.sql
SELECT plan(7);

-- The mapping again, written independently of the schema's own.
CREATE FUNCTION pg_temp.disagreeing() RETURNS SETOF scim.users LANGUAGE sql STABLE AS $$
    SELECT users.*
      FROM scim.users,
           jsonb_to_record(resource) AS r ("userName" text, "externalId" text, "displayName" text,
               name jsonb, title text, active boolean, schemas text[],
               "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User" jsonb),
           jsonb_to_record(coalesce(name, '{}')) AS n ("givenName" text, "familyName" text),
           jsonb_to_record(coalesce("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", '{}'))
               AS e (department text, "employeeNumber" text, manager jsonb)
     WHERE org = 'tap-one'
       AND ((user_name, external_id, display_name, given_name, family_name, users.title,
             users.active, users.department, employee_number, manager_id)
            IS DISTINCT FROM
            ("userName", "externalId", "displayName", "givenName", "familyName", r.title,
             coalesce(r.active, users.active), e.department, "employeeNumber", manager ->> 'value')
         OR cardinality(schemas) <> 1 + (resource ? 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User')::integer
         OR resource::text LIKE ANY (ARRAY['%: {}%', '%: null%'])
         OR resource ?| '{id,meta,groups,password}')
$$;
CREATE FUNCTION pg_temp.word() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT (ARRAY[NULL, 'a', 'Ä b', '"quoted" \slash', '', U&'\+01F600', '{}', 'null'])[1 + floor(random() * 8)::integer]
$$;
CREATE FUNCTION pg_temp.random_resource(user_name text) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT jsonb_build_object('userName', user_name, 'externalId', pg_temp.word(), 'title', pg_temp.word(),
               'displayName', pg_temp.word(), 'nickName', pg_temp.word(), 'password', pg_temp.word(),
               'name', jsonb_build_object('givenName', pg_temp.word(), 'familyName', pg_temp.word()),
               'emails', (SELECT jsonb_agg(jsonb_build_object('value', pg_temp.word() || i, 'type', pg_temp.word(), 'primary', i = 1 AND random() < 0.5))
                            FILTER (WHERE i > 1 OR random() < 0.7)
                            FROM generate_series(1, floor(random() * 3)::integer) AS i),
               'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', jsonb_build_object(
                   'department', pg_temp.word(), 'employeeNumber', pg_temp.word(),
                   'manager', jsonb_build_object('value', pg_temp.word(), 'displayName', pg_temp.word())))
           || CASE WHEN random() < 0.7 THEN jsonb_build_object('active', random() < 0.5) ELSE '{}' END
$$;

-- One random write to one of forty people.
CREATE FUNCTION pg_temp.write(person text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CASE floor(random() * 6.2)::integer
    WHEN 0 THEN
        DELETE FROM scim.users WHERE org = 'tap-one' AND user_name_key = scim.fold(person);
    WHEN 1 THEN
        INSERT INTO scim.users (org, resource) VALUES ('tap-one', pg_temp.random_resource(person))
            ON CONFLICT (org, user_name_key) DO UPDATE SET resource = EXCLUDED.resource;
    WHEN 2 THEN
        INSERT INTO scim.users (org, user_name, title, department, manager_id, active)
        VALUES ('tap-one', upper(person), pg_temp.word(), pg_temp.word(), pg_temp.word(), random() < 0.5)
            ON CONFLICT (org, user_name_key) DO NOTHING;
    WHEN 3 THEN
        UPDATE scim.users
           SET external_id = pg_temp.word(), display_name = pg_temp.word(), given_name = pg_temp.word(),
               family_name = pg_temp.word(), title = pg_temp.word(), active = random() < 0.5
         WHERE org = 'tap-one' AND user_name_key = scim.fold(person);
    WHEN 4 THEN
        UPDATE scim.users
           SET department = pg_temp.word(), employee_number = pg_temp.word(), manager_id = pg_temp.word()
         WHERE org = 'tap-one' AND user_name_key = scim.fold(person);
    WHEN 6 THEN
        INSERT INTO scim.import_staging (org, resource)
        SELECT 'tap-one', pg_temp.random_resource(person || CASE WHEN number % 2 = 0 THEN number::text ELSE '' END)
          FROM generate_series(1, 4) AS number;
        PERFORM scim.import('tap-one', match => 'user_name');
    ELSE
        UPDATE scim.users
           SET resource = CASE WHEN random() < 0.5 THEN resource || pg_temp.random_resource(upper(person))
                               ELSE resource - (ARRAY['emails', 'name', 'active', 'title'])[1 + floor(random() * 4)::integer] END
         WHERE org = 'tap-one' AND user_name_key = scim.fold(person);
    END CASE;
END
$$;
SELECT setseed(0.7643);
SELECT lives_ok($$SELECT pg_temp.write('person-' || floor(random() * 40)) FROM generate_series(1, 3000)$$,
    'random writes are all accepted');
SELECT cmp_ok(count(*), '>', 10::bigint, 'and leave people') FROM scim.users WHERE org = 'tap-one';
SELECT cmp_ok(count(*), '>', 10::bigint, 'with addresses') FROM scim.user_emails WHERE org = 'tap-one';
SELECT is_empty('SELECT * FROM pg_temp.disagreeing()', 'resource and columns say the same');
SELECT is_empty($$
    (SELECT u.id, ordinal, email ->> 'value', email ->> 'type', (email ->> 'primary')::boolean
       FROM scim.users AS u, jsonb_array_elements(resource -> 'emails') WITH ORDINALITY AS e (email, ordinal)
      WHERE org = 'tap-one' AND email ->> 'value' <> '')
    EXCEPT
    (SELECT user_id, ordinal, value, type, "primary" FROM scim.user_emails WHERE org = 'tap-one')
    $$, 'every address in a resource is a row');
SELECT is(count(*), (
    SELECT count(*)
      FROM scim.users, jsonb_array_elements(resource -> 'emails') AS email
     WHERE org = 'tap-one' AND email ->> 'value' <> ''), 'and there is no other row')
  FROM scim.user_emails WHERE org = 'tap-one';

-- The check itself can fail.
ALTER TABLE scim.users DISABLE TRIGGER users_before_update;
UPDATE scim.users SET title = 'behind the back' WHERE org = 'tap-one';
SELECT isnt_empty('SELECT * FROM pg_temp.disagreeing()', 'a disagreement would be seen');

SELECT * FROM finish();
ROLLBACK;

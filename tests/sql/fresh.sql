-- An organization that was just loaded: nothing is known of it yet, and what is done
-- with all of it must read each row some times, not all of them for each.
\ir fixture/begin.sql
SELECT plan(8);

-- Another one is known well, so that the planner expects next to nobody here.
INSERT INTO scim.users (org, user_name) SELECT 'tap-two', 'p' || n FROM generate_series(1, 3000) AS n;
INSERT INTO scim.groups (org, display_name) SELECT 'tap-two', 'g' || n FROM generate_series(1, 100) AS n;
INSERT INTO scim.group_members (org, group_id, member_id)
SELECT 'tap-two', team.id, person.id FROM scim.groups AS team, scim.users AS person
 WHERE team.org = 'tap-two' AND team.display_name = 'g1' AND person.org = 'tap-two';
ANALYZE scim.users, scim.groups, scim.group_members, scim.audit_events;

INSERT INTO scim.users (org, user_name, title) SELECT 'tap-one', 'p' || n, 'before' FROM generate_series(1, 1500) AS n;
INSERT INTO scim.groups (org, display_name) SELECT 'tap-one', 'g' || n FROM generate_series(1, 30) AS n;
INSERT INTO scim.group_members (org, group_id, member_id)
SELECT 'tap-one', team.id, person.id FROM scim.groups AS team JOIN scim.users AS person ON person.org = 'tap-one'
   AND substr(person.user_name, 2)::integer % 30 + 1 = substr(team.display_name, 2)::integer
 WHERE team.org = 'tap-one';

-- What scans looked at, in indexes those entries, too, that this transaction deleted.
CREATE FUNCTION pg_temp.rows_read() RETURNS bigint LANGUAGE sql AS $$
    SELECT sum(pg_stat_get_xact_tuples_returned(looked_at))::bigint
      FROM (SELECT indexrelid FROM pg_index WHERE indrelid IN ('scim.users'::regclass, 'scim.groups'::regclass, 'scim.group_members'::regclass)
            UNION ALL VALUES ('scim.users'::regclass), ('scim.groups'::regclass), ('scim.group_members'::regclass)) AS relations (looked_at)
$$;
CREATE FUNCTION pg_temp.rows_read_by(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before CONSTANT bigint := pg_temp.rows_read();
BEGIN
    EXECUTE statement;
    RETURN pg_temp.rows_read() - before;
END
$$;

-- Each with each would be one to seven million; what triggers and keys look at is some two hundred thousand.
SELECT cmp_ok(pg_temp.rows_read_by($$DO 'BEGIN PERFORM FROM scim.check(''tap-one''); END'$$), '<', 800000::bigint, 'scim.check');
SELECT clock_timestamp() AS loaded \gset
SELECT pg_sleep(0.005);
UPDATE scim.users SET title = 'after' WHERE org = 'tap-one';
DELETE FROM scim.group_members WHERE org = 'tap-one';
SELECT cmp_ok(pg_temp.rows_read_by(format('SELECT FROM scim.undo(%L, %L, dry_run => false)', 'tap-one', :'loaded')), '<', 800000::bigint,
    'undo of a change of all');
CREATE FUNCTION pg_temp.explained(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    lines text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || statement LOOP
        lines := lines || line || E'\n';
    END LOOP;
    RETURN lines;
END
$$;
SELECT matches(pg_temp.explained(format('SELECT * FROM scim.undo_collisions(%L, %L, NULL)', 'tap-one', :'loaded')),
    'Index Cond: [^\n]*org = [^\n]* AND \(user_name_key >= ', 'which looks for each name that comes back in the index');
SELECT results_eq($$SELECT count(*) FROM scim.users WHERE org = 'tap-one' AND title = 'before'$$, ARRAY[1500::bigint], 'who are as before');
SELECT results_eq($$SELECT sum(member_count) FROM scim.groups WHERE org = 'tap-one'$$, ARRAY[1500::bigint], 'and where they were');
SELECT cmp_ok(pg_temp.rows_read_by($$DELETE FROM scim.users WHERE org = 'tap-one'$$), '<', 800000::bigint, 'DELETE of all');
SELECT cmp_ok(pg_temp.rows_read_by(format('SELECT FROM scim.undo(%L, %L, dry_run => false)', 'tap-one', :'loaded')), '<', 800000::bigint,
    'and its undo');
SELECT is_empty($$SELECT * FROM scim.check('tap-one')$$, 'every promise is kept');

SELECT * FROM finish();
ROLLBACK;

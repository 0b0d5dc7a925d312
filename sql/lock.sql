-- The first statement of the transaction of `scimlet migrate`: every table and
-- view that it may change is locked here, before anything is changed.
--
-- Whoever asks for a table after us waits behind us, also while we wait
-- ourselves. So each try is short: when not everything is free by then, it lets
-- go of all it has, those who queued behind it go on, and a little later comes
-- the next. That is also how we give way, well before deadlock_timeout, to a
-- writer that waits for us while we wait for it. After the last try the
-- transaction ends with 55P03, and `scimlet migrate` says who is in the way.
--
-- Autovacuum gives way only after deadlock_timeout, so it is waited for before,
-- by a lock that is in no writer's way.
--
-- Views come first, as who reads one locks it before its tables. Of tables, in
-- turn, those come first that plain SQL writes, whose triggers need the others,
-- and those that a request needs first, who is asking. Not locked:
-- scim.schema_version, by which the programs look whether the schema fits.

DO $$
DECLARE
    relations CONSTANT oid[] := ARRAY(
        SELECT oid
          FROM pg_catalog.pg_class
         WHERE relnamespace = pg_catalog.to_regnamespace('scim') AND relkind IN ('r', 'p', 'v')
           AND relname <> 'schema_version' AND pg_has_role(relowner, 'USAGE'));
    relation pg_catalog.pg_class;
    until timestamptz;
BEGIN
    PERFORM set_config('lock_timeout', '3s', true);
    FOR relation IN SELECT * FROM pg_catalog.pg_class WHERE oid = ANY (relations) AND relkind <> 'v' LOOP
        EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', relation.oid::regclass);
    END LOOP;
    FOR try IN 1..6 LOOP
        BEGIN
            until := clock_timestamp() + interval '0.3 s';
            FOR relation IN
                SELECT * FROM pg_catalog.pg_class
                 WHERE oid = ANY (relations)
                 ORDER BY relkind <> 'v', try % 2 = 1 AND relname NOT IN ('users', 'groups', 'group_members'), oid
            LOOP
                PERFORM set_config('lock_timeout',
                    greatest(1, extract(epoch FROM until - clock_timestamp()) * 1000)::integer || 'ms', true);
                -- Of a view LOCK TABLE would lock what it reads, too, also what is of others; this changes nothing.
                EXECUTE format(CASE relation.relkind
                               WHEN 'v' THEN 'ALTER VIEW %1$s OWNER TO %2$I'
                               ELSE 'LOCK TABLE ONLY %1$s IN ACCESS EXCLUSIVE MODE' END,
                               relation.oid::regclass, pg_get_userbyid(relation.relowner));
            END LOOP;
            PERFORM set_config('lock_timeout', '200ms', true);
            RETURN;
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            PERFORM pg_sleep(0.05 + random() * 0.1);
        END;
    END LOOP;
    RAISE lock_not_available;
END
$$;

-- Logins, as the application tells of them: who may come in, and why not.

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.login_people(of_org text, of_subject text, of_email text) RETURNS uuid[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found uuid[];
    several uuid[];
BEGIN
    -- From the surest word to the weakest; what fits several people decides
    -- nothing as long as a weaker word fits one.
    FOR step IN 1..5 LOOP
        found := CASE step
            WHEN 1 THEN ARRAY(SELECT id FROM scim.users WHERE org = of_org AND login_subject = of_subject)
            WHEN 2 THEN ARRAY(SELECT id FROM scim.users WHERE org = of_org AND external_id = of_subject LIMIT 2)
            WHEN 3 THEN ARRAY(SELECT id FROM scim.users WHERE org = of_org AND user_name_key = scim.fold(of_subject))
            WHEN 4 THEN ARRAY(SELECT id FROM scim.users WHERE org = of_org AND user_name_key = scim.fold(of_email))
            ELSE ARRAY(SELECT DISTINCT user_id FROM scim.user_emails
                        WHERE org = of_org AND value_key = scim.fold(of_email) LIMIT 2)
            END;
        IF cardinality(found) = 1 THEN
            RETURN found;
        END IF;
        several := coalesce(several, nullif(found, '{}'));
    END LOOP;
    RETURN coalesce(several, '{}');
END
$$;
COMMENT ON FUNCTION scim.login_people(text, text, text) IS
    'Whom a login may mean: the person of that login_subject, else of that externalId, else of the subject as userName, else of the email as userName, else with that email. None, one, or several of whom none can be told apart.';

CREATE OR REPLACE FUNCTION scim.login_refusal(person scim.users, of_subject text, of_account text,
        OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    arguments := ARRAY[person.user_name];
    IF person.removed THEN
        reason := 'login.removed';
    ELSIF NOT person.active THEN
        reason := 'login.suspended';
    ELSIF person.account <> of_account
            -- Another subject than before, and no account that tells it is the same person.
            OR (person.login_subject <> of_subject AND person.account IS NOT NULL AND of_account IS NULL) THEN
        reason := 'login.other_account';
        arguments := arguments || coalesce(of_account, of_subject);
    ELSIF person.account IS NULL AND of_account IS NULL THEN
        reason := 'login.no_account';
    ELSIF person.account IS NULL
            AND EXISTS (SELECT FROM scim.users WHERE org = person.org AND account = of_account) THEN
        reason := 'login.account_taken';
        arguments := arguments || of_account;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.login_refusal(scim.users, text, text) IS
    'Why this person may not come in with this subject and account, seats aside; reason NULL: nothing is in the way.';

CREATE OR REPLACE FUNCTION scim.login_seat(of_org text, settings scim.organization_settings) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF settings.seat_limit IS NULL THEN
        RETURN true;
    END IF;
    -- One first login after the other: two must not take the same last seat.
    PERFORM pg_advisory_xact_lock(hashtextextended('scim seats ' || of_org, 0));
    RETURN (SELECT count(*) FROM scim.users WHERE org = of_org AND status = 'active') < settings.seat_limit;
END
$$;
COMMENT ON FUNCTION scim.login_seat(text, scim.organization_settings) IS
    'Is a seat free? Until the end of the transaction nobody else takes it.';

CREATE OR REPLACE FUNCTION scim.login_enter(person scim.users, of_subject text, of_account text) RETURNS scim.users
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    entered scim.users := person;
BEGIN
    -- last_login once a minute: a login that changes nothing shall cost no write.
    UPDATE scim.users
       SET account = coalesce(person.account, of_account),
           login_subject = coalesce(of_subject, person.login_subject),
           linked = coalesce(person.linked, clock_timestamp()),
           last_login = clock_timestamp()
     WHERE org = person.org
       AND id = person.id
       AND (person.account IS NULL OR person.linked IS NULL OR login_subject IS DISTINCT FROM coalesce(of_subject, login_subject)
            OR coalesce(last_login < clock_timestamp() - interval '1 minute', true))
    RETURNING users.* INTO entered;
    RETURN CASE WHEN entered.id IS NULL THEN person ELSE entered END;
EXCEPTION WHEN unique_violation THEN
    -- Another login linked that account or subject at this moment.
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.login_enter(scim.users, text, text) IS
    'Links the person, who has been locked, at the first login, and notes the login; NULL: the account or subject has just become another person''s.';

CREATE OR REPLACE FUNCTION scim.login_decide(INOUT person scim.users, settings scim.organization_settings,
        of_subject text, of_account text, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    entered scim.users;
    over boolean;
BEGIN
    SELECT refusal.reason, refusal.arguments INTO reason, arguments
      FROM scim.login_refusal(person, of_subject, of_account) AS refusal;
    IF reason IS NULL AND person.account IS NULL THEN
        over := NOT scim.login_seat(person.org, settings);
        arguments := ARRAY[person.user_name, settings.seat_limit::text];
        reason := CASE WHEN over AND settings.seat_policy = 'refuse' THEN 'login.no_seat'
                       WHEN over THEN 'login.over_seats' END;
    END IF;
    IF coalesce(reason, 'login.over_seats') = 'login.over_seats' THEN
        entered := scim.login_enter(person, of_subject, of_account);
        IF entered.id IS NULL THEN
            reason := 'login.account_taken';
            arguments := ARRAY[person.user_name, of_account];
        ELSE
            person := entered;
        END IF;
    END IF;
    IF reason IS NULL THEN
        arguments := NULL;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.login_decide(scim.users, scim.organization_settings, text, text) IS
    'What becomes of a login of this person, who has been locked: reason NULL or login.over_seats: let in, and written down.';

CREATE OR REPLACE FUNCTION scim.login_unknown(of_org text, of_subject text, of_email text, number integer) RETURNS text
    LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN $4 > 1 THEN 'login.ambiguous'
                -- Deleted, and kept for a while: the application hears more than "unknown".
                WHEN EXISTS (SELECT FROM scim.deleted_users WHERE org = $1 AND external_id = $2)
                  OR EXISTS (SELECT FROM scim.deleted_users WHERE org = $1 AND user_name_key = scim.fold($2))
                  OR EXISTS (SELECT FROM scim.deleted_users WHERE org = $1 AND user_name_key = scim.fold($3))
                THEN 'login.removed'
                ELSE 'login.unknown' END
$$;
COMMENT ON FUNCTION scim.login_unknown(text, text, text, integer) IS
    'The reason where a login does not mean exactly one person, but this number of them.';

CREATE OR REPLACE FUNCTION scim.log_login(of_org text, person scim.users, before scim.users, said text, email text,
        reason text, arguments text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Who comes in every day is seen in last_login; the log has what changed, and refusals.
    IF reason IS NOT NULL OR (person.account, person.login_subject)
            IS DISTINCT FROM (before.account, before.login_subject) THEN
        PERFORM scim.log_done(of_org, 'login', 'User', person.id, coalesce(person.user_name, said), email,
            person.external_id, CASE WHEN coalesce(reason, 'login.over_seats') = 'login.over_seats' THEN 200 ELSE 403 END,
            reason, arguments);
    END IF;
END
$$;
COMMENT ON FUNCTION scim.log_login(text, scim.users, scim.users, text, text, text, text[]) IS
    'Writes the row of request_log of a login that was refused or changed something.';

CREATE OR REPLACE FUNCTION scim.link_login(org text, subject text, email text, account text)
    RETURNS TABLE (decision text, reason text, arguments text[], sentence text,
                   user_id uuid, user_name text, status text, linked_account text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    of_org CONSTANT text := org;
    of_subject CONSTANT text := nullif(subject, '');
    of_email CONSTANT text := nullif(email, '');
    said CONSTANT text := coalesce(of_subject, of_email);
    settings scim.organization_settings;
    people uuid[];
    before scim.users;
    person scim.users;
    decided record;
BEGIN
    SELECT * INTO settings FROM scim.organization_settings AS setting WHERE setting.org = of_org;
    people := scim.login_people(of_org, of_subject, of_email);
    IF cardinality(people) = 1 THEN
        SELECT * INTO before FROM scim.users AS locked
         WHERE locked.org = of_org AND locked.id = people[1] FOR NO KEY UPDATE;
    END IF;
    person := before;
    IF settings.provisioning IS NOT TRUE THEN
        reason := 'provisioning.off';
        arguments := scim.provisioning_off_words(settings);
    ELSIF before.id IS NULL THEN
        reason := scim.login_unknown(of_org, of_subject, of_email, cardinality(people));
        arguments := ARRAY[said];
    ELSE
        SELECT * INTO decided FROM scim.login_decide(before, settings, of_subject, nullif(account, ''));
        person := decided.person;
        reason := decided.reason;
        arguments := decided.arguments;
    END IF;
    PERFORM scim.log_login(of_org, person, before, said, of_email, reason, arguments);
    RETURN QUERY SELECT
        CASE WHEN coalesce(link_login.reason, 'login.over_seats') = 'login.over_seats' THEN 'let_in' ELSE 'refuse' END,
        link_login.reason, link_login.arguments, scim.sentence(link_login.reason, link_login.arguments),
        person.id, person.user_name, person.status, person.account;
END
$$;
COMMENT ON FUNCTION scim.link_login(text, text, text, text) IS
    'The application tells of a login: subject and email as the identity provider said them (one of them may be NULL), and its own account, which the first login links. decision: let_in or refuse, with the reason.';

-- 0008 watch: who follows the log (`scimlet watch`), so that others need not
-- tell of each row; and which transaction wrote a row, so that none is missed.

ALTER TABLE scim.request_log ADD COLUMN transaction xid8;
-- Apart: with the column it would be worked out for every row there is.
ALTER TABLE scim.request_log ALTER COLUMN transaction SET DEFAULT pg_current_xact_id();
COMMENT ON COLUMN scim.request_log.transaction IS
    'The transaction that wrote the row. Rows are seen in the order of commits, which is not that of at: what is new since a snapshot is NOT pg_visible_in_snapshot(transaction, snapshot). NULL: older than this column.';

CREATE TABLE scim.watchers (
    org   text           COLLATE "C" NOT NULL,
    id    uuid           NOT NULL DEFAULT gen_random_uuid(),
    actor text           NOT NULL DEFAULT session_user,
    since timestamptz(3) NOT NULL DEFAULT now(),
    until timestamptz(3) NOT NULL DEFAULT now() + interval '1 minute',

    CONSTRAINT watchers_pkey PRIMARY KEY (org, id)
);
COMMENT ON TABLE scim.watchers IS
    'Who follows request_log at the moment. While there is a row, transactions that write to the log of the organization NOTIFY scimlet_log, which makes their commits wait for each other; without one they do not.';
COMMENT ON COLUMN scim.watchers.org   IS 'The organization; * for all of them.';
COMMENT ON COLUMN scim.watchers.id    IS 'The watcher.';
COMMENT ON COLUMN scim.watchers.actor IS 'The session user of PostgreSQL.';
COMMENT ON COLUMN scim.watchers.since IS 'When it began.';
COMMENT ON COLUMN scim.watchers.until IS 'Until when it is told of rows; a watcher prolongs it before that.';
COMMENT ON CONSTRAINT watchers_pkey ON scim.watchers IS 'One row per watcher.';

ALTER TABLE scim.watchers ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.watchers FORCE  ROW LEVEL SECURITY;
CREATE POLICY organization ON scim.watchers
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
COMMENT ON POLICY organization ON scim.watchers IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
CREATE POLICY for_all ON scim.watchers FOR SELECT USING (org = '*');
COMMENT ON POLICY for_all ON scim.watchers IS
    'Who follows all organizations is told of the rows of each.';

INSERT INTO scim.schema_version (version, name) VALUES (8, 'watch');

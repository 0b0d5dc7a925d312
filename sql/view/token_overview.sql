-- token_overview: tokens without their digests, and whether they work.

CREATE OR REPLACE VIEW scim.token_overview AS
SELECT token.org, token.id, token.label, token.last_four, token.scopes,
       scim.token_state(token.expires, token.revoked) AS state,
       least(token.expires, token.revoked) AS works_until,
       token.expires, token.revoked, token.created, token.created_by,
       token.last_used, token.last_used_address, token.last_used_agent,
       least(token.expires, token.revoked) > now() AS works
  FROM scim.tokens AS token;
COMMENT ON VIEW scim.token_overview IS
    'The tokens of each organization, one row each, those that no longer work included; never the token itself nor its digest.';
COMMENT ON COLUMN scim.token_overview.org               IS 'The organization the token acts for.';
COMMENT ON COLUMN scim.token_overview.id                IS 'Names the token, as in request_log.token_id; its first characters do for `scimlet token revoke`.';
COMMENT ON COLUMN scim.token_overview.label             IS 'What people call it.';
COMMENT ON COLUMN scim.token_overview.last_four         IS 'The last four characters, to find out which one an identity provider has.';
COMMENT ON COLUMN scim.token_overview.scopes            IS 'What it may do: users, groups, read, login.';
COMMENT ON COLUMN scim.token_overview.state             IS
    'live; expiring (within 30 days); grace (replaced, and still working for a while); expired; or revoked. As `scimlet token list` says it.';
COMMENT ON COLUMN scim.token_overview.works_until       IS 'The earlier of expires and revoked.';
COMMENT ON COLUMN scim.token_overview.expires           IS 'When it ends, or ended, by itself.';
COMMENT ON COLUMN scim.token_overview.revoked           IS 'When it was revoked, or will be at the end of its grace; NULL: nobody has.';
COMMENT ON COLUMN scim.token_overview.created           IS 'When it was made.';
COMMENT ON COLUMN scim.token_overview.created_by        IS 'Who made it: a user of PostgreSQL.';
COMMENT ON COLUMN scim.token_overview.last_used         IS 'When it was last accepted, to a minute; NULL: never.';
COMMENT ON COLUMN scim.token_overview.last_used_address IS 'From which network address.';
COMMENT ON COLUMN scim.token_overview.last_used_agent   IS 'By which User-Agent.';
COMMENT ON COLUMN scim.token_overview.works             IS 'Is it accepted now? So it is while it is live, expiring or in grace; connections.tokens_live counts these.';

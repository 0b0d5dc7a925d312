-- seats: how many people of each organization are active, and how many may be.

CREATE OR REPLACE VIEW scim.seats AS
SELECT setting.org, setting.seat_limit, setting.seat_policy, counted.taken,
       CASE WHEN setting.seat_limit IS NOT NULL THEN greatest(setting.seat_limit - counted.taken, 0) END AS free,
       CASE WHEN setting.seat_limit IS NOT NULL THEN greatest(counted.taken - setting.seat_limit, 0) END AS over
  FROM scim.organization_settings AS setting
 CROSS JOIN LATERAL (SELECT count(*) AS taken FROM scim.users AS person
                      WHERE person.org = setting.org AND person.status = 'active') AS counted;
COMMENT ON VIEW scim.seats IS 'Seats: active people (scim.users.status) against the limit of their organization.';
COMMENT ON COLUMN scim.seats.org         IS 'The organization.';
COMMENT ON COLUMN scim.seats.seat_limit  IS 'How many may be active; NULL: any number.';
COMMENT ON COLUMN scim.seats.seat_policy IS 'A first login over the limit: refuse, or allow.';
COMMENT ON COLUMN scim.seats.taken       IS 'How many are active.';
COMMENT ON COLUMN scim.seats.free        IS 'How many more may become active; NULL: any number.';
COMMENT ON COLUMN scim.seats.over        IS 'How many are active beyond the limit; NULL: there is none.';

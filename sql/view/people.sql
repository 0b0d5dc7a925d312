-- people: what the application and reports read of people, one row each.

CREATE OR REPLACE VIEW scim.people AS
SELECT person.org, person.id, person.user_name, person.display_name, person.given_name, person.family_name,
       (SELECT email.value FROM scim.user_emails AS email
         WHERE email.org = person.org AND email.user_id = person.id
         ORDER BY email."primary" DESC, email.type = 'work' DESC NULLS LAST, email.ordinal
         LIMIT 1) AS email,
       person.status, person.active AS has_access, person.account, person.title, person.department,
       person.employee_number, person.manager_id, person.external_id,
       person.created, person.last_modified, person.linked, person.last_login
  FROM scim.users AS person;
COMMENT ON VIEW scim.people IS
    'People as the application reads them, also those without access: WHERE has_access leaves only those who may come in. A deactivation is seen from the moment the identity provider got its answer.';
COMMENT ON COLUMN scim.people.org             IS 'The organization.';
COMMENT ON COLUMN scim.people.id              IS 'The SCIM id.';
COMMENT ON COLUMN scim.people.user_name       IS 'SCIM userName.';
COMMENT ON COLUMN scim.people.display_name    IS 'SCIM displayName.';
COMMENT ON COLUMN scim.people.given_name      IS 'SCIM name.givenName.';
COMMENT ON COLUMN scim.people.family_name     IS 'SCIM name.familyName.';
COMMENT ON COLUMN scim.people.email           IS 'The primary email, else that of type work, else the first.';
COMMENT ON COLUMN scim.people.status          IS 'provisioned (no login yet: no seat), active (one seat), suspended or removed.';
COMMENT ON COLUMN scim.people.has_access      IS 'True for provisioned and active people.';
COMMENT ON COLUMN scim.people.account         IS 'The account of the application that the first login linked.';
COMMENT ON COLUMN scim.people.title           IS 'SCIM title.';
COMMENT ON COLUMN scim.people.department      IS 'SCIM department.';
COMMENT ON COLUMN scim.people.employee_number IS 'SCIM employeeNumber.';
COMMENT ON COLUMN scim.people.manager_id      IS 'SCIM manager.value: mostly the id of the manager.';
COMMENT ON COLUMN scim.people.external_id     IS 'SCIM externalId: the person''s id at the identity provider.';
COMMENT ON COLUMN scim.people.created         IS 'SCIM meta.created.';
COMMENT ON COLUMN scim.people.last_modified   IS 'SCIM meta.lastModified.';
COMMENT ON COLUMN scim.people.linked          IS 'When the account was linked.';
COMMENT ON COLUMN scim.people.last_login      IS 'When the application last told of a login.';

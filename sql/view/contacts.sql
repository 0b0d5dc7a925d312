-- emails, phones, addresses: how people can be reached, one row per value.

CREATE OR REPLACE VIEW scim.emails AS
SELECT email.org, email.user_id, person.user_name, person.status, email.ordinal, email.value, email.type, email."primary",
       person.resource -> 'emails' -> (email.ordinal - 1) ->> 'display' AS display,
       email.value_key
  FROM scim.user_emails AS email
  JOIN scim.users AS person ON person.org = email.org AND person.id = email.user_id;
COMMENT ON VIEW scim.emails IS
    'The emails of people, one row each. Find somebody by WHERE org = ... AND value_key = scim.fold(''Jane@Example.com''), which uses an index and does not mind upper and lower case.';
COMMENT ON COLUMN scim.emails.org       IS 'The organization.';
COMMENT ON COLUMN scim.emails.user_id   IS 'The person: people.id.';
COMMENT ON COLUMN scim.emails.user_name IS 'SCIM userName of the person.';
COMMENT ON COLUMN scim.emails.status    IS 'Of the person: provisioned, active, suspended or removed.';
COMMENT ON COLUMN scim.emails.ordinal   IS 'The place of the email among those of the person, from 1.';
COMMENT ON COLUMN scim.emails.value     IS 'SCIM emails.value: the address.';
COMMENT ON COLUMN scim.emails.type      IS 'SCIM emails.type: work, home, other or another word; NULL: not said.';
COMMENT ON COLUMN scim.emails."primary" IS 'SCIM emails.primary: true for one of them at most.';
COMMENT ON COLUMN scim.emails.display   IS 'SCIM emails.display; mostly NULL.';
COMMENT ON COLUMN scim.emails.value_key IS 'value as scim.fold compares it.';

CREATE OR REPLACE VIEW scim.phones AS
SELECT person.org, person.id AS user_id, person.user_name, person.status, phone.ordinal,
       phone.item ->> 'value' AS value, phone.item ->> 'type' AS type,
       coalesce(phone.item -> 'primary' = 'true', false) AS "primary", phone.item ->> 'display' AS display
  FROM scim.users AS person
 CROSS JOIN LATERAL jsonb_path_query(person.resource, '$.phoneNumbers[*]') WITH ORDINALITY AS phone (item, ordinal);
COMMENT ON VIEW scim.phones IS
    'The phone numbers of people, one row each, from users.resource.';
COMMENT ON COLUMN scim.phones.org       IS 'The organization.';
COMMENT ON COLUMN scim.phones.user_id   IS 'The person: people.id.';
COMMENT ON COLUMN scim.phones.user_name IS 'SCIM userName of the person.';
COMMENT ON COLUMN scim.phones.status    IS 'Of the person: provisioned, active, suspended or removed.';
COMMENT ON COLUMN scim.phones.ordinal   IS 'The place of the number among those of the person, from 1.';
COMMENT ON COLUMN scim.phones.value     IS 'SCIM phoneNumbers.value: the number as it was sent, in whatever form.';
COMMENT ON COLUMN scim.phones.type      IS 'SCIM phoneNumbers.type: work, home, mobile, fax, pager, other or another word; NULL: not said.';
COMMENT ON COLUMN scim.phones."primary" IS 'SCIM phoneNumbers.primary: true for one of them at most.';
COMMENT ON COLUMN scim.phones.display   IS 'SCIM phoneNumbers.display; mostly NULL.';

CREATE OR REPLACE VIEW scim.addresses AS
SELECT person.org, person.id AS user_id, person.user_name, person.status, address.ordinal,
       address.item ->> 'type' AS type, coalesce(address.item -> 'primary' = 'true', false) AS "primary",
       address.item ->> 'formatted' AS formatted, address.item ->> 'streetAddress' AS street_address,
       address.item ->> 'locality' AS locality, address.item ->> 'region' AS region,
       address.item ->> 'postalCode' AS postal_code, address.item ->> 'country' AS country
  FROM scim.users AS person
 CROSS JOIN LATERAL jsonb_path_query(person.resource, '$.addresses[*]') WITH ORDINALITY AS address (item, ordinal);
COMMENT ON VIEW scim.addresses IS
    'The postal addresses of people, one row each, from users.resource.';
COMMENT ON COLUMN scim.addresses.org            IS 'The organization.';
COMMENT ON COLUMN scim.addresses.user_id        IS 'The person: people.id.';
COMMENT ON COLUMN scim.addresses.user_name      IS 'SCIM userName of the person.';
COMMENT ON COLUMN scim.addresses.status         IS 'Of the person: provisioned, active, suspended or removed.';
COMMENT ON COLUMN scim.addresses.ordinal        IS 'The place of the address among those of the person, from 1.';
COMMENT ON COLUMN scim.addresses.type           IS 'SCIM addresses.type: work, home, other or another word; NULL: not said.';
COMMENT ON COLUMN scim.addresses."primary"      IS 'SCIM addresses.primary: true for one of them at most.';
COMMENT ON COLUMN scim.addresses.formatted      IS 'SCIM addresses.formatted: all of it, as on an envelope.';
COMMENT ON COLUMN scim.addresses.street_address IS 'SCIM addresses.streetAddress; may have several lines.';
COMMENT ON COLUMN scim.addresses.locality       IS 'SCIM addresses.locality: the town.';
COMMENT ON COLUMN scim.addresses.region         IS 'SCIM addresses.region: the state or province.';
COMMENT ON COLUMN scim.addresses.postal_code    IS 'SCIM addresses.postalCode.';
COMMENT ON COLUMN scim.addresses.country        IS 'SCIM addresses.country: two letters of ISO 3166-1, if the identity provider keeps to the rule.';

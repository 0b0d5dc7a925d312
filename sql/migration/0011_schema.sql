-- 0011 schema: the attributes that SCIM knows, for who writes plain SQL.

CREATE TABLE scim.schema_attributes (
    resource_type    text    COLLATE "C" NOT NULL,
    path             text    COLLATE "C" NOT NULL,
    schema           text    COLLATE "C",
    attribute        text    COLLATE "C" NOT NULL,
    sub_attribute    text    COLLATE "C",
    type             text    NOT NULL,
    multi_valued     boolean NOT NULL,
    required         boolean NOT NULL,
    case_exact       boolean NOT NULL,
    mutability       text    NOT NULL,
    returned         text    NOT NULL,
    stored           boolean NOT NULL,
    canonical_values text[],
    reference_types  text[],
    description      text    NOT NULL,

    CONSTRAINT schema_attributes_pkey PRIMARY KEY (resource_type, path)
);
COMMENT ON TABLE scim.schema_attributes IS
    'Every attribute of User and Group (RFC 7643 4, 8.7), as /Schemas tells it. Written by `scimlet init` and `scimlet migrate` from the tables in the program; users.resource is checked by it.';
COMMENT ON COLUMN scim.schema_attributes.resource_type    IS 'User or Group.';
COMMENT ON COLUMN scim.schema_attributes.path IS
    'Its name in filters and PATCH: userName, name.givenName, urn:...:enterprise:2.0:User:manager.value.';
COMMENT ON COLUMN scim.schema_attributes.schema           IS 'The URN of its schema; NULL: common to all (RFC 7643 3.1).';
COMMENT ON COLUMN scim.schema_attributes.attribute        IS 'The attribute.';
COMMENT ON COLUMN scim.schema_attributes.sub_attribute    IS 'The sub-attribute, where the row is about one.';
COMMENT ON COLUMN scim.schema_attributes.type IS
    'string, boolean, decimal, integer, dateTime, binary (base64), reference or complex (a JSON object).';
COMMENT ON COLUMN scim.schema_attributes.multi_valued     IS 'True: a JSON array of such values.';
COMMENT ON COLUMN scim.schema_attributes.required         IS 'True: no resource is without.';
COMMENT ON COLUMN scim.schema_attributes.case_exact       IS 'True: compared letter by letter, else as scim.fold does.';
COMMENT ON COLUMN scim.schema_attributes.mutability       IS 'readWrite, readOnly, immutable or writeOnly (RFC 7643 7).';
COMMENT ON COLUMN scim.schema_attributes.returned         IS 'default, always, never or request (RFC 7643 7).';
COMMENT ON COLUMN scim.schema_attributes.stored IS
    'True: stands in users.resource, or for groups in columns and rows; false: computed when it is sent, or never kept.';
COMMENT ON COLUMN scim.schema_attributes.canonical_values IS 'Values that are suggested; others are accepted.';
COMMENT ON COLUMN scim.schema_attributes.reference_types  IS 'What a reference leads to.';
COMMENT ON COLUMN scim.schema_attributes.description      IS 'What it is for.';
COMMENT ON CONSTRAINT schema_attributes_pkey ON scim.schema_attributes IS 'A path means one attribute.';

CREATE TABLE scim.schema_objects (
    kind     text COLLATE "C" NOT NULL,
    identity text COLLATE "C" NOT NULL,
    digest   text,

    CONSTRAINT schema_objects_pkey PRIMARY KEY (kind, identity)
);
COMMENT ON TABLE scim.schema_objects IS
    'What belongs to this version of the schema, as `scimlet init` and `scimlet migrate` left it, so that `scimlet check` can tell what is missing.';
COMMENT ON COLUMN scim.schema_objects.kind     IS 'function, view, trigger, policy, index or constraint.';
COMMENT ON COLUMN scim.schema_objects.identity IS 'Its name, with that of its table where it belongs to one.';
COMMENT ON COLUMN scim.schema_objects.digest   IS 'MD5 of the body of a function.';
COMMENT ON CONSTRAINT schema_objects_pkey ON scim.schema_objects IS 'An object is known by its kind and name.';

INSERT INTO scim.schema_version (version, name) VALUES (11, 'schema');

-- resource: groups as SCIM resources.

CREATE OR REPLACE FUNCTION scim.group_resource(display_name text, external_id text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
        'schemas', pg_catalog.jsonb_build_array('urn:ietf:params:scim:schemas:core:2.0:Group'),
        'displayName', $1,
        'externalId', $2))
$$;
COMMENT ON FUNCTION scim.group_resource(text, text) IS
    'A Group resource without id, meta and members (RFC 7643 4.2), from displayName and externalId.';

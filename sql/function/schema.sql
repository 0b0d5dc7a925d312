-- Schema: users.resource against scim.schema_attributes, so that what a DBA
-- writes is what the responder would have accepted, in the form it would have.
--
-- The responder checks in C before it writes; nothing here runs for it.

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.without_unassigned(value jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    rest jsonb;
BEGIN
    -- OFFSET 0: otherwise the planner calls twice what is named once, at every depth.
    CASE jsonb_typeof(value)
    WHEN 'object' THEN
        SELECT jsonb_object_agg(key, inner_value)
          INTO rest
          FROM (SELECT member.key, scim.without_unassigned(member.value) AS inner_value
                  FROM jsonb_each(value) AS member
                OFFSET 0) AS cleaned
         WHERE inner_value IS NOT NULL;
        RETURN rest;
    WHEN 'array' THEN
        SELECT jsonb_agg(inner_value ORDER BY place)
          INTO rest
          FROM (SELECT scim.without_unassigned(element) AS inner_value, place
                  FROM jsonb_array_elements(value) WITH ORDINALITY AS listed (element, place)
                OFFSET 0) AS cleaned
         WHERE inner_value IS NOT NULL;
        RETURN rest;
    ELSE
        RETURN CASE WHEN value NOT IN ('null', '""') THEN value END;
    END CASE;
END
$$;
COMMENT ON FUNCTION scim.without_unassigned(jsonb) IS
    'The value without all that is unassigned in it: null, "", [] and {} (RFC 7643 2.5); NULL if nothing is left.';

CREATE OR REPLACE FUNCTION scim.without_read_only(resource jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    written jsonb := resource;
    computed record;
BEGIN
    FOR computed IN
        SELECT CASE WHEN known.path LIKE 'urn:%' THEN ARRAY[known.schema] ELSE '{}' END
                   || ARRAY[known.attribute, known.sub_attribute] AS keys
          FROM scim.schema_attributes AS known
          JOIN scim.schema_attributes AS whole
            ON whole.resource_type = known.resource_type AND whole.stored AND NOT whole.multi_valued
           AND whole.attribute = known.attribute AND whole.sub_attribute IS NULL
         WHERE known.resource_type = 'User' AND NOT known.stored AND known.sub_attribute IS NOT NULL
    LOOP
        IF jsonb_typeof(written #> computed.keys[:cardinality(computed.keys) - 1]) = 'object' THEN
            written := written #- computed.keys;
        END IF;
    END LOOP;
    RETURN written;
END
$$;
COMMENT ON FUNCTION scim.without_read_only(jsonb) IS
    'A User resource without sub-attributes that are computed when it is sent, like the name of a manager.';

-- Of letters that were inserted, left out or changed (Levenshtein).
CREATE OR REPLACE FUNCTION scim.letters_between(one text, other text) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    line integer[] := ARRAY(SELECT generate_series(0, length(other)));
    above integer[];
BEGIN
    FOR i IN 1 .. length(one) LOOP
        above := line;
        line[1] := i;
        FOR j IN 1 .. length(other) LOOP
            line[j + 1] := least(above[j + 1] + 1, line[j] + 1,
                above[j] + (substr(one, i, 1) <> substr(other, j, 1))::integer);
        END LOOP;
    END LOOP;
    RETURN line[length(other) + 1];
END
$$;
COMMENT ON FUNCTION scim.letters_between(text, text) IS
    'How many letters one must change, add or leave out to make the other of it.';

CREATE OR REPLACE FUNCTION scim.attribute_meant(name text, candidates text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT candidate
      FROM (SELECT candidate, scim.letters_between(pg_catalog.lower($1 COLLATE pg_catalog."C"),
                                                     pg_catalog.lower(candidate COLLATE pg_catalog."C")) AS away
              FROM pg_catalog.unnest($2) AS candidate
             WHERE pg_catalog.length($1) <= 100
               AND pg_catalog.abs(pg_catalog.length($1) - pg_catalog.length(candidate)) <= 3) AS near
     WHERE away <= least(3, pg_catalog.length($1) / 2)
     ORDER BY away, candidate
     LIMIT 1
$$;
COMMENT ON FUNCTION scim.attribute_meant(text, text[]) IS
    'Which of the names may have been meant by one that does not exist; NULL: none is near.';

-- RFC 4648 4 and 5, as src/scim/resource.c reads it: padding may be left out.
CREATE OR REPLACE FUNCTION scim.is_base64(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT $1 ~ '^[A-Za-z0-9+/_-]*={0,2}$'
       AND pg_catalog.length(pg_catalog.rtrim($1, '=')) % 4 <> 1
       AND ($1 !~ '=' OR pg_catalog.length($1) % 4 = 0)
$$;
COMMENT ON FUNCTION scim.is_base64(text) IS 'Is it binary data in base64?';

CREATE OR REPLACE FUNCTION scim.user_values(resource jsonb)
    RETURNS TABLE (schema text, attribute text, sub_attribute text, place integer, shown text, value jsonb)
    LANGUAGE sql STABLE
AS $$
    -- An extension is an object of its own, whose attributes are named behind its URN.
    WITH container (schema, label, document) AS (
        SELECT core.schema, '',
               $1 - ARRAY(SELECT DISTINCT extension.schema
                            FROM scim.schema_attributes AS extension
                           WHERE extension.resource_type = 'User' AND extension.path LIKE 'urn:%')
          FROM scim.schema_attributes AS core
         WHERE core.resource_type = 'User' AND core.path = 'userName'
        UNION ALL
        SELECT DISTINCT extension.schema, extension.schema || ':', $1 -> extension.schema
          FROM scim.schema_attributes AS extension
         WHERE extension.resource_type = 'User' AND extension.path LIKE 'urn:%'
           AND pg_catalog.jsonb_typeof($1 -> extension.schema) = 'object'
    ), attribute AS MATERIALIZED (
        SELECT container.schema, member.key, container.label || member.key AS shown, member.value
          FROM container, pg_catalog.jsonb_each(container.document) AS member
    ), element AS (
        SELECT attribute.schema, attribute.key, listed.place::integer - 1 AS place,
               attribute.shown || '[' || listed.place - 1 || ']' AS shown, listed.value
          FROM attribute,
               pg_catalog.jsonb_array_elements(CASE pg_catalog.jsonb_typeof(attribute.value)
                   WHEN 'array' THEN attribute.value ELSE '[]' END) WITH ORDINALITY AS listed (value, place)
    ), complex AS (
        SELECT attribute.schema, attribute.key, NULL::integer AS place, attribute.shown, attribute.value FROM attribute
        UNION ALL
        SELECT element.schema, element.key, element.place, element.shown, element.value FROM element
    )
    SELECT complex.schema, complex.key, NULL, complex.place, complex.shown, complex.value FROM complex
    UNION ALL
    SELECT complex.schema, complex.key, member.key, complex.place, complex.shown || '.' || member.key, member.value
      FROM complex,
           pg_catalog.jsonb_each(CASE pg_catalog.jsonb_typeof(complex.value)
               WHEN 'object' THEN complex.value ELSE '{}' END) AS member
$$;
COMMENT ON FUNCTION scim.user_values(jsonb) IS
    'Everything in a User resource, a row each: attributes (place NULL), their elements (place from 0) and sub-attributes; shown is where it stands, e.g. emails[0].value.';

CREATE OR REPLACE FUNCTION scim.value_fault(known scim.schema_attributes, is_element boolean, value jsonb) RETURNS text
    LANGUAGE sql STABLE
AS $$
    SELECT CASE
        WHEN found <> wanted THEN 'must be a JSON ' || wanted
        WHEN found <> 'string' THEN NULL
        WHEN octet_length(value #>> '{}') > longest THEN
            format('has %s bytes; at most %s are kept', octet_length(value #>> '{}'), longest)
        WHEN octet_length(scim.fold(value #>> '{}')) > longest THEN
            format('has more than %s bytes when it is folded for comparison (scim.fold)', longest)
        WHEN (known).type = 'binary' AND NOT scim.is_base64(value #>> '{}') THEN 'must be binary data in base64'
        WHEN (known).path = 'userName' AND value #>> '{}' ~ '[\u0001-\u001f\u007f-\u009f]' THEN
            'must not have control characters'
        WHEN (known).path = 'userName' AND pg_catalog.btrim(scim.fold(value #>> '{}')) = '' THEN 'must not be blank'
        END
      FROM (SELECT pg_catalog.jsonb_typeof(value) AS found,
                   CASE WHEN (known).multi_valued AND NOT is_element THEN 'array'
                        WHEN (known).type = 'complex' THEN 'object'
                        WHEN (known).type = 'boolean' THEN 'boolean'
                        WHEN (known).type IN ('decimal', 'integer') THEN 'number'
                        ELSE 'string' END AS wanted,
                   CASE WHEN (known).path IN ('userName', 'externalId', 'displayName', 'emails.value') THEN 1024
                        ELSE 65536 END AS longest) AS rule
$$;
COMMENT ON FUNCTION scim.value_fault(scim.schema_attributes, boolean, jsonb) IS
    'What is wrong with the value of an attribute, in words that follow its name; is_element: one of several. NULL: nothing.';

CREATE OR REPLACE FUNCTION scim.user_fault(resource jsonb, OUT sentence text, OUT detail text, OUT hint text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
    -- What JSON holds is estimated a thousandfold, and compiling takes longer than the whole.
    SET jit = off
AS $$
BEGIN
    WITH found AS MATERIALIZED (
        SELECT user_values.*, known, known.path IS NOT NULL AS is_known
          FROM scim.user_values(resource)
          LEFT JOIN scim.schema_attributes AS known
            ON known.resource_type = 'User' AND known.stored
           AND coalesce(known.schema, user_values.schema) = user_values.schema
           AND known.attribute = user_values.attribute
           AND known.sub_attribute IS NOT DISTINCT FROM user_values.sub_attribute
    ), fault (urgency, shown, sentence, detail, hint) AS (
        SELECT 1, found.shown, found.shown || ' ' || problem,
               'It is the JSON ' || jsonb_typeof(value) || ' ' || left(value::text, 60)
                   || CASE WHEN length(value::text) > 60 THEN ' ...' ELSE '' END || '.', NULL
          FROM found, scim.value_fault(found.known, found.place IS NOT NULL AND found.sub_attribute IS NULL, found.value) AS problem
         WHERE found.is_known AND problem IS NOT NULL
        UNION ALL
        SELECT 1, key, key || ' must be a JSON object', NULL, NULL
          FROM jsonb_each(resource)
          JOIN scim.schema_attributes AS known ON known.resource_type = 'User' AND known.schema = key AND known.path LIKE 'urn:%'
         WHERE jsonb_typeof(value) <> 'object'
        UNION ALL
        SELECT 2, found.shown, 'there is no attribute ' || left(found.shown, 200), NULL,
               coalesce('Did you mean ' || scim.attribute_meant(coalesce(found.sub_attribute, found.attribute), ARRAY(
                            SELECT coalesce(near.sub_attribute, near.attribute)
                              FROM scim.schema_attributes AS near
                             WHERE near.resource_type = 'User' AND near.stored
                               AND coalesce(near.schema, found.schema) = found.schema
                               AND CASE WHEN found.sub_attribute IS NULL THEN near.sub_attribute IS NULL
                                        ELSE near.sub_attribute IS NOT NULL AND near.attribute = found.attribute END)) || '?',
                        CASE WHEN found.attribute LIKE '%:%' AND found.sub_attribute IS NULL
                             THEN 'The only extension that is known is '
                                  || (SELECT string_agg(DISTINCT near.schema, ', ') FROM scim.schema_attributes AS near
                                       WHERE near.resource_type = 'User' AND near.path LIKE 'urn:%') || '.'
                             ELSE 'scim.schema_attributes lists those that there are.' END)
          FROM found
         WHERE NOT found.is_known AND (found.place IS NULL OR found.sub_attribute IS NOT NULL)
           -- What is in something unknown is not another fault.
           AND (found.sub_attribute IS NULL OR EXISTS (
               SELECT FROM scim.schema_attributes AS outer_one
                WHERE outer_one.resource_type = 'User' AND outer_one.stored AND outer_one.sub_attribute IS NULL
                  AND outer_one.type = 'complex' AND outer_one.schema = found.schema AND outer_one.attribute = found.attribute))
        UNION ALL
        SELECT 3, min(shown), attribute || ' has more than one element with primary true (RFC 7643 2.4)', NULL, NULL
          FROM found
         WHERE sub_attribute = 'primary' AND place IS NOT NULL AND value = 'true'
         GROUP BY attribute
        HAVING count(*) > 1
        UNION ALL
        SELECT 3, min(shown), format('%s[%s] has value and type of %s[%s] again (RFC 7643 2.4)',
                                     attribute, max(place), attribute, min(place)), NULL, NULL
          FROM found
         WHERE is_known AND sub_attribute IS NULL AND place IS NOT NULL
         GROUP BY attribute, coalesce(value -> 'value', value), CASE WHEN value ? 'value' THEN value -> 'type' END
        HAVING count(*) > 1
        UNION ALL
        SELECT 3, attribute, format('%s has %s elements; at most 1000 are kept', attribute, count(*)), NULL, NULL
          FROM found
         WHERE sub_attribute IS NULL AND place IS NOT NULL
         GROUP BY attribute
        HAVING count(*) > 1000
        UNION ALL
        SELECT 4, known.path, known.path || ' (column user_name) is required (RFC 7643 4.1.1)', NULL, NULL
          FROM scim.schema_attributes AS known
         WHERE known.resource_type = 'User' AND known.required AND known.stored AND NOT resource ? known.path
    )
    SELECT fault.sentence, fault.detail, fault.hint
      INTO sentence, detail, hint
      FROM fault
     ORDER BY urgency, shown
     LIMIT 1;
END
$$;
COMMENT ON FUNCTION scim.user_fault(jsonb) IS
    'What is wrong with a User resource first, as a sentence that begins with where it stands; NULL: nothing. Slow: for those that scim.user_is_plain does not know to be good.';

CREATE OR REPLACE FUNCTION scim.values_repeat(resource jsonb) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT
          FROM jsonb_each(resource) AS several (name, list)
         CROSS JOIN LATERAL (
               SELECT count(*) AS number,
                      count(DISTINCT ROW(coalesce(element -> 'value', element), element -> 'type')) AS different,
                      count(*) FILTER (WHERE element -> 'primary' = 'true') AS primaries
                 FROM jsonb_array_elements(CASE jsonb_typeof(several.list) WHEN 'array' THEN several.list ELSE '[]' END) AS element) AS counted
         WHERE counted.different < counted.number OR counted.primaries > 1);
END
$$;
COMMENT ON FUNCTION scim.values_repeat(jsonb) IS
    'Has a multi-valued attribute of a resource two elements of the same value and type, or two that are primary (RFC 7643 2.4)?';

-- Most resources are plain, and to see that must cost next to nothing: the
-- table of attributes is made into one function that reads no table.
DO $make$
DECLARE
    enterprise CONSTANT text := (SELECT DISTINCT schema FROM scim.schema_attributes
                                  WHERE resource_type = 'User' AND path LIKE 'urn:%');
    wrong text;
    core_names text[];
    enterprise_names text[];
BEGIN
    WITH known AS (
        SELECT *, '@.' || CASE WHEN path LIKE 'urn:%' THEN to_json(schema) || '.' ELSE '' END || to_json(attribute) AS place,
               CASE type WHEN 'complex' THEN 'object' WHEN 'boolean' THEN 'boolean' ELSE 'string' END AS json_type
          FROM scim.schema_attributes
         WHERE resource_type = 'User' AND stored
    ), part AS (
        SELECT schema, attribute,
               string_agg(format('@.%s.type() != "%s"', to_json(sub_attribute), json_type), ' || ' ORDER BY path) AS types,
               string_agg(format('@.key != %s', to_json(sub_attribute)), ' && ' ORDER BY path) AS names,
               bool_or(type = 'binary') AS has_binary
          FROM known
         WHERE sub_attribute IS NOT NULL
         GROUP BY schema, attribute
    )
    SELECT string_agg(CASE
            WHEN has_binary THEN format('exists(%s)', place)
            WHEN multi_valued THEN format('%1$s.type() != "array" || %1$s.size() == 0 || %1$s.size() > 1000 || exists(%1$s ? '
                '(@.type() != "object" || !exists(@.*) || %2$s || exists(@.keyvalue() ? (%3$s))))', place, types, names)
            WHEN type = 'complex' THEN format('%1$s.type() != "object" || exists(%1$s ? '
                '(!exists(@.*) || %2$s || exists(@.keyvalue() ? (%3$s))))', place, types, names)
            ELSE format('%s.type() != "%s"', place, json_type) END, ' || ' ORDER BY path),
           array_agg(attribute ORDER BY path) FILTER (WHERE path NOT LIKE 'urn:%'),
           array_agg(attribute ORDER BY path) FILTER (WHERE path LIKE 'urn:%')
      INTO wrong, core_names, enterprise_names
      FROM known
      LEFT JOIN part USING (schema, attribute)
     WHERE sub_attribute IS NULL;
    -- Long names need a closer look, and so do two values of a kind.
    EXECUTE format('CREATE OR REPLACE FUNCTION scim.user_is_plain(resource jsonb) RETURNS boolean '
        'LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS %L', format($body$
BEGIN
    -- Never NULL: who is not surely plain is looked at.
    RETURN coalesce(resource ->> 'userName', '') ~ '^[!-~]+$'
       AND octet_length(resource ->> 'userName') <= 90
       AND NOT resource @? %4$L
       AND resource - %1$L::text[] = '{}'
       AND (NOT resource ? %2$L OR resource -> %2$L <> '{}' AND (resource -> %2$L) - %3$L::text[] = '{}')
       AND coalesce(octet_length(resource ->> 'externalId'), 0) <= 90
       AND coalesce(octet_length(resource ->> 'displayName'), 0) <= 90
       AND NOT resource @? '$.emails[*].value ? (@ like_regex "^.{31}.*[^!-~]|^.{91}")'
       AND pg_column_size(resource) <= 65536
       AND strpos(resource::text, '""') = 0
       AND (NOT resource @? '$.*[1]' OR NOT scim.values_repeat(resource));
END
$body$, core_names || enterprise, enterprise, enterprise_names,
        format('$ ? (@.%s.type() != "object" || %s)', to_json(enterprise), wrong)));
END
$make$;
COMMENT ON FUNCTION scim.user_is_plain(jsonb) IS
    'True: the User resource surely has no fault and is in stored form. False: scim.user_fault must look. Made from scim.schema_attributes.';

-- settings: one row per organization and setting.
--
-- Made from the catalogue, so that a new column is there with its default and
-- its comment without anybody writing them a second time.

DO $$
DECLARE
    rows text;
BEGIN
    SELECT string_agg(format('(%L, setting.%I::text, (%s)::text, setting.%I IS DISTINCT FROM %s)',
                          attribute.attname, attribute.attname, standard.value, attribute.attname, standard.value),
                      ', ' ORDER BY attribute.attnum)
      INTO STRICT rows
      FROM pg_attribute AS attribute
      LEFT JOIN pg_attrdef AS given ON given.adrelid = attribute.attrelid AND given.adnum = attribute.attnum
     CROSS JOIN LATERAL (SELECT coalesce(pg_get_expr(given.adbin, given.adrelid),
                                    'NULL::' || format_type(attribute.atttypid, attribute.atttypmod)) AS value) AS standard
     WHERE attribute.attrelid = 'scim.organization_settings'::regclass
       AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attname <> 'org';
    -- The meaning is looked up by name: numbers of columns are others after a restore.
    EXECUTE format($view$
        CREATE OR REPLACE VIEW scim.settings AS
        SELECT setting.org, each.name, each.value, each.default_value, each.changed,
               format_type(catalogue.atttypid, catalogue.atttypmod) AS type,
               col_description('scim.organization_settings'::regclass, catalogue.attnum) AS meaning
          FROM scim.organization_settings AS setting
         CROSS JOIN LATERAL (VALUES %s) AS each (name, value, default_value, changed)
          JOIN pg_attribute AS catalogue
            ON catalogue.attrelid = 'scim.organization_settings'::regclass AND catalogue.attname = each.name
        $view$, rows);
END
$$;
COMMENT ON VIEW scim.settings IS
    'The settings of each organization, one row each, with default and meaning. They are the columns of scim.organization_settings: change them there, or by `scimlet org set`.';
COMMENT ON COLUMN scim.settings.org           IS 'The organization.';
COMMENT ON COLUMN scim.settings.name          IS 'The setting: a column of scim.organization_settings, and its name in `scimlet org set`.';
COMMENT ON COLUMN scim.settings.value         IS 'What it is now, as SQL writes it; NULL: see meaning.';
COMMENT ON COLUMN scim.settings.default_value IS 'What it is in a new organization.';
COMMENT ON COLUMN scim.settings.changed       IS 'True: it is another than the default.';
COMMENT ON COLUMN scim.settings.type          IS 'The type of the column.';
COMMENT ON COLUMN scim.settings.meaning       IS 'What it does: the comment of the column.';

-- scim.fold: which names are the same name.
\ir fixture/begin.sql
SELECT plan(14);

SELECT is(scim.fold('Jane.DOE@Example.com'), 'jane.doe@example.com', 'ASCII in lower case');
SELECT is(scim.fold(U&'\212Aelvin'), 'kelvin', 'the Kelvin sign is a k');
SELECT is(scim.fold(U&'\FF2A\FF41\FF4E\FF45'), 'jane', 'full-width letters are letters');
SELECT is(scim.fold('ÄÖÜ'), 'äöü', 'letters beyond ASCII, whatever the locale of the database');
SELECT is(scim.fold(U&'A\0308'), 'ä', 'composed and decomposed forms are the same');
SELECT is(scim.fold('ΟΔΟΣ'), scim.fold('οδος'), 'a final sigma is a sigma');
SELECT is(scim.fold('ΟΔΟΣ') || scim.fold('Α'), scim.fold('ΟΔΟΣΑ'), 'and so folding does not look at neighbours');
SELECT is(scim.fold('ﬁ'), 'fi', 'ligatures are their letters');
SELECT isnt(scim.fold('straße'), scim.fold('strasse'), 'ß is not ss: this is lower case, not full case folding');
SELECT isnt(scim.fold(U&'\0131'), 'i', 'a dotless i is not an i');
SELECT isnt(scim.fold(U&'\0430dmin'), 'admin', 'a Cyrillic a is not a Latin one');
SELECT is(scim.fold(NULL), NULL, 'nothing stays nothing');
SELECT is_empty($$
    SELECT to_hex(code), chr(code)
      FROM generate_series(1, 1114111) AS code
     WHERE code NOT BETWEEN 55296 AND 57343
       AND scim.fold(scim.fold(chr(code))) <> scim.fold(chr(code))
    $$, 'folding twice is folding once, for every character of Unicode');
SELECT results_eq(
    $$SELECT provolatile, proisstrict, proparallel
        FROM pg_proc WHERE oid = 'scim.fold(text)'::regprocedure$$,
    $$VALUES ('i'::"char", true, 's'::"char")$$,
    'immutable and strict: fit for generated columns and for index conditions');

SELECT * FROM finish();
ROLLBACK;

"""User resources as a DBA may try to store them: what no attribute can be, and what is odd and fine."""
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
DEEP = '{"a":' * 60 + "1" + "}" * 60


def resource(document):
    """Statements that write a document as a new person, and over one who is there."""
    text = document.replace("'", "''")
    return [f"INSERT INTO scim.users (org, resource) VALUES ('{{o}}', '{text}')".replace("{o}", "\0"),
            f"UPDATE scim.users SET resource = resource || '{text}' WHERE org = '{{o}}' AND user_name = 'jane'".replace("{o}", "\0")]


# A value that each attribute cannot have, by its type.
DOCUMENTS = [
    *(f'{{"userName": "h", "{name}": {value}}}' for name in ("displayName", "nickName", "profileUrl", "title", "userType",
                                                            "preferredLanguage", "locale", "timezone", "externalId")
      for value in ("7", "true", '["x"]', '{"a": "b"}')),
    *(f'{{"userName": "h", "{name}": {value}}}' for name in ("emails", "phoneNumbers", "ims", "photos", "addresses", "entitlements",
                                                            "roles", "x509Certificates")
      for value in ('"x"', '{"value": "x"}', '["x"]', '[[{"value": "x"}]]', '[{"value": 1}]', '[{"primary": "true"}]',
                    '[{"type": 7, "value": "x"}]', '[{"valeu": "x"}]',
                    '[{"value": "a", "primary": true}, {"value": "b", "primary": true}]', '[{"value": "a"}, {"value": "a"}]')),
    *(f'{{"userName": "h", "name": {value}}}' for value in ('"Jane"', '["Jane"]', '{"givenName": 1}', '{"GivenName": "x"}',
                                                            '{"formatted": {"a": 1}}', '{"nickName": "x"}')),
    *(f'{{"userName": "h", "{ENTERPRISE}": {value}}}' for value in ('"x"', "[]", '{"department": 1}', '{"manager": "boss"}',
                                                                     '{"manager": {"value": 1}}', '{"manager": {"id": "x"}}',
                                                                     '{"Department": "x"}', '{"emails": []}', '{"unknown": "x"}')),
    '{"userName": 7}', '{"userName": ["jane"]}', '{"userName": ""}', '{"userName": null}', '{"username": "h"}', '{"userName": "  "}',
    '{"userName": "h", "active": "true"}', '{"userName": "h", "active": 1}', '{"userName": "h", "active": [true]}',
    '{"userName": "h", "favouriteColour": "x"}', '{"userName": "h", "NickName": "x"}', '{"userName": "h", "members": []}',
    '{"userName": "h", "members": [{"value": "x"}]}', '{"userName": "h", "urn:example:x": {"a": 1}}',
    '{"userName": "h", "number": 1e400}', f'{{"userName": "h", "title": {DEEP}}}', f'{{"userName": "h", "x": {DEEP}}}',
    '{"userName": "h\\u0007"}', '{"userName": "h\\u0085"}', '{"userName": "h\\n"}',
    '{"userName": "h", "x509Certificates": [{"value": "not base64!"}]}', '{"userName": "h", "x509Certificates": [{"value": "AAAAA"}]}',
    "[]", '"jane"', "7", "null", "{}", '{"title": "Boss"}', '[{"userName": "h"}]',
    '{"userName": "\\uff2aane"}', '{"userName": "JOE"}', '{"userName": "jo\\u212a"}',
    # These are fine, and must come out as they should.
    '{"userName": "h", "emails": [null, {}, {"value": ""}], "name": {"givenName": ""}, "roles": [], "title": null}',
    '{"userName": "h", "id": "x", "meta": {"version": 1}, "groups": 7, "password": "secret", "schemas": "x"}',
    f'{{"userName": "h", "{ENTERPRISE}": {{"manager": {{"value": "b", "displayName": "The Boss"}}}}}}',
    '{"userName": "h", "addresses": [{"formatted": "a\\nb", "primary": true}], "ims": [{"value": "x", "type": "skype"}]}',
    '{"userName": "h", "x509Certificates": [{"value": "AAAA"}], "photos": [{"value": "javascript:x", "type": "photo"}]}',
]

"""`scimlet prune --older-than`: more than the settings remove, never less, and nothing pretends afterwards that it is still there."""
import pytest

from harness.postgres import Database
from harness.terminal import scimlet_at_terminal

USAGE, REFUSED, PENDING = 2, 4, 10
LEFT = """SELECT org, string_agg(round(extract(epoch FROM now() - at) / 86400)::text, ' ' ORDER BY at DESC)
            FROM scim.{} WHERE at < now() - interval '12 hours' GROUP BY org ORDER BY org"""


@pytest.fixture
def pruned():
    """Days ago: acme keeps 10 and 20 of them, beta 90 and 400; "deleted" is there no more."""
    database = Database()
    database.start()
    for org in ("acme", "beta"):
        database.organization(org)
    database.sql("""
        SET scim.maintenance = 'on';
        UPDATE scim.organization_settings SET keep_log = 10, keep_audit = 20 WHERE org = 'acme';
        SELECT scim.make_partition(parent, date_trunc('month', now() - interval '70 days')::date)
          FROM unnest('{request_log,audit_events}'::text[]) AS parent;
        INSERT INTO scim.request_log (org, at, request_id, action, result, status)
        SELECT org, now() - days * interval '1 day', 'r', 'call', 'done', 200
          FROM unnest('{acme,beta,deleted}'::text[]) AS org, unnest('{1,9,11,29,31,70,100}'::int[]) AS days;
        INSERT INTO scim.audit_events (org, at, action, resource_type)
        SELECT org, now() - days * interval '1 day', 'created', 'User'
          FROM unnest('{acme,beta,deleted}'::text[]) AS org, unnest('{19,21,29,31,70,399,401}'::int[]) AS days;
        INSERT INTO scim.lookups (org, subject_key, day, attribute, last_at)
        SELECT 'beta', days::text, '2026-01-01', 'userName', now() - days * interval '1 day' FROM unnest('{29,31}'::int[]) AS days;
        ALTER TABLE scim.organizations DISABLE TRIGGER USER;
        UPDATE scim.organizations SET created = now() - interval '500 days';
        ALTER TABLE scim.organizations ENABLE TRIGGER USER""")
    yield database
    database.stop()


def left(database, relation):
    return dict(line.split("|") for line in database.sql(LEFT.format(relation)).splitlines())


def test_older_than(pruned):
    before = left(pruned, "request_log")
    dry = pruned.scimlet("prune", "--older-than", "30d", "--dry-run", check=False)
    assert dry.returncode == PENDING and left(pruned, "request_log") == before
    for never in (pruned.scimlet("prune", "--older-than", "30d", check=False).returncode,
                  pruned.scimlet("prune", "--older-than", "2999-01-01", "--yes", check=False).returncode,
                  pruned.scimlet("prune", "--older-than", "soon", "--yes", check=False).returncode):
        assert never == USAGE and left(pruned, "request_log") == before
    status, seen = scimlet_at_terminal(pruned, "prune", "--older-than", "30d", types=b"n\n")
    assert status == REFUSED and "keep_audit" in seen and left(pruned, "request_log") == before
    done = pruned.scimlet("prune", "--older-than", "30d", "--yes")
    assert done.stdout == dry.stdout, "what was counted is what goes"
    assert left(pruned, "request_log") == {"acme": "1 9", "beta": "1 9 11 29", "deleted": "1 9 11 29"}
    assert left(pruned, "audit_events") == {"acme": "19", "beta": "19 21 29", "deleted": "19 21 29"}
    assert pruned.sql("SELECT subject_key FROM scim.lookups") == "29"
    said = dict(line.split("\t") for line in done.stdout.splitlines()[1:])
    assert said["months of the log dropped"] == said["months of the audit dropped"] == "1"
    assert pruned.scimlet("prune", "--older-than", "30d", "--dry-run").returncode == 0
    # What is gone is not answered from, and who took it is told.
    undo = pruned.scimlet("undo", "beta", "--since", "31d", "--dry-run", check=False)
    assert undo.returncode == REFUSED and "complete only from" in undo.stderr
    with pytest.raises(AssertionError, match="history of changes begins at"):
        pruned.sql("SELECT * FROM scim.as_of('beta', now() - interval '31 days')")
    assert pruned.scimlet("undo", "beta", "--since", "29d", "--dry-run", check=False).returncode != REFUSED
    assert pruned.sql("SELECT org, action FROM scim.audit_events WHERE resource_type = 'Organization' "
                      "AND after ->> 'audit_from' IS NOT NULL") == "beta|updated"


def test_never_less_than_the_settings(pruned):
    plain = pruned.scimlet("prune", "--dry-run", check=False)
    assert plain.returncode == PENDING
    assert pruned.scimlet("prune", "--older-than", "500d", "--dry-run", check=False).stdout == plain.stdout
    assert pruned.scimlet("prune", "--older-than", "500d", "--yes").stdout == plain.stdout
    assert left(pruned, "request_log") == {"acme": "1 9", "beta": "1 9 11 29 31 70", "deleted": "1 9 11 29 31 70 100"}
    assert left(pruned, "audit_events")["beta"] == "19 21 29 31 70 399"
    assert pruned.sql("SELECT count(*) FROM scim.organizations WHERE audit_from IS NOT NULL") == "0"

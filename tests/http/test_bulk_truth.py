"""Random bulks against a model: every status is what the database says."""
import random

import pytest

from harness.bulk_model import Model, random_bulk
from harness.settings import EFFORT
from harness.web import FRONTS

BULKS = 300 * EFFORT
OPERATIONS = 14


def stored(database, org):
    """The organization's people, groups and memberships, as the database has them."""
    def rows(statement):
        return [tuple(row.split("|")) for row in database.sql(statement).splitlines()]

    return {
        "users": {row[0]: row[1:] for row in rows(
            f"SELECT id, user_name, coalesce(title, ''), coalesce(manager_id, '')"
            f"  FROM scim.users WHERE org = '{org}'")},
        "groups": dict(rows(f"SELECT id, display_name FROM scim.groups WHERE org = '{org}'")),
        "members": set(rows(f"SELECT group_id, member_id FROM scim.group_members WHERE org = '{org}'")),
    }


@pytest.mark.parametrize("limit", [None, 0, 1, 3])
def test_random_bulks(front, organization, database, limit):
    choose = random.Random(f"{front.name} {limit}")
    client, model = organization(), Model()
    for _ in range(BULKS // (4 * len(FRONTS))):
        operations = random_bulk(choose, model, OPERATIONS)
        body = {"Operations": operations}
        if limit is not None:
            body["failOnErrors"] = limit
        answer = client.post("/Bulk", body)
        assert answer.status == 200, answer
        results = answer.json["Operations"]
        try:
            model.follow(operations, results, limit)
            assert stored(database, client.org) == model.state()
        except AssertionError:
            for operation in operations:
                print(operation)
            for result in results:
                print(result)
            raise

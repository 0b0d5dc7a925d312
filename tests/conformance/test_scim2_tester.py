"""scim2-tester, the checker of the scim2-py project, behind every front end: whatever it can check must succeed."""
import random

import pytest
from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

# A run takes a minute as CGI: each seed behind another front.
pytestmark = pytest.mark.any_front

# What a run cannot do without: a checker that found nothing to check has not checked.
SUBJECTS = {"User", "Group"}


def told(result):
    return f"{result.resource_type or 'service'} {result.title}: {result.status.name}: {result.reason}"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_scim2_tester(organization, seed):
    # It fills resources at random: with these seeds "active" and each "primary" are true and false.
    random.seed(seed)
    client = organization()
    with Client(base_url=client.url, headers={"Authorization": f"Bearer {client.token}"}, timeout=30) as connection:
        results = check_server(SyncSCIMClient(connection))
    assert {result.resource_type for result in results} >= SUBJECTS, "\n".join(map(told, results))
    bad = [told(result) for result in results if result.status not in (Status.SUCCESS, Status.COMPLIANT)]
    assert not bad, "\n".join(bad)

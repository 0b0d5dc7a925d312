"""Requests at the same time: the database's constraints decide, not who looked first."""
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from harness.client import Client

WRITERS = 32


def at_once(front, token, count, ask):
    """Let so many clients ask at the same moment; their answers."""
    start = Barrier(count)

    def one(number):
        client = Client(front.url("acme"), token, timeout=30)
        try:
            start.wait()
            return ask(client, number)
        finally:
            client.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def mixed_case(text, number):
    """One of the spellings of a name, another for each number."""
    return "".join(letter.upper() if number >> (place % 5) & 1 else letter for place, letter in enumerate(text))


def test_one_of_many_creates(front, tokens, unique, acme):
    name = f"race.{unique}@example.com"
    answers = at_once(front, tokens["acme"], WRITERS,
                      lambda client, number: client.post("/Users", {"userName": mixed_case(name, number)}))
    assert sorted(answer.status for answer in answers) == [201] + [409] * (WRITERS - 1)
    assert {answer.json["scimType"] for answer in answers if answer.status == 409} == {"uniqueness"}
    assert acme.get(f"/Users?filter=userName%20eq%20%22{name}%22").json["totalResults"] == 1


def test_one_of_many_conditional_writers(front, tokens, unique, acme):
    person = acme.create(unique)

    def write(client, number):
        return client.patch(f"/Users/{person['id']}", {"op": "replace", "path": "title", "value": f"writer {number}"},
                            headers={"If-Match": 'W/"1"'})

    answers = at_once(front, tokens["acme"], 8, write)
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7
    winner = next(answer for answer in answers if answer.status == 200)
    assert acme.get(f"/Users/{person['id']}").json == winner.json
    assert winner.json["meta"]["version"] == 'W/"2"'


def test_no_change_is_lost(front, tokens, unique, acme):
    """Without If-Match every PATCH applies to what is there then, not to what was there when it began."""
    person = acme.create(unique)

    def write(client, number):
        return client.patch(f"/Users/{person['id']}", {"op": "add", "path": "emails", "value": [
            {"value": f"{number}@example.com"}]})

    answers = at_once(front, tokens["acme"], 12, write)
    assert {answer.status for answer in answers} == {200}
    after = acme.get(f"/Users/{person['id']}").json
    assert {email["value"] for email in after["emails"]} == {f"{number}@example.com" for number in range(12)}
    assert after["meta"]["version"] == 'W/"13"'


def test_a_delete_among_writers(front, tokens, unique, acme):
    person = acme.create(unique)
    address = f"/Users/{person['id']}"

    def write(client, number):
        if number == 4:
            return client.delete(address)
        return client.put(address, {"userName": unique, "title": str(number)})

    answers = at_once(front, tokens["acme"], 8, write)
    assert answers[4].status == 204
    assert {answer.status for number, answer in enumerate(answers) if number != 4} <= {200, 404}
    acme.get(address).error(404)

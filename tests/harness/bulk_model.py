"""
An independent model of bulks (RFC 7644 3.7), and random bulks for it.

The model runs the operations one after the other. Those that the server says it did must be possible, those that it
refused must be impossible or refer to one that was not done, and the outcome must be what is stored.
"""
import itertools

NOBODY = "00000000-0000-4000-8000-000000000000"
USER_NAMES = [f"user {n}" for n in range(9)] + ["USER 1", "User 2"]
GROUP_NAMES = [f"group {n}" for n in range(6)] + ["GROUP 1"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
serial = itertools.count(1)


def random_bulk(choose, model, count):
    """Operations on what there is, on what they make themselves, and on nothing."""
    count = choose.randint(1, count)
    kinds = [choose.choice(KINDS) for _ in range(count)]
    names = {kind: [f"{kind}{next(serial)}" for other in kinds if other == kind] for kind in ("Users", "Groups")}
    operations, left = [], {kind: list(made) for kind, made in names.items()}
    for kind in kinds:
        if kind in left:
            operations.append(MAKERS[kind](choose, model, names, left[kind].pop(0)))
        else:
            operations.append(CHANGERS[kind](choose, model, names))
    for operation in operations:
        if operation["method"] != "POST":
            operation["bulkId"] = f"echo{next(serial)}"     # so that its result can be told from others
    return operations


def reference(choose, model, names, kind):
    """Somebody: stored, made in this bulk (perhaps later), or nobody."""
    # In an order that does not depend on ids, which differ between runs.
    existing = sorted(model.users, key=lambda one: model.users[one][0]) if kind == "Users" else \
        sorted(model.groups, key=model.groups.get)
    made = [f"bulkId:{name}" for name in names[kind]]
    return choose.choice((existing * 2 + made * 3 + [NOBODY])[: 40] or [NOBODY])


def members(choose, model, names):
    chosen = [reference(choose, model, names, choose.choice(["Users", "Users", "Groups"]))
              for _ in range(choose.choice([0, 0, 1, 1, 2]))]
    return [{"value": value} for value in chosen if value != NOBODY or choose.random() < .2]


def make_user(choose, model, names, name):
    data = {"userName": choose.choice(USER_NAMES), "title": f"t{choose.randint(1, 9)}"}
    if choose.random() < .25:
        data[ENTERPRISE] = {"manager": {"value": reference(choose, model, names, "Users")}}
    if choose.random() < .1:
        del data["userName"]
    return {"method": "POST", "path": "/Users", "bulkId": name, "data": data}


def make_group(choose, model, names, name):
    data = {"displayName": choose.choice(GROUP_NAMES), "members": members(choose, model, names)}
    return {"method": "POST", "path": "/Groups", "bulkId": name, "data": data}


def version(choose):
    return choose.choice([{}, {}, {}, {"version": "*"}, {"version": 'W/"999"'}])


def change_user(choose, model, names):
    path = f"/Users/{reference(choose, model, names, 'Users')}"
    kind = choose.choice(["PUT", "PATCH", "DELETE"])
    if kind == "DELETE":
        return {"method": kind, "path": path, **version(choose)}
    data = {"userName": choose.choice(USER_NAMES), "title": f"t{choose.randint(1, 9)}"}
    if kind == "PATCH":
        data = {"Operations": [{"op": "replace", "value": data}]}
    return {"method": kind, "path": path, "data": data, **version(choose)}


def change_group(choose, model, names):
    path = f"/Groups/{reference(choose, model, names, 'Groups')}"
    kind = choose.choice(["PUT", "add", "remove", "DELETE"])
    if kind == "DELETE":
        return {"method": kind, "path": path, **version(choose)}
    if kind == "PUT":
        data = {"displayName": choose.choice(GROUP_NAMES), "members": members(choose, model, names)}
        return {"method": "PUT", "path": path, "data": data, **version(choose)}
    value = members(choose, model, names) or [{"value": reference(choose, model, names, "Users")}]
    data = {"Operations": [{"op": kind, "path": "members", "value": value}]}
    return {"method": "PATCH", "path": path, "data": data, **version(choose)}


def nonsense(choose, _model, _names):
    return choose.choice([
        {"method": "GET", "path": "/Users"},
        {"method": "POST", "path": "/Users", "data": {"userName": "anonymous"}},
        {"method": "DELETE", "path": f"/Elsewhere/{NOBODY}"},
        {"method": "PUT", "path": "/Users/bulkId:never", "data": {"userName": "never"}},
    ])


MAKERS = {"Users": make_user, "Groups": make_group}
CHANGERS = {"user": change_user, "group": change_group, "nonsense": nonsense}
KINDS = ["Users"] * 5 + ["Groups"] * 3 + ["user"] * 3 + ["group"] * 3 + ["nonsense"]


class Refused(Exception):
    """The model's reason to refuse, as an HTTP status."""


class Model:
    def __init__(self):
        self.users, self.groups, self.members = {}, {}, set()

    def state(self):
        return {"users": self.users, "groups": self.groups, "members": self.members}

    # One bulk

    def follow(self, operations, results, limit):
        results = self.align(operations, results, limit)
        # What was not made is nobody, under an id that nobody ever had.
        self.ids = {o["bulkId"]: r["location"].rsplit("/", 1)[1] if r and r["status"] == "201" else None
                    for o, r in zip(operations, results, strict=True) if o["method"] == "POST" and "bulkId" in o}
        self.coming, self.waiting = {identity for identity in self.ids.values() if identity}, set()
        order = self.order(operations)
        done = [operations[i] for i in order if results[i] is not None and int(results[i]["status"]) < 300]
        for index in order:
            if results[index] is not None:
                self.one(operations[index], results[index], done)
        stopped = [results[index] is None for index in order]
        assert stopped == sorted(stopped), "what was not run comes last"

    @staticmethod
    def align(operations, results, limit):
        """The result of each operation, None for those that were not run."""
        aligned, rest = [], list(results)
        for operation in operations:
            fits = rest and all(rest[0].get(name) == operation.get(name) for name in ("method", "bulkId"))
            aligned.append(rest.pop(0) if fits else None)
        assert not rest, "results in the order of the request"
        errors = sum(int(result["status"]) >= 400 for result in results)
        if limit:
            assert errors <= limit
        if None in aligned:
            assert limit and errors == limit
        return aligned

    @staticmethod
    def order(operations):
        """As in the request, but what names a later one in its path comes right behind that."""
        place = {operation["bulkId"]: index for index, operation in enumerate(operations) if "bulkId" in operation}

        def key(index):
            name = operations[index]["path"].rpartition("/bulkId:")[2]
            target = place.get(name, -1)
            return (target, 1, index) if target > index else (index, 0, 0)

        return sorted(range(len(operations)), key=key)

    def one(self, operation, result, done):
        status = int(result["status"])
        lost = [name for name in self.references(operation) if self.ids.get(name) is None]
        before = dict(self.users), dict(self.groups), set(self.members), set(self.waiting)
        try:
            self.run(operation)
            assert status < 300 or lost or self.in_the_way(operation, done), f"it was possible: {operation} {result}"
        except Refused as why:
            # A name that is taken and a member who is nobody: which of them is told is left open.
            assert status == why.args[0] or {status, why.args[0]} == {400, 409} or (lost and status >= 400), \
                f"{why}: {operation} {result}"
        assert status >= 400 or not lost, f"it refers to one that was not made: {operation} {result}"
        if status >= 400:
            self.users, self.groups, self.members, self.waiting = before

    def in_the_way(self, operation, done):
        """It refers to one that could only be made because this was not: it would have had a name of those done."""
        def name(some):
            data = some.get("data", {})
            return some["path"].split("/")[1], str(data.get("userName", data.get("displayName"))).lower()

        return bool(self.references(operation)) and any(name(operation) == name(other) for other in done)

    def references(self, operation):
        """The bulkIds in an operation that can be run at all."""
        text = repr(operation.get("data")) + " " + operation["path"]
        own = operation.get("bulkId")
        return {name for name in self.ids if name != own and any(f"bulkId:{name}{end}" in text + "'" for end in "'\" ")}

    def id(self, value):
        return self.ids.get(value.removeprefix("bulkId:")) if value.startswith("bulkId:") else value

    # The operations

    def run(self, operation):
        if operation["method"] not in ("POST", "PUT", "PATCH", "DELETE"):
            raise Refused(400)
        _, kind, *rest = operation["path"].split("/")
        if kind not in ("Users", "Groups") or (operation["method"] == "POST" and "bulkId" not in operation):
            raise Refused(400)
        if operation["method"] == "POST":
            return (self.post_user if kind == "Users" else self.post_group)(operation)
        if rest[0].startswith("bulkId:") and rest[0].removeprefix("bulkId:") not in self.ids:
            raise Refused(400)
        return self.change(kind, self.id(rest[0]), operation)

    def post_user(self, operation):
        data, identity = operation["data"], self.ids[operation["bulkId"]]
        if "userName" not in data:
            raise Refused(400)
        self.check_name(self.users, data["userName"], identity)
        manager = data.get(ENTERPRISE, {}).get("manager", {}).get("value", "")
        self.users[identity] = (data["userName"], data["title"], self.id(manager) if manager else "")
        self.arrive(identity)

    def post_group(self, operation):
        data, identity = operation["data"], self.ids[operation["bulkId"]]
        own = [m for m in data["members"] if m["value"] == f"bulkId:{operation['bulkId']}"]
        if own:
            raise Refused(400)
        self.check_name(self.groups, data["displayName"], identity)
        self.groups[identity] = data["displayName"]
        self.add(identity, data["members"])
        self.arrive(identity)

    def change(self, kind, identity, operation):
        table = self.users if kind == "Users" else self.groups
        if identity not in table:
            raise Refused(404)
        if operation.get("version", "*") != "*":
            raise Refused(412)
        if operation["method"] == "DELETE":
            del table[identity]
            self.users = {user: (name, title, "" if manager == identity else manager)
                          for user, (name, title, manager) in self.users.items()}
            self.members = {pair for pair in self.members if identity not in pair}
            self.waiting = {pair for pair in self.waiting if identity not in pair}
        elif kind == "Users":
            self.change_user(identity, operation)
        else:
            self.change_group(identity, operation)

    def change_user(self, identity, operation):
        data, (_, _, manager) = operation["data"], self.users[identity]
        if operation["method"] == "PUT":
            manager = ""
        else:
            data = data["Operations"][0]["value"]
        self.check_name(self.users, data["userName"], identity)
        self.users[identity] = (data["userName"], data["title"], manager)

    def change_group(self, identity, operation):
        data = operation["data"]
        if operation["method"] == "PUT":
            self.check_name(self.groups, data["displayName"], identity)
            self.groups[identity] = data["displayName"]
            self.remove(identity, None)
            self.add(identity, data["members"])
        elif data["Operations"][0]["op"] == "add":
            self.add(identity, data["Operations"][0]["value"])
        else:
            self.remove(identity, {self.id(m["value"]) for m in data["Operations"][0]["value"]})

    # Names and members

    @staticmethod
    def check_name(table, name, identity):
        for other, row in table.items():
            taken = row if isinstance(row, str) else row[0]
            if other != identity and taken.lower() == name.lower():
                raise Refused(409)

    def add(self, group, values):
        for value in values:
            member = self.id(value["value"])
            if member == group:
                raise Refused(400)
            if member in self.users or member in self.groups:
                self.members.add((group, member))
            elif member in self.coming:
                self.waiting.add((group, member))
            else:
                raise Refused(400)

    def remove(self, group, gone):
        self.members = {(g, m) for g, m in self.members if g != group or (gone is not None and m not in gone)}
        self.waiting = {(g, m) for g, m in self.waiting if g != group or (gone is not None and m not in gone)}

    def arrive(self, member):
        """It is there: those who waited for it have it."""
        self.coming.discard(member)
        self.members |= {pair for pair in self.waiting if pair[1] == member}
        self.waiting = {pair for pair in self.waiting if pair[1] != member}

"""Random organizations and the records of a file for them, out of a seed: to compare ways in which they can be imported."""
import random
import uuid

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BATCH = 20      # of tests/scimlet-small
# Names that are the same to scim.fold() although their bytes have little in common.
SPELLINGS = [("straße{}", "STRASSE{}"), ("ﬁnn{}", "FINN{}"), ("Ⅷ.{}", "viii.{}"), ("οδος{}", "ΟΔΟΣ{}"), ("Å{}", "A\u030a{}"),
             ("ｗｉｄｅ{}", "Wide{}"), ("plain{}@example.com", "Plain{}@EXAMPLE.com"), ("u{}", "U{}")]
WILD = {"repeat": .06, "known": .15, "manager": .4, "partial": .05, "unreadable": .02, "crossed": .04}
CALM = {"repeat": .004, "known": .004, "manager": .4, "partial": .003, "unreadable": .01, "crossed": .01}


class Organization:
    """What is there before (SQL), how it is imported (options), and what is imported (records)."""

    def __init__(self, seed, people=160):
        self.random = choose = random.Random(seed)
        self.spice = CALM if seed % 3 else WILD
        self.match = choose.choice([None, None, "external_id", "user_name", "email"])
        self.settings = [f"revive={choose.choice(['external_id', 'user_name', 'never'])}",
                         f"on_delete={choose.choice(['suspend', 'delete'])}",
                         f"on_deactivate={choose.choice(['suspend', 'remove'])}"]
        if choose.random() < .3:
            self.settings.append("required_attributes=externalId")
        self.missing = choose.random() < .3
        self.style = choose.choice(["id", "externalId", "userName"])
        self.serial = 0
        self.here = [self.known(number) for number in range(16)]
        self.records = []
        for _ in range(people):
            self.records.append(self.record())
        self.add_groups(choose.randrange(12, 30))
        self.name_managers()

    def name(self, number):
        return self.random.choice(SPELLINGS)[0].format(number)

    def other_spelling(self, name):
        for one, other in SPELLINGS:
            start, end = one.split("{}")
            if name.startswith(start) and name.endswith(end):
                return other.format(name[len(start):len(name) - len(end)])
        return name.upper()

    def known(self, number):
        """Somebody who is here, or was."""
        name = f"old{number}" if self.random.random() < .7 else self.name(f"-old{number}")
        return {"id": str(uuid.UUID(int=self.random.getrandbits(128), version=4)), "userName": name, "externalId": f"o{number}",
                "emails": [{"value": f"old{number}@example.com", "primary": True}],
                "fate": self.random.choice(["", "", "", "inactive", "removed", "protected"])}

    def setup(self, org):
        """SQL that makes what is there before."""
        lines = [f"SET scim.org = '{org}'"]
        for person in self.here:
            resource = str({name: value for name, value in person.items() if name not in ("id", "fate")})
            resource = resource.replace("True", "true").replace("'", '"')
            lines.append(f"INSERT INTO scim.users (org, id, resource) VALUES ('{org}', '{person['id']}', '{resource}')")
        for number in range(4):
            lines.append(f"INSERT INTO scim.groups (org, id, display_name, external_id) VALUES ('{org}', "
                         f"'{uuid.UUID(int=number + 1)}', 'Team {number}', 'og{number}')")
            for person in self.here[number::4]:
                lines.append(f"INSERT INTO scim.group_members (org, group_id, member_id) VALUES ('{org}', "
                             f"'{uuid.UUID(int=number + 1)}', '{person['id']}')")
        calls = {"inactive": "deactivate_person", "removed": "remove_person"}
        for person in self.here:
            if person["fate"] in calls:
                lines.append(f"SELECT scim.{calls[person['fate']]}('{org}', '{person['userName']}')")
            elif person["fate"] == "protected":
                lines.append(f"UPDATE scim.users SET protected = true WHERE org = '{org}' AND id = '{person['id']}'")
        return "; ".join(lines)

    def chance(self, what):
        return self.random.random() < self.spice[what]

    def earlier(self):
        """A person among the records before: in the same batch, the one before, or anywhere."""
        reach = self.random.choice([BATCH // 2, 2 * BATCH, len(self.records)])
        return self.random.choice(self.records[-reach:])

    def new(self):
        self.serial += 1
        record = {"id": f"r{self.serial}", "userName": self.name(self.serial), "externalId": f"x{self.serial}",
                  "title": self.random.choice(["Clerk", "Chief"]),
                  "emails": [{"value": f"p{self.serial}@example.com", "primary": True}]}
        if self.random.random() < .1:
            record["emails"].append({"value": f"shared{self.random.randrange(4)}@example.com"})
        if self.random.random() < .1:
            record["active"] = self.random.random() < .5
        return record

    def record(self):
        choose, record = self.random, self.new()
        if self.chance("known"):
            self.be_known(record, choose.choice(self.here))
        if self.records and self.chance("repeat"):
            other, what = self.earlier(), choose.choice(["userName", "externalId", "id", "emails"])
            if what in other:
                record[what] = self.other_spelling(other[what]) if what == "userName" else other[what]
                if what in ("externalId", "id") and choose.random() < .2:
                    record[what] = record[what].upper()
        if self.records and self.chance("crossed"):
            one, other = choose.sample(["userName", "externalId", "id"], 2)
            record[one] = self.earlier().get(other, "x")
        if self.chance("partial"):
            for name in choose.sample(sorted(set(record) - {"id"}), 2):
                del record[name]
        if self.chance("unreadable"):
            record["active"] = "perhaps"
        return record

    def be_known(self, record, person):
        """By some of that person's names; with another userName, perhaps one that somebody else has or had."""
        for name in self.random.choice([["userName"], ["externalId"], ["userName", "externalId"], ["emails"]]):
            record[name] = person[name]
        if self.random.random() < .3:
            record["userName"] = self.random.choice(self.here)["userName"]
        record["active"] = self.random.choice([True, True, False])

    def name_managers(self):
        """People, most of them by the name that is the style of the file."""
        people = [record for record in self.records if "displayName" not in record]
        for at, record in enumerate(people):
            if not self.chance("manager"):
                continue
            whom = self.random.choice([self.random.choice(people), people[(at + BATCH) % len(people)],
                                       people[max(at - BATCH, 0)], people[min(at + 3, len(people) - 1)]])
            kind = self.style
            if self.random.random() < self.spice["crossed"] * 3:
                whom = self.random.choice([whom, *self.here, {"id": "nobody"}])
                kind = self.random.choice(["id", "externalId", "userName"])
            value = whom.get(kind, whom.get("id", "nobody"))
            if self.random.random() < .03:
                value = self.other_spelling(value)
            record[ENTERPRISE] = {"manager": {"value": value}}

    def add_groups(self, number):
        choose, groups = self.random, []
        for at in range(number):
            groups.append({"schemas": [GROUP], "id": f"g{at}", "displayName": f"Group {at}", "externalId": f"xg{at}"})
            if choose.random() < .15:
                groups[-1]["displayName"] = choose.choice([f"TEAM {choose.randrange(4)}", f"group {choose.randrange(number)}"])
            if choose.random() < .1:
                groups[-1]["externalId"] = f"og{choose.randrange(5)}"
        for at, group in enumerate(groups):
            if choose.random() < .1:
                continue
            people = choose.sample(self.records, choose.randrange(8))
            names = [person.get(choose.choice(["id", "id", "userName", "externalId"]), person["id"]) for person in people]
            names += [person["userName"] for person in choose.sample(self.here, choose.randrange(2))]
            # Mostly without cycles: of groups that come later.
            inner = groups[at + 1:] if choose.random() < .9 else groups
            names += [team[choose.choice(["id", "displayName", "externalId"])] for team in choose.sample(inner, min(len(inner), choose.randrange(3)))]
            if choose.random() < .05:
                names.append("nobody")
            choose.shuffle(names)
            group["members"] = [{"value": name} for name in names]
        choose.shuffle(groups)
        for group in groups:
            # Most stand behind the people.
            self.records.insert(len(self.records) if choose.random() < .8 else choose.randrange(len(self.records)), group)

"""A model of PATCH on people (RFC 7644 3.5.2), written from the standard and the product's decisions, and random ones.

A target is (attribute, filter, sub-attribute); filter is a tree of harness.filters, filter and sub may be None. An
attribute of the enterprise extension is named with its URN, and the URN alone means the whole extension.
"""
import copy

from harness.client import ENTERPRISE
from harness.filters import ATTRIBUTES, Writer, attribute, fold, holds

MANAGER = f"{ENTERPRISE}:manager"
READ_ONLY = ("id", "meta", "groups")


class Refused(Exception):
    """The operation must be refused with this scimType; None: any."""


class Undecided(Exception):
    """Neither the standard nor the product says what comes out."""


def is_list(name):
    return isinstance(ATTRIBUTES["User"].get(name), list)


def is_complex(name):
    return isinstance(ATTRIBUTES["User"].get(name), dict)


def container(person, name, make=False):
    """The object in which an attribute stands, and its name there."""
    if name == ENTERPRISE or not name.startswith("urn:"):
        return person, name
    if make:
        person.setdefault(ENTERPRISE, {})
    return person.get(ENTERPRISE, {}), name[len(ENTERPRISE) + 1:]


def put(person, name, value):
    """Assign; None, "", [] and {} unassign (RFC 7643 2.5), and an extension without attributes goes."""
    if value in (None, "", [], {}):
        holder, short = container(person, name)
        holder.pop(short, None)
    else:
        holder, short = container(person, name, make=True)
        holder[short] = value
    if person.get(ENTERPRISE) == {}:
        del person[ENTERPRISE]


def get(person, name):
    holder, short = container(person, name)
    return holder.get(short)


def boolean(value):
    return {"True": True, "False": False, "true": True, "false": False}.get(value, value) \
        if isinstance(value, str) else value


def cleaned(element):
    """An element or complex value without what is unassigned, its booleans as booleans."""
    if not isinstance(element, dict):
        element = {"value": element}
    return {sub: boolean(value) if sub == "primary" else value for sub, value in element.items()
            if value not in (None, "", [])}


def elements_of(value):
    if value in (None, "", []):
        return []
    listed = [cleaned(one) for one in (value if isinstance(value, list) else [value])]
    unique = [one for n, one in enumerate(listed) if one and one not in listed[:n]]
    if sum(one.get("primary") is True for one in unique) > 1:
        raise Undecided
    return unique


def same(one, other):
    """The same value, whatever else is said about it."""
    return all(fold(str(one.get(sub, ""))) == fold(str(other.get(sub, ""))) for sub in ("type", "value"))


def demote(elements, chosen):
    """RFC 7644 3.5.2: a value that becomes primary makes all others not so."""
    if any(elements[n].get("primary") is True for n in chosen):
        for n, element in enumerate(elements):
            if n not in chosen and element.get("primary") is True:
                element["primary"] = False


def check(elements):
    """What RFC 7643 2.4 says must not be, it does not say how to mend."""
    for n, element in enumerate(elements):
        if any(same(element, other) for other in elements[:n]):
            raise Undecided
    if sum(element.get("primary") is True for element in elements) > 1:
        raise Undecided


def eq_terms(tree):
    """The eq terms of a filter that are joined by "and"; "or" makes it useless as a description."""
    match tree:
        case ("and", left, right):
            return eq_terms(left) | eq_terms(right)
        case ("or", _, _):
            raise Refused("noTarget")
        case ("eq", (_, sub), literal):
            return {sub: literal}
    return {}


def add_elements(person, name, value):
    elements = copy.deepcopy(get(person, name) or [])
    fresh = []
    for one in elements_of(value):
        if one in elements:
            continue    # RFC 7644 3.5.2.1: it is there already
        elements.append(one)
        fresh.append(len(elements) - 1)
    demote(elements, fresh)
    check(elements)
    put(person, name, elements)


def make_element(person, name, tree, sub, value):
    """Product decision: add through a filter that matches nothing makes what the filter describes, if that fits it."""
    terms = eq_terms(tree)
    if not terms:
        raise Refused("noTarget")
    given = {sub: value} if sub else cleaned(value)
    if set(given) & set(terms):
        raise Undecided
    made = cleaned({**terms, **given})
    if not any(holds("User", tree, None, one) for one in (terms, made)):
        raise Refused("noTarget")
    add_elements(person, name, made)


def change_matching(person, operation, name, tree, sub, value):
    elements = copy.deepcopy(get(person, name) or [])
    chosen = [n for n, element in enumerate(elements) if holds("User", tree, None, element)]
    if not chosen:
        if operation == "add":
            make_element(person, name, tree, sub, value)
            return
        raise Refused("noTarget")
    for n in chosen:
        if operation == "remove":
            had_value = "value" in elements[n]
            elements[n] = {other: kept for other, kept in elements[n].items() if sub and other != sub}
            # Without the value it had, an element of which only labels are left is none any more.
            if sub == "value" and had_value and not set(elements[n]) - {"type", "primary"}:
                elements[n] = {}
        elif sub:
            elements[n] = cleaned({**elements[n], sub: value})
        else:
            elements[n] = cleaned({**elements[n], **cleaned(value)} if operation == "add" else value)
    if operation != "remove":
        demote(elements, chosen)
    elements = [element for element in elements if element]
    check(elements)
    put(person, name, elements)


def merge(person, name, value):
    """A complex attribute keeps the sub-attributes that are not named; a bare manager is an id."""
    if value in (None, "", {}):
        put(person, name, None)
        return
    if not isinstance(value, dict):
        value = {"value": value}
    merged = {**(get(person, name) or {}), **value}
    put(person, name, {sub: one for sub, one in merged.items() if one not in (None, "")})


def change_whole(person, operation, name, value):
    if operation == "remove":
        if name == "userName":
            raise Refused("mutability")
        put(person, name, None)
    elif name == ENTERPRISE:
        for sub, one in value.items():
            change_whole(person, operation, f"{ENTERPRISE}:{sub}", one)
    elif is_list(name) and operation == "add":
        add_elements(person, name, value)
    elif is_list(name):
        elements = elements_of(value)
        check(elements)
        put(person, name, elements)
    elif is_complex(name):
        merge(person, name, value)
    else:
        if name == "userName" and value in (None, ""):
            raise Refused(None)
        put(person, name, boolean(value) if name == "active" else value)


def remove_listed(person, name, value):
    """Product decision: with a value list only those are removed."""
    gone = {fold(one["value"]) for one in value}
    kept = [one for one in get(person, name) or [] if fold(one.get("value", "")) not in gone]
    put(person, name, kept)


def apply(person, operation, target, value):
    """Change the person as one operation with a path does; raise what must happen instead."""
    name, tree, sub = target
    if name in READ_ONLY:
        raise Refused("mutability")
    if name not in ATTRIBUTES["User"] and name != ENTERPRISE:
        raise Refused("invalidPath")
    if tree:
        change_matching(person, operation, name, tree, sub, value)
    elif sub:
        merge(person, name, {sub: None if operation == "remove" else value})
    elif operation == "remove" and value is not None:
        remove_listed(person, name, value)
    else:
        change_whole(person, operation, name, value)


# ---- random operations


class Operations:
    """Random operations on a person, as the model's arguments and as a client would send them."""

    PLURAL = ("emails", "phoneNumbers", "ims", "roles", "entitlements", "addresses")
    SINGLE = ("displayName", "nickName", "title", "userType", "locale", "timezone", "preferredLanguage", "externalId",
              f"{ENTERPRISE}:department", f"{ENTERPRISE}:costCenter", f"{ENTERPRISE}:division",
              f"{ENTERPRISE}:employeeNumber")
    TYPES = ("work", "home", "other")

    def __init__(self, choice):
        self.choice, self.writer, self.serial = choice, Writer(choice, "User"), 0

    def word(self):
        """Now and then one that was there before."""
        self.serial += self.choice.random() < 0.85
        return f"Wörd {self.serial}"

    def element(self, name):
        plain = {"addresses": ("locality", "region", "streetAddress")}.get(name, ("value", "display"))
        element = {sub: self.word() for sub in plain if self.choice.random() < 0.8}
        if self.choice.random() < 0.8:
            element["type"] = self.choice.choice(self.TYPES)
        if self.choice.random() < 0.3:
            element["primary"] = self.choice.choice((True, True, False, "True"))
        return element or {"type": "work"}

    def filter(self, person, name, depth=1):
        way = self.choice.random()
        if depth and way < 0.35:
            word = self.choice.choice(("and", "and", "or"))
            return (word, self.filter(person, name, 0), self.filter(person, name, 0))
        if depth and way < 0.45:
            return ("not", self.filter(person, name, 0))
        there = self.choice.choice(attribute(person, name) or [{}])
        sub = self.choice.choice(("type", "type", "value" if name != "addresses" else "locality", "primary"))
        if sub == "primary":
            return ("eq", (name, sub), self.choice.random() < 0.8)
        literal = there.get(sub, self.choice.choice(self.TYPES)) if self.choice.random() < 0.8 else self.word()
        operator = self.choice.choice(("eq", "eq", "eq", "eq", "sw", "co", "ne"))
        return (operator, (name, sub), self.choice.choice((str, str, str.upper))(literal))

    def plural(self, person, operation):
        name = self.choice.choice(self.PLURAL)
        way = self.choice.random()
        if way < 0.35:
            there = copy.deepcopy(attribute(person, name))
            some = [self.element(name) for _ in range(self.choice.randint(1, 2))]
            if there and self.choice.random() < 0.3:
                some.append(self.choice.choice(there))
            if operation == "remove":
                listed = [{"value": one["value"]} for one in there if "value" in one][:1]
                return (name, None, None), self.choice.choice((None, listed or None))
            return (name, None, None), self.choice.choice((some, some, some[0], [] if operation == "replace" else some))
        tree = self.filter(person, name)
        if way < 0.6:
            return (name, tree, None), self.element(name)
        sub = self.choice.choice(("display", "value", "type", "primary") if name != "addresses" else
                                 ("locality", "region", "type", "primary"))
        value = self.choice.choice((True, False, "true")) if sub == "primary" else \
            self.choice.choice(self.TYPES) if sub == "type" else self.word()
        return (name, tree, sub), value

    def single(self, operation):
        way = self.choice.random()
        if way < 0.1:
            return ("active", None, None), self.choice.choice((True, False, "True", "False"))
        if way < 0.15:
            return ("userName", None, None), f"{self.word()}@{self.choice.random()}"
        if way < 0.3:
            subs = tuple(ATTRIBUTES["User"]["name"])
            if self.choice.random() < 0.5:
                return ("name", None, self.choice.choice(subs)), self.word()
            return ("name", None, None), {sub: self.word() for sub in self.choice.sample(subs, 2)}
        if way < 0.4:
            return (MANAGER, None, self.choice.choice((None, "value"))), self.word()
        if way < 0.45:
            return (ENTERPRISE, None, None), {"department": self.word(), "division": self.word()}
        empty = (None, "") if operation == "replace" else ()
        return (self.choice.choice(self.SINGLE), None, None), self.choice.choice((self.word(),) * 5 + empty)

    def wrong(self):
        name = self.choice.choice(("id", "meta", "groups", "favouriteColour", f"{ENTERPRISE}:shoeSize", "userName"))
        return (name, None, None), "" if name == "userName" else self.word()

    def operation(self, person):
        """(operation, target, value)."""
        operation = self.choice.choice(("add", "replace", "remove"))
        way = self.choice.random()
        if way < 0.04:
            target, value = self.wrong()
            operation = "replace" if target[0] == "userName" else operation
        elif way < 0.55:
            target, value = self.plural(person, operation)
        else:
            target, value = self.single(operation)
        listed = operation == "remove" and isinstance(value, list)
        return operation, target, value if operation != "remove" or listed else None

    def path(self, target):
        name, tree, sub = target
        text = self.writer.cased(name)
        if tree:
            text += f"[{self.writer.write(tree, 0, True)}]"
        return text + (f".{self.writer.cased(sub)}" if sub else "")

    def written(self, operation, target, value):
        """The operation as JSON, with a path or, where a value can hold it, without one."""
        word = self.choice.choice((operation, operation, operation.capitalize(), operation.upper()))
        if operation != "remove" and target[0] not in READ_ONLY and self.choice.random() < 0.25:
            return {"op": word, "value": self.keyed(target, value)}
        return {"op": word, "path": self.path(target), **({"value": value} if value is not None or
                                                         operation == "replace" else {})}

    def keyed(self, target, value):
        name, tree, sub = target
        if name.startswith(f"{ENTERPRISE}:") and not sub and self.choice.random() < 0.5:
            return {ENTERPRISE: {name[len(ENTERPRISE) + 1:]: value}}
        if sub and not tree and self.choice.random() < 0.5 and not name.startswith("urn:"):
            return {name: {sub: value}}
        return {self.path(target): value}

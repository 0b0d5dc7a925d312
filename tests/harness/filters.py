"""A model of filters (RFC 7644 3.4.2.2) written from the standard and the product's decisions, and random ones of them.

A filter is a tree of tuples, which `write` makes text of and `holds` answers. The tree, not the text, is what is
evaluated: the model has no parser that could share an error with the program's.

    ("and" | "or", left, right)   ("not", inner)   ("element", path, inner)
    ("pr", path)                  (operator, path, literal)
"""
import json
import unicodedata
from datetime import datetime, timezone
from fractions import Fraction

from harness.client import ENTERPRISE, GROUP, USER

ORDER = {"eq": lambda a, b: a == b, "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
         "lt": lambda a, b: a < b, "le": lambda a, b: a <= b}
TEXT = {**ORDER, "co": lambda a, b: b in a, "sw": str.startswith, "ew": str.endswith}

STRING, EXACT, BOOLEAN, TIME = "string", "exact", "boolean", "time"
PLURAL = {"value": STRING, "display": STRING, "type": STRING, "primary": BOOLEAN}
META = {"resourceType": EXACT, "created": TIME, "lastModified": TIME, "location": EXACT, "version": EXACT}
COMMON = {"id": EXACT, "externalId": EXACT, "meta": META}

# Name to kind; a dict is a complex attribute, a list has several values (RFC 7643 4, 8.7.1).
ATTRIBUTES = {
    "User": {
        **COMMON, "schemas": [EXACT],
        "userName": STRING, "displayName": STRING, "nickName": STRING, "profileUrl": EXACT, "title": STRING,
        "userType": STRING, "preferredLanguage": STRING, "locale": STRING, "timezone": STRING, "active": BOOLEAN,
        "name": {part: STRING for part in ("formatted", "familyName", "givenName", "middleName", "honorificPrefix",
                                           "honorificSuffix")},
        "emails": [PLURAL], "phoneNumbers": [PLURAL], "ims": [PLURAL], "photos": [{**PLURAL, "value": EXACT}],
        "entitlements": [PLURAL], "roles": [PLURAL],
        "addresses": [{**{part: STRING for part in ("formatted", "streetAddress", "locality", "region", "postalCode",
                                                    "country", "type")}, "primary": BOOLEAN}],
        "groups": [{"value": EXACT, "$ref": EXACT, "display": STRING, "type": STRING}],
        **{f"{ENTERPRISE}:{part}": STRING for part in ("employeeNumber", "costCenter", "organization", "division",
                                                       "department")},
        f"{ENTERPRISE}:manager": {"value": EXACT, "$ref": EXACT},
    },
    "Group": {
        **COMMON, "schemas": [EXACT],
        "displayName": STRING,
        "members": [{"value": EXACT, "$ref": EXACT, "display": STRING, "type": STRING}],
    },
}
URNS = {"User": USER, "Group": GROUP}


def fold(text):
    """Names without case: NFKC, lower case, and a sigma is a sigma at the end of a word, too."""
    return unicodedata.normalize("NFKC", text).lower().replace("ς", "σ")


def instant(text):
    """A dateTime as an exact number of seconds (RFC 7643 2.3.5)."""
    whole, fraction, zone = text[:19], Fraction(0), text[19:]
    if zone.startswith("."):
        digits = len(zone[1:]) - len(zone[1:].lstrip("0123456789"))
        fraction, zone = Fraction(int(zone[1:1 + digits]), 10 ** digits), zone[1 + digits:]
    moment = datetime.strptime(whole + zone.replace("Z", "+00:00"), "%Y-%m-%dT%H:%M:%S%z")
    return Fraction(int((moment - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds())) + fraction


def kind_of(type_name, path):
    """The kind at a path: a tuple of an attribute's name and, mostly, a sub-attribute's."""
    kind = ATTRIBUTES[type_name][path[0]]
    if isinstance(kind, list):
        kind = kind[0]
    if isinstance(kind, dict):
        return kind[path[1] if len(path) > 1 else "value"]
    return kind


def attribute(resource, name):
    """The values of an attribute, without unassigned ones."""
    if name.startswith(ENTERPRISE):
        resource, name = resource.get(ENTERPRISE, {}), name[len(ENTERPRISE) + 1:]
    value = resource.get(name)
    return [] if value is None else value if isinstance(value, list) else [value]


def values(resource, path, element):
    """What a term looks at: a value, or None for one that is not there."""
    found = [element] if element is not None else attribute(resource, path[0])
    if isinstance(found[0] if found else None, dict):
        sub = path[1] if len(path) > 1 else "value"
        found = [one.get(sub) for one in found]
    return found or [None]


def compares(kind, operator, value, literal):
    if value is None:
        return operator == "ne"     # product decision: what is absent differs from any value
    if kind == BOOLEAN:
        return (value == literal) == (operator == "eq")
    if kind == TIME:
        value, literal = instant(value), instant(literal)
    if kind == STRING:
        value, literal = fold(value), fold(literal)
    if operator == "ne":
        return value != literal
    return TEXT[operator](value, literal)


def is_present(resource, path, element):
    if element is None and len(path) == 1:
        return bool(attribute(resource, path[0]))
    return any(value is not None for value in values(resource, path, element))


def holds(type_name, tree, resource, element=None):
    """Does the resource, or in brackets its element, fulfil the filter?"""
    match tree:
        case ("and", left, right):
            return holds(type_name, left, resource, element) and holds(type_name, right, resource, element)
        case ("or", left, right):
            return holds(type_name, left, resource, element) or holds(type_name, right, resource, element)
        case ("not", inner):
            return not holds(type_name, inner, resource, element)
        case ("element", path, inner):
            return any(holds(type_name, inner, resource, one) for one in attribute(resource, path[0]))
        case ("pr", path) | ("ne", path, None):
            return is_present(resource, path, element)
        case ("eq", path, None):
            return not is_present(resource, path, element)
        case (operator, path, literal):
            kind = kind_of(type_name, path)
            return any(compares(kind, operator, value, literal)
                       for value in values(resource, path, element))
    raise ValueError(tree)


# ---- text


class Writer:
    """Writes trees in one of the many ways in which they can be written."""

    def __init__(self, choice, type_name):
        self.choice, self.type_name = choice, type_name

    def cased(self, text):
        """Names and operators have no case (RFC 7643 2.1, RFC 7644 3.4.2.2)."""
        way = self.choice.random()
        return text if way < 0.7 else text.upper() if way < 0.85 else text.lower()

    def path(self, path, inside):
        name = path[0]
        if inside:
            return self.cased(path[1])
        if not name.startswith("urn:") and name not in COMMON and name != "schemas" and self.choice.random() < 0.1:
            name = f"{URNS[self.type_name]}:{name}"
        return self.cased(".".join((name, *path[1:])))

    def literal(self, literal):
        return json.dumps(literal, ensure_ascii=self.choice.random() < 0.3)

    def space(self):
        return " " if self.choice.random() < 0.9 else "  "

    def write(self, tree, above=0, inside=False):
        """above: how strongly what stands around binds; "and" binds more than "or"."""
        match tree:
            case ("and" | "or" as word, left, right):
                strength = 2 if word == "and" else 1
                text = (self.write(left, strength, inside) + self.space() + self.cased(word) + self.space()
                        + self.write(right, strength, inside))
                return f"({text})" if strength < above or self.choice.random() < 0.1 else text
            case ("not", inner):
                return f"{self.cased('not')}{self.choice.choice(('', ' '))}({self.write(inner, 0, inside)})"
            case ("element", path, inner):
                return f"{self.path(path, inside)}[{self.write(inner, 0, True)}]"
            case ("pr", path):
                return f"{self.path(path, inside)}{self.space()}{self.cased('pr')}"
            case (operator, path, literal):
                return (f"{self.path(path, inside)}{self.space()}{self.cased(operator)}{self.space()}"
                        f"{self.literal(literal)}")
        raise ValueError(tree)


# ---- random trees


class Generator:
    """Random filters about resources that are there."""

    # Characters that case, normalization, patterns and quoting are about.
    LETTERS = ["a", "A", "b", "á", "Á", "a\u0301", "ß", "ẞ", "ss", "İ", "i", "I", "ı", "i\u0307", "σ", "ς", "Σ",
               "\u212a", "k", "K", "%", "_", "\"", "\\", "'", " ", ".", "-", "\ufb01", "fi", "①", "1", "Ａ", "\u00c5",
               "\u212b", "ǆ", "ǅ", "\U0001f600", "\U0010ffff", "$1", "{base}", "]", ")", " or ", "\t", "/"]

    def __init__(self, choice, type_name, resources):
        self.choice, self.type_name, self.resources = choice, type_name, resources
        self.paths = [(name,) + ((sub,) if sub else ()) for name, kind in ATTRIBUTES[type_name].items()
                      for sub in self.subs(kind)]
        self.plural = [name for name, kind in ATTRIBUTES[type_name].items()
                       if isinstance(kind, list) and isinstance(kind[0], dict)]

    @staticmethod
    def subs(kind):
        kind = kind[0] if isinstance(kind, list) else kind
        # Without sub-attribute the default one, "value", is meant.
        return [*kind, *([None] if "value" in kind else [])] if isinstance(kind, dict) else [None]

    def word(self, most=3):
        return "".join(self.choice.choice(self.LETTERS) for _ in range(self.choice.randint(0, most)))

    def seen(self, path):
        """A value that some resource has there, or None."""
        for _ in range(6):
            resource = self.choice.choice(self.resources)
            found = [value for value in values(resource, path, None) if value is not None]
            if found:
                return self.choice.choice(found)
        return None

    def literal(self, path, operator):
        kind, seen = kind_of(self.type_name, path), self.seen(path)
        if kind == BOOLEAN:
            return self.choice.random() < 0.5
        if kind == TIME:
            return self.time(seen or "2026-01-01T00:00:00.000Z")
        if seen is None or self.choice.random() < 0.2:
            return self.word()
        if operator in ("co", "sw", "ew") and self.choice.random() < 0.8:
            start, end = sorted(self.choice.randint(0, len(seen)) for _ in range(2))
            seen = {"co": seen[start:end], "sw": seen[:end], "ew": seen[start:]}[operator]
        return self.choice.choice([str, str, str.upper, str.lower, str.swapcase,
                                   lambda text: unicodedata.normalize("NFD", text),
                                   lambda text: text + self.word(1)])(seen)

    def time(self, seen):
        """The same moment elsewhere, or nearly so."""
        moment = datetime.fromisoformat(seen.replace("Z", "+00:00"))
        moment = datetime.fromtimestamp(moment.timestamp() + self.choice.choice((0, 0, 0.001, -0.001, 5, -5)),
                                        timezone.utc)
        millisecond = f"{round(moment.microsecond / 1000) % 1000:03}"
        form = self.choice.choice(["{0}.{1}Z", "{0}.{1}Z", "{0}.{1}000Z", "{0}.{1}0000Z", "{0}Z", "{2}.{1}+05:30",
                                   "{3}.{1}-08:00"])
        there = [datetime.fromtimestamp(moment.timestamp() + offset, timezone.utc) for offset in (0, 19800, -28800)]
        return form.format(*(f"{here:%Y-%m-%dT%H:%M:%S}" for here in there[:1]), millisecond,
                           *(f"{here:%Y-%m-%dT%H:%M:%S}" for here in there[1:]))

    def term(self, path):
        kind = kind_of(self.type_name, path)
        way = self.choice.random()
        if way < 0.12:
            return ("pr", path)
        if way < 0.2:
            return (self.choice.choice(("eq", "ne")), path, None)
        operators = ("eq", "ne") if kind == BOOLEAN else ("eq", "ne", "gt", "ge", "lt", "le") if kind == TIME else (
            "eq", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
        operator = self.choice.choice(operators)
        return (operator, path, self.literal(path, operator))

    def compound(self, depth, leaf):
        way = self.choice.random()
        if depth == 0 or way < 0.35:
            return leaf()
        if way < 0.55:
            return ("not", self.compound(depth - 1, leaf))
        return (self.choice.choice(("and", "or")), self.compound(depth - 1, leaf), self.compound(depth - 1, leaf))

    def leaf(self):
        if self.plural and self.choice.random() < 0.25:
            name = self.choice.choice(self.plural)
            subs = list(ATTRIBUTES[self.type_name][name][0])
            return ("element", (name,), self.compound(2, lambda: self.term((name, self.choice.choice(subs)))))
        return self.term(self.choice.choice(self.paths))

    def tree(self):
        return self.compound(self.choice.randint(0, 3), self.leaf)

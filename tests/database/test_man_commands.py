"""scimlet(8) and scimlet.fcgi(8) name every command and option that the programs have, and no other."""
import re
import subprocess

import pytest

from harness.settings import BUILD, CHECKOUT

PAGE = (CHECKOUT / "src" / "scimlet.8").read_text()
RESPONDER = (CHECKOUT / "src" / "scimlet.fcgi.8").read_text()


def printed(program, *arguments):
    return subprocess.run([BUILD / program, *arguments], text=True, capture_output=True, check=True).stdout


def commands():
    """The names in the table of `scimlet --help`: lines of two blanks, a name, and what it does."""
    table = printed("scimlet", "--help").split("COMMAND\n\n", 1)[1].split("\n\n", 1)[0]
    known = []
    for line in table.splitlines():
        words = line.split()
        for count in (2, 1):
            name = " ".join(words[:count])
            if re.match(rf"scimlet {name} - ", printed("scimlet", *words[:count], "--help")):
                known.append(name)
                break
    assert len(known) == len(table.splitlines())
    return known


def options(text):
    return set(re.findall(r"(?<![\w-])--([a-z][a-z-]*)", text))


def items():
    """Of each command on the page, what its item says."""
    found = {}
    for item in re.split(r"^\.It ", PAGE, flags=re.M)[1:]:
        item = re.split(r"^\.El", item, flags=re.M)[0]
        name = re.match(r"(?:Xo\n\.)?Ic ((?:[a-z]+ ?)+?)(?= [A-Z]|\n|$)", item)
        if name:
            found[name[1].strip()] = item
    return found


def named_options(item):
    return set(re.findall(r"\bFl -([a-z][a-z-]*)", item))


def usage(command):
    return re.search(r"^Usage: .*$", printed("scimlet", *command.split(), "--help"), re.M)[0]


def test_every_command_is_on_the_page_and_no_other():
    """In the order of the help: who finds a command in one of the two looks there in the other."""
    assert list(items()) == commands()


def test_commands_of_a_kind_stand_together():
    first = [command.split()[0] for command in commands()]
    assert len(set(first)) == len([word for i, word in enumerate(first) if i == 0 or first[i - 1] != word])


@pytest.mark.parametrize("command", commands())
def test_the_options_of_a_command(command):
    head = printed("scimlet", *command.split(), "--help")
    own = {option for option in options(usage(command))} | {option for option in re.findall(r"^  --([a-z-]+)", head, re.M)}
    assert named_options(items()[command]) == own


@pytest.mark.parametrize("command", commands())
def test_the_arguments_of_a_command(command):
    """What stands in capitals in the usage stands in the item, too: ORG, PERSON, TOKEN-ID, and what options take."""
    wanted = set(re.findall(r"\b[A-Z][A-Z-]*\b", usage(command)))
    assert wanted <= set(re.findall(r"\b[A-Z][A-Z-]*\b", items()[command])), usage(command)


def test_the_options_of_all_commands():
    before, after = PAGE.split("The options, which may stand", 1)[1].split(".El", 1)[0], printed("scimlet", "--help")
    assert named_options(before) == options(after.split("\n\n  --dsn", 1)[1].split("\n\n", 1)[0]) | {"dsn"}


def test_each_exit_status():
    tail = printed("scimlet", "--help").split("Exit status:", 1)[1]
    statuses = set(re.findall(r"\b(\d+) [a-z-]", tail))
    page = PAGE.split(".Sh EXIT STATUS", 1)[1].split(".El", 1)[0]
    assert set(re.findall(r"^\.It (\d+)$", page, re.M)) == statuses | {"10"}


def test_the_responder():
    text = printed("scimlet.fcgi", "--help")
    described = RESPONDER.split("\nThe options:\n", 1)[1].split(".El", 1)[0]
    assert set(re.findall(r"^\.It Fl -([a-z]+)", described, re.M)) == options(text)
    settings = set(re.findall(r"\bSCIMLET_[A-Z_]+\b", text))
    assert settings and settings == set(re.findall(r"^\.It Ev (SCIMLET_\w+)$", RESPONDER, re.M))


def test_settings_that_the_sources_read():
    """Whatever either program takes from its environment under our name is on its page."""
    for page, folders in ((PAGE, ["src/scimlet.c", "src/cli"]), (RESPONDER, ["src/gateway.c", "src/serve", "src/http"])):
        read = set()
        for folder in folders:
            place = CHECKOUT / folder
            for source in [place] if place.is_file() else place.glob("*.c"):
                read |= set(re.findall(r'(?:getenv\(|TEXT\()"(SCIMLET_[A-Z_]+)"', source.read_text()))
        assert read and read <= set(re.findall(r"^\.It Ev (SCIMLET_\w+)$", page, re.M)), read


def test_files_that_are_shipped():
    for name in re.findall(r"^\.It Pa (.*)$", RESPONDER, re.M)[0:5]:
        for each in name.split(" , "):
            assert (CHECKOUT / "apache" / each).exists(), each


def test_pages_are_installed():
    makefile = (CHECKOUT / "Makefile.am").read_text()
    pages = re.search(r"^dist_man_MANS = (.*)$", makefile, re.M)[1].split()
    assert sorted(pages) == ["sql/scimlet-sql.7", "src/scimlet.8", "src/scimlet.fcgi.8"]
    for page in pages:
        lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", CHECKOUT / page], text=True, capture_output=True, check=False)
        assert (lint.returncode, lint.stdout) == (0, "")

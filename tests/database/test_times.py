"""Times on the command line: whatever option takes one, the same forms are read, and one sentence refuses the others."""
import json
import re
import subprocess
import uuid
from datetime import datetime, timedelta, timezone

import pytest

from harness.settings import BUILD, CHECKOUT

DONE, USAGE, PENDING = 0, 2, 10
# Of each command that takes a time, the words before it; {t} is the id of a token.
COMMANDS = {
    ("log", "--since"): "log {o}",
    ("undo", "--since"): "undo {o} --dry-run",
    ("token create", "--expires"): "token create {o}",
    ("token replace", "--expires"): "token replace {o} {t}",
    ("token replace", "--grace"): "token replace {o} {t}",
    ("guard release", "--for"): "guard release {o}",
    ("prune", "--older-than"): "prune --dry-run",
}
AHEAD = [each for each in COMMANDS if each[1] not in ("--since", "--older-than")]
SPANS = {"90s": timedelta(seconds=90), "45m": timedelta(minutes=45), "1000000s": timedelta(seconds=1000000), "12h": timedelta(hours=12),
         "7d": timedelta(days=7), "2w": timedelta(weeks=2), "1h30m": timedelta(minutes=90), "1w2d": timedelta(days=9)}
WRONG = ["", "soon", "now", "infinity", "yesterday", "0", "1", "h", "1.5h", "-1h", "+1h", "1 h", "1H", "1M", "1mo", "1h ", "h1", "1h30",
         "1001y", "9999999999s", "99999999999999999999s", "500y501y", "2027", "2027-1-1", "2027-02-30", "2027-01-31T", "2027-01-31T25:00",
         "2027-01-31T12", "2027-01-31T12:0", "2027-01-31T12:00:00z ", "2027-01-31T12:00+2", "2027-01-31 12:00+020", "2027-01-31 12:00+0261", "2027-01-31 12:00+02000", "2027-01-31 12:00+15",
         "2027-01-31 12:00 +02", "2027-01-31 12:00+", "2027-01-31+02", "2027-01-31 12+02", "2027-01-31  12:00", "20270131", "31.01.2027",
         "2027-01-31;", "2027-01-31T12:00:00ZZ", "90d2027-01-31", "١h"]


def commands():
    return subprocess.run([BUILD / "scimlet", "completion", "bash"], capture_output=True, text=True,
                          check=True).stdout.split("__scimlet_all='")[1].split("'")[0].splitlines()


def help_of(command):
    return subprocess.run([BUILD / "scimlet", *command.split(), "--help"], capture_output=True, text=True, check=True).stdout


def test_the_table_knows_every_option_that_takes_a_time():
    found = {(command, option) for command in commands()
             for option in re.findall(r"(--[a-z-]+) WHEN", re.search(r"^Usage: .*$", help_of(command), re.M)[0])}
    assert found == set(COMMANDS)
    assert not [command for command in commands() if re.search(r"--[a-z-]+ TIME\b", help_of(command))]


def test_it_is_explained_wherever_it_is_needed_and_in_the_manual_once():
    for command in commands():
        assert ("WHEN is how long, 90s, 30m" in help_of(command)) == any(name == command for name, _ in COMMANDS), command
    page = (CHECKOUT / "src" / "scimlet.8").read_text()
    assert page.count("90s") == 1 and "1h30m" in page


@pytest.fixture(scope="module")
def org(database):
    key = f"time-{uuid.uuid4().hex[:12]}"
    database.scimlet("org", "create", key)
    return key


@pytest.fixture
def words(database, org):
    """Makes the words of a command, of a fresh token where it needs one."""
    def of(which):
        line = COMMANDS[which]
        token = None
        if "{t}" in line:
            database.token(org)
            token = json.loads(database.scimlet("-o", "json", "token", "list", org).stdout)[0]["id"]
        return line.format(o=org, t=token).split(), token
    return of


@pytest.mark.parametrize("which", COMMANDS, ids=" ".join)
def test_what_is_no_time(database, words, which):
    line, _ = words(which)
    for wrong in WRONG:
        done = database.scimlet(*line, f"{which[1]}={wrong}", check=False)
        assert (done.returncode, done.stdout) == (USAGE, ""), wrong
        assert done.stderr == (f'scimlet: {which[1]} cannot be "{wrong}": it is how long, as 90s, 30m, 12h, 7d, 2w or 1y, or a date or '
                               "time in UTC, as 2027-01-31 or 2027-01-31T12:00.\n")


@pytest.mark.parametrize("which", [each for each in COMMANDS if each not in AHEAD], ids=" ".join)
def test_times_that_were(database, words, which):
    line, _ = words(which)
    yesterday = datetime.now(timezone.utc) - timedelta(days=1)
    for when in [*SPANS, "1y", *forms(yesterday)]:
        done = database.scimlet(*line, which[1], when, check=False)
        assert done.returncode in (DONE, PENDING) and "cannot be" not in done.stderr, (when, done.stderr)


def forms(moment):
    """The same minute, in every way of saying it; and its day."""
    east = moment + timedelta(hours=2)
    return [moment.strftime(form) for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:00",
                                               "%Y-%m-%dT%H:%M:00.000Z", "%Y-%m-%dt%H:%M:00z")] + [
            east.strftime("%Y-%m-%dT%H:%M+02:00"), east.strftime("%Y-%m-%dT%H:%M:00+02:00")] + [
            # As psql prints a timestamptz, to_json the same, and `date` its own.
            (moment + timedelta(hours=hours)).strftime("%Y-%m-%d" + form) for form, hours in (
                (" %H:%M:00+00", 0), (" %H:%M:00.110916+00", 0), (" %H:%M:00.5-03", -3), ("T%H:%M:00.110916+00:00", 0), (" %H:%M+02", 2),
                (" %H:%M:00+0530", 5.5), (" %H:%M:00.1+05:30", 5.5), ("T%H:%M:00-0930", -9.5), (" %H:%M:00.110916Z", 0))]


def end_of(database, org, which, token):
    """When what the command made ends: a token, the old token, or the release."""
    end = {"--expires": f"SELECT expires FROM scim.tokens WHERE org = '{org}' ORDER BY created DESC LIMIT 1",
           "--grace": f"SELECT revoked FROM scim.tokens WHERE org = '{org}' AND id = '{token}'",
           "--for": f"SELECT released_until FROM scim.guards WHERE org = '{org}'"}[which[1]]
    return datetime.fromisoformat(database.sql(f"SELECT to_char(({end}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"+00:00\"')"))


@pytest.mark.parametrize("which", AHEAD, ids=" ".join)
def test_times_to_come(database, org, words, which):
    moment = (datetime.now(timezone.utc) + timedelta(days=40)).replace(second=0, microsecond=0)
    for when in forms(moment):
        line, token = words(which)
        assert database.scimlet(*line, which[1], when).returncode == DONE
        wanted = moment.replace(hour=0, minute=0) if len(when) == 10 else moment
        assert end_of(database, org, which, token) == wanted, when
    for when, span in SPANS.items():
        line, token = words(which)
        assert database.scimlet(*line, which[1], when).returncode == DONE
        assert abs(end_of(database, org, which, token) - datetime.now(timezone.utc) - span) < timedelta(seconds=20), when


@pytest.mark.parametrize("which", AHEAD, ids=" ".join)
def test_what_is_to_come_cannot_be_past(database, words, which):
    line, _ = words(which)
    done = database.scimlet(*line, which[1], "2001-01-31", check=False)
    assert (done.returncode, done.stdout) == (USAGE, "") and re.search("past|future", done.stderr)


def test_undo_needs_one(database, org):
    done = database.scimlet("undo", org, check=False)
    assert done.returncode == USAGE and done.stderr.startswith("scimlet: --since is needed: how long, as 90s")


def test_the_oldest_time_is_still_one(database, org):
    for when in ("1000y", "0001-01-01"):
        assert database.scimlet("log", org, "--since", when).returncode == DONE

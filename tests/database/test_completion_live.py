"""Completion in shells as people have them: keys are typed at a terminal, and the line is looked at."""
import json
import os
import shutil
import uuid

import pytest

from harness.settings import BUILD
from harness.terminal import Shell

ZSHRC = """
fpath=({build}/completion $fpath)
autoload -Uz compinit && compinit -u -D
PROMPT='READY> '
setopt no_beep
zstyle ':completion:*' menu no
tell() {{ print -rn -- "<<$BUFFER>>" }}
zle -N tell
bindkey '^X' tell
bindkey '^U' kill-whole-line
"""
BASHRC = """
source {build}/completion/scimlet
PS1='READY> '
bind 'set bind-tty-special-chars off' 'set bell-style none' 'set enable-bracketed-paste off' 'set completion-query-items 0' 'set page-completions off'
bind -x '"\\C-x": printf "<<%s>>" "$READLINE_LINE"'
bind '"\\C-u": kill-whole-line'
"""
FISHRC = """
source {build}/completion/scimlet.fish
set -g fish_greeting
function fish_prompt; echo -n 'READY> '; end
function fish_mode_prompt; end
function fish_title; end
function tell; printf '<<%s>>' (commandline | string collect); end
set -g fish_autosuggestion_enabled 0
bind \\cx tell
bind \\cu kill-whole-line
bind \\cb backward-char
"""
SHELLS = ["bash", "zsh", *(["fish"] if shutil.which("fish") else [])]   # without: tests/run says so


@pytest.fixture(scope="module")
def org(database):
    key = f"live-{uuid.uuid4().hex[:12]}"
    database.organization(key, name="idp")
    return key


@pytest.fixture(scope="module", params=SHELLS)
def shell(request, database, tmp_path_factory):
    home = tmp_path_factory.mktemp(request.param)
    (home / ".zshrc").write_text(ZSHRC.format(build=BUILD.resolve()))
    (home / "bashrc").write_text(BASHRC.format(build=BUILD.resolve()))
    (home / "rc.fish").write_text(FISHRC.format(build=BUILD.resolve()))
    env = {**database.environment(), "HOME": str(home), "ZDOTDIR": str(home), "TERM": "dumb" if request.param == "bash" else "xterm",
           "PATH": f"{BUILD.resolve()}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    words = {"bash": ["bash", "--noprofile", "--rcfile", home / "bashrc", "-i"], "zsh": ["zsh", "-d", "-i"],
             "fish": ["fish", "--no-config", "-i", "-C", f"source {home}/rc.fish"]}[request.param]
    running = Shell(words, env)
    running.lists = "\t" if request.param == "fish" else "\t\t"       # a second one chooses in fish
    yield running
    running.close()


def test_one_that_fits_is_completed(shell, org):
    """And a blank follows it, but behind "=", where the value does."""
    for keys, wanted in (("scimlet compl\t", "scimlet completion "), ("scimlet org sh\t", "scimlet org show "),
                         ("scimlet token rep\t", "scimlet token replace "), (f"scimlet org show {org[:-3]}\t", f"scimlet org show {org} "),
                         (f"scimlet why {org[:-3]}\t", f"scimlet why {org} "), ("scimlet log acme --res\t", "scimlet log acme --result="),
                         ("scimlet log acme --result=ref\t", "scimlet log acme --result=refused "),
                         ("scimlet log acme --result ref\t", "scimlet log acme --result refused "),
                         ("scimlet watch --rej\t", "scimlet watch --rejected "), ("scimlet --no\t", "scimlet --no-color "),
                         ("scimlet -o js\t", "scimlet -o json "), (f"scimlet org set {org} keep_l\t", f"scimlet org set {org} keep_log="),
                         (f"scimlet org set {org} email_change=rea\t", f"scimlet org set {org} email_change=reassign "),
                         ("scimlet frob \t", "scimlet frob ")):
        assert shell.line_after(keys)[0] == wanted, keys


def test_the_middle_of_a_line(shell, org):
    """Ctrl-B three times: in front of the blank before -q."""
    assert shell.line_after("scimlet org sh -q\x02\x02\x02\t")[0].split() == ["scimlet", "org", "show", "-q"]


def test_several_that_fit_are_listed(shell, org):
    line, shown = shell.line_after(f"scimlet org {shell.lists}")
    assert line == "scimlet org " and all(word in shown for word in ("create", "delete", "list", "set", "show"))
    line, shown = shell.line_after(f"scimlet user {shell.lists}")
    assert all(word in shown for word in ("deactivate", "protect", "unprotect", "link"))
    line, shown = shell.line_after("scimlet import --dea\t")
    assert line == "scimlet import --deactivate-missing "


def test_ids_of_tokens(shell, database, org):
    token = json.loads(database.scimlet("-o", "json", "token", "list", org).stdout)[0]["id"]
    assert shell.line_after(f"scimlet token revoke {org} {token[:4]}\t")[0] == f"scimlet token revoke {org} {token} "


def test_files(shell, org, tmp_path):
    (tmp_path / "people.csv").touch()
    assert shell.line_after(f"scimlet import {org} {tmp_path}/peo\t")[0] == f"scimlet import {org} {tmp_path}/people.csv "


def test_no_database_is_no_noise(shell):
    line, shown = shell.line_after("scimlet --dsn=host=/nowhere org show \t")
    assert line == "scimlet --dsn=host=/nowhere org show "
    assert not [word for word in ("rror", "annot", "timeout") if word in shown], shown

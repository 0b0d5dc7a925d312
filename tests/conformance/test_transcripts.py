"""Traffic of real identity providers, replayed through every front end, each in an organization of its own."""
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import replay

TRANSCRIPTS = Path(__file__).parent / "transcripts"

# What is asked of a transcript: WHOLE, every step, also those an RFC would let us refuse; LATER, nothing until the
# service can do what it is about.
WHOLE, LATER = "whole", "later"
ASKED = {
    "authentik-provider": WHOLE,
    "aws-ssosync": WHOLE,
    "bulk-import": WHOLE,
    "cursor-import": LATER,
    "cyberark-requirements": WHOLE,
    "discovery": WHOLE,
    "entra-flag-aadoptscim062020": WHOLE,
    "entra-group-lifecycle": WHOLE,
    "entra-inbound-pull": WHOLE,
    "entra-manager": WHOLE,
    "entra-reference-postman": WHOLE,
    "entra-replace-without-target": WHOLE,
    "entra-test-connection": WHOLE,
    "entra-user-lifecycle": WHOLE,
    "entra-validator-groups": WHOLE,
    "entra-validator-preview": WHOLE,
    "entra-validator-users": WHOLE,
    "etag-conditional": WHOLE,
    "google-workspace": WHOLE,
    "jumpcloud": WHOLE,
    "okta-aiw-put": WHOLE,
    "okta-crud-oin": WHOLE,
    "okta-group-push-200": WHOLE,
    "okta-import": WHOLE,
    "okta-spec-test": WHOLE,
    "onelogin": WHOLE,
    "pingfederate": WHOLE,
    "rippling": WHOLE,
    "sorting": LATER,
}


def test_every_transcript_is_in_the_table():
    assert {file.stem for file in TRANSCRIPTS.glob("*.json")} == set(ASKED)


@pytest.mark.parametrize("name", [name for name, asked in ASKED.items() if asked != LATER])
def test_transcript(organization, name):
    transcript = json.loads((TRANSCRIPTS / f"{name}.json").read_text())
    client = organization()
    options = SimpleNamespace(invariants=True, keep=False)
    replayed = replay.Replay(replay.Client(client.url, client.token, 30), options)
    assert all(replayed.supports(path) for path in transcript.get("requires", []))
    failures = [f"{step['name']}: {problem}" for step, problems, _ in replayed.run(transcript) for problem in problems]
    assert not failures, "\n".join(failures)

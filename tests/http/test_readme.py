"""What the README says about settings is what the program says."""
import json
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_settings(database):
    database.scimlet("org", "create", "readme")
    shown = [line.split("\t") for line in database.scimlet("org", "show", "readme").stdout.splitlines()]
    settings = [(name, standard, meaning) for name, _, standard, meaning in shown[1:] if meaning]
    assert len(settings) > 25
    table = README.read_text().split("| setting | default | meaning |\n|---|---|---|\n")[1].split("\n\n")[0]
    said = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert [(name.strip("`"), standard.strip("`"), meaning) for name, standard, meaning in said] == settings
    assert set(json.loads(database.scimlet("-o", "json", "org", "show", "readme").stdout)) >= {name for name, *_ in settings}

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


def test_the_database_as_an_api(database):
    section = README.read_text().split("### The database as an API\n")[1].split("\n## ")[0]
    blocks = [block.split("```")[0] for block in section.split("```sql\n")[1:]]
    said = database.sql("".join(blocks)).splitlines()
    again = database.sql("".join(blocks)).splitlines()
    assert any(line.startswith("sclt_acme-sql_") for line in said)
    assert "jane@acme.com|direct" in said and "bob@acme.com|direct" in said
    assert any("|deactivated|" in line and "active: true -> false" in line for line in said)
    assert said[-2:] == ["1|created|", '2|refused|"eve@elsewhere.example" is not in a domain that this organization allows (acme.com).']
    actions = [line.split("|")[1] for line in again if len(line.split("|")[0]) == 36]
    assert set(actions) <= {"unchanged"} and len(actions) == 6, again
    assert again[-2] == "1|unchanged|"
    assert database.sql("SELECT deleted FROM scim.delete_organization('acme-sql')") == "t"

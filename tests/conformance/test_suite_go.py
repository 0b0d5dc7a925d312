"""How the Go suite's report is judged; the suite itself is run by suite_go.py, where it can be had."""
from conformance import suite_go

EXPECTED = suite_go.read_expected("# why\n\nA-1: cannot be\nB-2: nor that: really\n")


def report(**parts):
    return {part: [{"id": id, "message": "broken"} for id in parts.get(part, ())] or None
            for part in ("failures", "warnings", "passed")}


def test_expected_failures_are_read():
    assert EXPECTED == {"A-1": "cannot be", "B-2": "nor that: really"}
    assert "RFC7644-4-L4125" in suite_go.read_expected(suite_go.EXPECTED.read_text())


def test_what_is_as_expected_is_no_problem():
    assert suite_go.judge(report(failures=["A-1"], warnings=["B-2"], passed=["C-3"]), EXPECTED) == []


def test_everything_else_is_one():
    for parts, said in (({"failures": ["D-4"], "passed": ["C-3"]}, "D-4: broken"),
                        ({"warnings": ["D-4"], "passed": ["C-3"]}, "D-4: broken"),
                        ({"passed": ["A-1"]}, "A-1 passes, but suite_go.expected expects it to fail"),
                        ({"failures": ["A-1"]}, "no requirement passed")):
        assert suite_go.judge(report(**parts), EXPECTED) == [said]

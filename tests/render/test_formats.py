"""The formats for other systems, each by what its reader accepts and does."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from checker.locale import LANGUAGES, Speech
from checker.model import (
    Advice,
    Errored,
    Failed,
    Json,
    Location,
    Passed,
    Report,
    StepResult,
    Unavailable,
    Verdict,
    text,
)
from checker.render.findings import Severity, findings
from checker.render.registry import FORMATS, renderer
from tests.render import consumers, runner
from tests.render.reports import HOSTILE, LONG, check, hostile, linted, ordinary, report_of

REPORTS = pytest.mark.parametrize("report", [ordinary(), hostile()], ids=["ordinary", "hostile"])
SCHEMAS: dict[str, Any] = {
    "gitlab": consumers.GITLAB,
    "sarif": consumers.sarif(),
    "gradescope": consumers.GRADESCOPE,
    "classroom50": consumers.CLASSROOM50,
    "check50": consumers.CHECK50,
}
VARIABLES = {
    "CLASSROOM": "data-2026",
    "ASSIGNMENT": "titanic",
    "SUBMISSION_TAG": "submit/2026-09-14T16-31-02Z-1a2b3c4",
    "USERNAME": "ada",
    "ASSIGNMENT_TYPE": "group",
    "COMMIT_URL": "https://example.org/c",
    "RELEASE_URL": "https://example.org/r",
    "REVIEW_URL": "https://example.org/v",
    "GITHUB_ACTOR": "ada",
    "GITHUB_ACTOR_ID": "42",
}


def shown(name: str, report: Report, language: str = "en") -> str:
    return renderer(name)(report, Speech(language))


def data(name: str, report: Report, language: str = "en") -> Any:
    return json.loads(shown(name, report, language))


def failed(*where: Location, credit: str = "0", details: dict[str, Json] | None = None, hint: str = "c") -> Failed:
    return Failed(
        expected=text("a"),
        actual=text("b"),
        hint=text(hint),
        reproduce="false",
        where=where,
        credit=Fraction(credit),
        details=details or {},
    )


@REPORTS
@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_its_reader_accepts_it(name: str, language: str, report: Report) -> None:
    kind = jsonschema.validators.validator_for(SCHEMAS[name], default=jsonschema.Draft202012Validator)
    kind.check_schema(SCHEMAS[name])
    kind(SCHEMAS[name]).validate(data(name, report, language))


@pytest.mark.parametrize("name", SCHEMAS)
def test_no_string_holds_what_cannot_be_seen(name: str) -> None:
    words = shown(name, hostile())
    assert not {sign for sign in words if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co")}


def test_every_format_is_tried_here_or_beside() -> None:
    assert {*FORMATS} == {"terminal", "json", "junit", "markdown", "github", *SCHEMAS}


# What can be annotated


def test_findings__the_worst_come_first_and_each_check_once_before_any_twice() -> None:
    many = tuple(Location("a.py", line=number) for number in range(1, 40))
    report = report_of(
        check("cheap", "0.5", failed(Location("cheap.py", line=1))),
        check("dear", "2", failed(*many)),
        check("kept", "3", failed(Location("kept.py"), credit="1")),
        check("ours", "1", Errored(fault="")),
        check("fine", "1", Passed(message=text("a"), advice=(Advice(text("b"), (Location("fine.py"),)),))),
    )
    found = findings(report)
    assert [one.rule for one in found[:3]] == ["dear", "cheap", "dear"]
    assert sum(one.rule == "dear" for one in found) == 20
    assert [(one.rule, one.severity) for one in found[-3:]] == [
        ("ours", Severity.WARNING), ("kept", Severity.WARNING), ("fine", Severity.NOTICE),
    ]  # fmt: skip


def test_findings__a_failure_that_several_checks_meet_is_said_once() -> None:
    """One missing module fails six checks: ten annotations are too few for the same sentence six times."""
    same = [check(f"functions-{name}", "0.5", failed()) for name in ("load", "split", "train")]
    other = check("functions-features", "1", failed(Location("functions.py", line=3)))
    found = findings(report_of(*same, other))
    assert [one.checks for one in found] == [
        ("functions-load", "functions-split", "functions-train"), ("functions-features",),
    ]  # fmt: skip
    (first, second) = [line for line in shown("github", report_of(*same, other)).splitlines() if "::error" in line]
    assert first.startswith("::error title=functions-load%2C functions-split%2C functions-train::")
    assert second.startswith("::error file=functions.py,line=3,title=functions-features::")


def test_findings__where_the_linter_speaks_for_itself_the_failure_has_one_place() -> None:
    group = linted("unused-import", "W0611", 0.5, ("a.py", 1, "Unused import os"), ("b.py", 2, "Unused import re"))
    places = (Location("a.py", line=1), Location("b.py", line=2))
    found = findings(report_of(check("lint-main", "1", failed(*places, details={"messages": [group]}))))
    assert [(one.rule, str(one.where)) for one in found] == [
        ("lint-main", "a.py:1"), ("unused-import", "a.py:1"), ("unused-import", "b.py:2"),
    ]  # fmt: skip
    assert str(found[1].said[0]) == "unused-import: Unused import os"


def test_findings__what_an_instructor_looks_at_is_none() -> None:
    assert "reaches-frames" not in {check for one in findings(ordinary()) for check in one.checks}
    assert "sys._getframe" not in shown("github", ordinary()) + shown("gitlab", ordinary())


# GitHub's annotations


@pytest.mark.parametrize("language", LANGUAGES)
@REPORTS
def test_github__a_runner_shows_all_of_it_and_obeys_nothing_else(report: Report, language: str) -> None:
    log = runner.read(shown("github", report, language))
    assert log.obeyed == []
    assert log.dropped == 0
    assert {name for one in log.annotations for name in one.properties} <= {"file", "line", "col", "title"}
    for level in runner.LEVELS:
        assert sum(one.level == level for one in log.annotations) <= 10


def test_github__hostile_words_are_shown_in_the_annotations_and_below() -> None:
    log = runner.read(shown("github", hostile()))
    assert len(log.annotations) == 30
    assert any("pwned" in one.message for one in log.annotations)
    assert len(log.plain) == 202
    assert re.fullmatch(r"… and \d+ more:", log.plain[0])
    assert re.fullmatch(r"  … \(\+\d+\)", log.plain[-1])


def test_github__what_has_no_room_is_counted_and_listed() -> None:
    places = tuple(Location("a.py", line=number) for number in range(1, 13))
    log = runner.read(shown("github", report_of(check("dear", "2", failed(*places)))))
    assert [one.properties["line"] for one in log.annotations] == [str(number) for number in range(1, 11)]
    assert log.plain == ["… and 2 more:", "  a.py:11 [dear] b", "  a.py:12 [dear] b"]


def test_github__no_word_of_the_list_ends_the_stop() -> None:
    places = tuple(Location("a.py", line=number) for number in range(1, 13))
    first = shown("github", report_of(check("dear", "2", failed(*places))))
    (token,) = re.findall("^::stop-commands::(.+)$", first, flags=re.MULTILINE)
    knowing = tuple(Location(f"a\n::{token}::\n::error::x", line=number) for number in range(1, 13))
    known = report_of(check("dear", "2", failed(*knowing)))
    log = runner.read(shown("github", known))
    assert log.obeyed == []
    assert token not in re.findall("^::stop-commands::(.+)$", shown("github", known), flags=re.MULTILINE)
    assert len(log.annotations) == 10
    assert {one.message for one in log.annotations} == {"b\nc"}


def test_github__signs_of_a_property_and_of_a_message_come_back() -> None:
    place = Location("a,b:c%0A=.py", line=3, column=7)
    (one,) = runner.read(
        shown("github", report_of(check("x", "1", failed(place, hint="50 % :: a,b\nc %25"))))
    ).annotations
    assert one.properties == {"file": "a,b:c%0A=.py", "line": "3", "col": "7", "title": "x"}
    assert one.message == "b\n50 % :: a,b\nc %25"


def test_github__a_cell_is_named_and_no_line_of_the_json_is_pointed_at() -> None:
    (one,) = runner.read(shown("github", report_of(check("x", "1", failed(Location("a.ipynb", 3, 2)))))).annotations
    assert one.properties == {"file": "a.ipynb", "title": "x"}
    assert one.message.startswith("a.ipynb[3]:2:\n")


def test_github__where_all_is_well_it_says_so() -> None:
    log = runner.read(shown("github", report_of(check("x", "1", Passed(message=text("a"))))))
    assert (log.annotations, log.plain) == ([], ["There is nothing to annotate."])


# GitLab's Code Quality


def moved(report: Report) -> Report:
    """*report*, with two lines more at the top of every file."""

    def lower(verdict: Verdict) -> Verdict:
        if not isinstance(verdict, Failed):
            return verdict
        where = tuple(replace(place, line=place.line + 2 if place.line else None) for place in verdict.where)
        return replace(verdict, where=where)

    return replace(
        report,
        steps=tuple(
            replace(step, checks=tuple(replace(one, verdict=lower(one.verdict)) for one in step.checks))
            for step in report.steps
        ),
    )


def test_gitlab__what_has_no_place_is_among_the_tests_and_in_the_note() -> None:
    """Code quality takes no finding without a line; the merge request shows it in its tests and in the note."""
    report = report_of(check("notebook-clean", "1", failed()), check("lint-main", "1", failed(Location("a.py"))))
    assert [issue["check_name"] for issue in data("gitlab", report)] == ["lint-main"]
    cases = ET.fromstring(shown("junit", report).encode()).iter("testcase")
    assert [case.get("name") for case in cases if case.find("failure") is not None] == ["notebook-clean", "lint-main"]
    note = shown("markdown", report)
    assert "- ❌ **`notebook-clean`**" in note
    assert "- ❌ **`lint-main`**" in note


def test_gitlab__fingerprints_are_different_and_stay_when_lines_or_the_language_change() -> None:
    def prints(report: Report, language: str = "en") -> list[str]:
        return [issue["fingerprint"] for issue in data("gitlab", report, language)]

    assert prints(ordinary()) == prints(moved(ordinary())) == prints(ordinary(), "fr")
    assert len(prints(ordinary())) > 5
    many = prints(hostile())
    assert len({*many}) == len(many) == 300


def test_gitlab__an_issue_says_where_and_how_bad() -> None:
    issues = data("gitlab", ordinary())
    lines = [
        (one["check_name"], one["severity"], one["location"]["path"], one["location"]["lines"]["begin"])
        for one in issues
    ]
    assert lines[0] == ("main-runs", "major", "functions.py", 14)
    assert ("unused-import", "minor", "main.py", 4) in lines
    assert ("notebook-runs", "minor", "notebooks/titanic.ipynb", 1) in lines
    assert any(one["description"].startswith("notebooks/titanic.ipynb[3]:2: FileNotFoundError") for one in issues)


# SARIF


def test_sarif__a_result_for_each_message_with_its_rule_and_place() -> None:
    (run,) = data("sarif", ordinary())["runs"]
    assert run["tool"]["driver"]["version"] == "3.3.9"
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["C0411", "W0611"]
    first, second = run["results"]
    assert (first["ruleId"], first["level"], rules[first["ruleIndex"]]) == ("C0411", "note", "C0411")
    assert (second["level"], second["message"]["text"]) == ("warning", "Unused import os")
    place = second["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "main.py"
    assert place["region"] == {"startLine": 4, "startColumn": 1}


def test_sarif__hostile_details_give_what_has_the_form_of_a_message_and_no_more() -> None:
    (run,) = data("sarif", hostile())["runs"]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {"C0301"}
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert "a\nb.py" in {unquote(place["artifactLocation"]["uri"]) for place in places}
    assert all(re.fullmatch(r"[A-Za-z0-9%/._~-]+", place["artifactLocation"]["uri"]) for place in places)
    assert {tuple(place.get("region", {})) for place in places} == {("startLine", "startColumn"), ()}
    assert max(len(result["message"]["text"]) for result in run["results"]) < 1000 < len(LONG)
    prints = [result["partialFingerprints"]["pylintMessage/v1"] for result in run["results"]]
    assert len({*prints}) == len(prints)


def test_sarif__a_message_of_two_checks_is_one_result() -> None:
    details: dict[str, Json] = {"messages": [linted("unused-import", "W0611", 0.5, ("a.py", 1, "Unused import os"))]}
    report = report_of(
        check("lint-main", "1", failed(details=details)), check("lint-modules", "1", failed(details=details))
    )
    assert len(data("sarif", report)["runs"][0]["results"]) == 1


# Gradescope


def test_gradescope__the_scores_are_those_of_the_report_and_what_was_not_judged_has_none() -> None:
    document = data("gradescope", ordinary())
    tests = {test["extra_data"]["check"]: test for test in document["tests"] if "extra_data" in test}
    assert document["score"] == float(ordinary().points)
    assert sum(test.get("score", 0) for test in tests.values()) == document["score"]
    assert (tests["lint-main"]["score"], tests["lint-main"]["max_score"]) == (0.5, 1)
    assert {name for name, test in tests.items() if "score" not in test} == {
        "lint-modules",
        "image-builds",
        "image-runs",
    }
    assert tests["main-reports"]["status"] == tests["ci"]["status"] == "failed"
    assert "This can be judged once main-runs passes." in tests["main-reports"]["output"]
    assert tests["main-runs"]["number"] == "1.3.1"


def test_gradescope__the_score_of_a_course_with_a_cap_is_no_sum() -> None:
    assert data("gradescope", replace(ordinary(), cap=Fraction(2)))["score"] == 2


def test_gradescope__only_instructors_see_what_they_are_asked_to_look_at() -> None:
    document = data("gradescope", ordinary())
    asked = [test for test in document["tests"] if "sys._getframe" in test["output"]]
    assert [test["visibility"] for test in asked] == ["hidden"]
    assert "score" not in asked[0]
    assert "sys._getframe" not in document["output"]


def test_gradescope__all_of_it_is_plain_text() -> None:
    document = data("gradescope", hostile())
    kinds = {test["output_format"] for test in document["tests"]} | {test["name_format"] for test in document["tests"]}
    assert kinds == {"text"}
    assert {document[name] for name in ("output_format", "test_output_format", "test_name_format")} == {"text"}
    assert any("<script>" in test["output"] for test in document["tests"])


# Classroom 50


def classroom50(report: Report, **variables: str) -> Any:
    return json.loads(renderer("classroom50", VARIABLES | variables)(report, Speech("en")))


def test_classroom50__says_whose_work_it_is_by_the_variables() -> None:
    result = classroom50(ordinary())
    jsonschema.Draft202012Validator(consumers.CLASSROOM50).validate(result)
    assert (result["classroom"], result["assignment"], result["owner"]) == ("data-2026", "titanic", "ada")
    assert result["assignment_type"] == "group"
    assert result["submission"] == VARIABLES["SUBMISSION_TAG"]
    assert (result["commit"], result["release"], result["review"]) == tuple(
        VARIABLES[name] for name in ("COMMIT_URL", "RELEASE_URL", "REVIEW_URL")
    )
    assert result["submitted_by"] == {"username": "ada", "id": 42}
    assert classroom50(ordinary(), OWNER="grace")["owner"] == "grace"
    assert classroom50(ordinary(), REVIEW_URL="")["review"] == VARIABLES["COMMIT_URL"]
    assert classroom50(ordinary(), GITHUB_ACTOR_ID="9" * 400)["submitted_by"]["id"] is None


def test_classroom50__its_instant_is_the_commit_s_whenever_it_is_graded() -> None:
    assert classroom50(ordinary())["datetime"] == "2026-09-14T16:30:00Z"
    there = replace(ordinary().submission, committed_at=datetime.fromisoformat("2026-09-14T18:30:00+02:00"))
    assert classroom50(replace(ordinary(), submission=there))["datetime"] == "2026-09-14T16:30:00Z"
    none = replace(ordinary().submission, committed_at=None)
    assert classroom50(replace(ordinary(), submission=none))["datetime"] == "1970-01-01T00:00:00Z"
    old = replace(ordinary().submission, committed_at=datetime(1, 1, 1, tzinfo=UTC))
    jsonschema.Draft202012Validator(consumers.CLASSROOM50).validate(classroom50(replace(ordinary(), submission=old)))


@REPORTS
def test_classroom50__no_score_is_above_its_maximum_and_all_are_whole(report: Report) -> None:
    result = classroom50(report)
    assert result["score"] == round(report.points * 100)
    assert result["max-score"] == round(report.max_points * 100)
    for part in (result, *result["tests"]):
        assert 0 <= part["score"] <= part["max-score"]


def test_classroom50__a_bonus_lifts_no_score_above_the_maximum() -> None:
    bonus = StepResult(id="4", title=text("More"), checks=(check("x", "1", Passed(message=text("a"))),), bonus=True)
    result = classroom50(replace(ordinary(), steps=(bonus,)))
    assert (result["score"], result["max-score"]) == (0, 0)


# check50


def test_check50__three_states_and_a_cause_for_all_but_success() -> None:
    document = data("check50", ordinary())
    results = {result["name"]: result for result in document["results"]}
    assert [result["name"] for result in document["results"]] == [
        one.id for step in ordinary().steps for one in step.checks
    ]
    states = {name: result["passed"] for name, result in results.items()}
    assert [name for name, state in states.items() if state is False] == ["notebook-runs", "main-runs", "lint-main"]
    assert [name for name, state in states.items() if state is None] == [
        "functions-train", "main-reports", "lint-modules", "image-builds", "image-runs", "ci",
    ]  # fmt: skip
    assert {name for name, result in results.items() if result["cause"] is None} == {
        name for name, state in states.items() if state
    }
    assert results["main-reports"]["dependency"] == "main-runs"
    assert results["lint-modules"]["cause"]["error"]["traceback"] == []
    assert results["main-runs"]["cause"]["help"].startswith("Pass the training data")


def test_no_trace_of_ours_is_shown() -> None:
    report = report_of(check("x", "1", Errored(fault=f"Traceback {HOSTILE}")), check("y", "1", UNAVAILABLE))
    for name in FORMATS:
        assert "Traceback" not in shown(name, report), name


UNAVAILABLE = Unavailable(what=text("No Docker."), remedy=text("Start it."))

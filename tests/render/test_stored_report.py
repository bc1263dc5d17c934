"""A report that was stored is read back as it was, shows the same in every format, and harms nobody who reads it."""

from __future__ import annotations

import json
import math
import re
import time
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from checker.errors import DamagedReport, NewerReport, NoReport, ReportError
from checker.grader import Outcome
from checker.locale import LANGUAGES, Speech
from checker.model import (
    Advice,
    Basis,
    Blocked,
    CheckResult,
    EnvironmentInfo,
    Errored,
    Failed,
    Location,
    Passed,
    Report,
    StepResult,
    SubmissionInfo,
    Suspicion,
    Text,
    ToDo,
    Trust,
    Unavailable,
    text,
)
from checker.render import terminal
from checker.render.registry import FORMATS, renderer
from checker.stored_report import LARGEST, read
from tests.render import runner
from tests.render.reports import HOSTILE, hostile, ordinary
from tests.render.stored import changed, published, read_back, stored, ways

GOLDEN = Path(__file__).parent / "golden"
REPORTS = {"ordinary": ordinary(), "hostile": hostile()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_read_back_as_it_was(name: str, language: str) -> None:
    wanted = published(replace(REPORTS[name], language=language))
    again = read_back(REPORTS[name], language)
    assert again == wanted
    assert stored(again, language) == stored(wanted, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", FORMATS)
def test_an_ordinary_report_that_was_read_back_shows_the_same_bytes(shape: str, language: str) -> None:
    for written in LANGUAGES:
        assert renderer(shape)(read_back(ordinary(), written), Speech(language)) == renderer(shape)(
            ordinary(), Speech(language)
        )


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", FORMATS)
def test_a_hostile_report_that_was_read_back_shows_the_same_bytes(shape: str, language: str) -> None:
    report = published(hostile())
    assert renderer(shape)(read_back(report), Speech(language)) == renderer(shape)(report, Speech(language))


WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12) | st.sampled_from(
    ["{", "}}", "{a}", "-rf /", "$(x)", "a b", "\x1b[2J", "é", "##[x]"]
)
PLACES = st.builds(
    Location, WORDS, st.none() | st.integers(1, 99), st.none() | st.integers(1, 10**9), st.none() | st.integers(1, 999)
)
TEMPLATES = st.sampled_from(
    [
        "{a} and {b}",
        "Rename it: git mv {a} {b}.",
        "{b}: python -m {a}",
        "{{}} {a}{a}",
        "passed",
        "{points} of {max_points} points",
        "",
    ]
)
NUMBERS = (
    st.integers(-(10**150), 10**150) | st.floats(allow_nan=False) | st.fractions(max_denominator=10**40) | st.booleans()
)


def sentences(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Text]:
    names = ("a", "b", "points", "max_points")
    return st.builds(
        Text,
        TEMPLATES,
        st.tuples(*(values for _ in names)).map(lambda found: tuple(zip(names, found, strict=True))),
        st.sampled_from([(), (("fr", "{b} puis {a}"),), (("en", "x {a}"), ("fr", "{{}}"))]),
    )


VALUES: st.SearchStrategy[Any] = st.recursive(
    WORDS | NUMBERS | PLACES, lambda inner: st.lists(inner, max_size=3).map(tuple) | sentences(inner), max_leaves=6
)
SENTENCES = sentences(VALUES)
ADVICE = st.lists(st.builds(Advice, SENTENCES, st.lists(PLACES, max_size=2).map(tuple)), max_size=2).map(tuple)
DATA = st.dictionaries(
    WORDS,
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**60), 2**60)
        | st.floats(allow_nan=False, allow_infinity=False)
        | WORDS,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
        max_leaves=4,
    ),
    max_size=2,
)
JUDGED = {"advice": ADVICE, "basis": st.sampled_from(Basis), "details": DATA}
NAMES = st.from_regex(r"[a-z][a-z0-9.-]{0,12}", fullmatch=True)
COMMITS = st.from_regex(r"[0-9a-f]{40}", fullmatch=True)
VERDICTS = st.one_of(
    st.builds(Passed, message=SENTENCES, **JUDGED),
    st.builds(
        Failed,
        expected=SENTENCES,
        actual=SENTENCES,
        hint=SENTENCES,
        reproduce=WORDS,
        where=st.lists(PLACES, max_size=3).map(tuple),
        credit=st.fractions(0, 1, max_denominator=997),
        reached_at=st.none() | COMMITS,
        **JUDGED,
    ),
    st.builds(ToDo, what=SENTENCES, **JUDGED),
    st.builds(Blocked, by=st.lists(NAMES, max_size=2).map(tuple), **JUDGED),
    st.builds(Unavailable, what=SENTENCES, remedy=SENTENCES, **JUDGED),
    st.builds(Errored, fault=st.just(""), **JUDGED),
)
SECONDS = st.integers(0, 10**6).map(lambda thousandths: round(thousandths / 1000, 3))
CHECKS = st.builds(
    CheckResult,
    id=NAMES,
    title=SENTENCES,
    verdict=VERDICTS,
    max_points=st.fractions(0, 9, max_denominator=97),
    seconds=SECONDS,
)
STEPS = st.builds(
    StepResult,
    id=NAMES,
    title=SENTENCES,
    checks=st.lists(CHECKS, max_size=3).map(tuple),
    bonus=st.booleans(),
    begun=st.booleans(),
    optional=st.booleans(),
)


def distinct(steps: list[StepResult]) -> tuple[StepResult, ...]:
    """*steps* with a number before each id: two of one name are none of ours."""
    return tuple(
        replace(
            step,
            id=f"{number}.{step.id}",
            checks=tuple(replace(check, id=f"{number}.{k}.{check.id}") for k, check in enumerate(step.checks)),
        )
        for number, step in enumerate(steps)
    )


MADE = st.builds(
    Report,
    checker=st.sampled_from(["0.1.0", "1.0.0rc1+local.2"]),
    course=WORDS,
    edition=WORDS,
    course_hash=st.just("0123456789ab"),
    language=st.sampled_from(LANGUAGES),
    submission=st.builds(
        SubmissionInfo,
        path=WORDS,
        commit=st.none() | COMMITS,
        branch=st.none() | WORDS,
        author=st.none() | WORDS,
        dirty=st.booleans(),
        not_committed=st.lists(WORDS, max_size=2).map(tuple),
        folder=WORDS,
        committed_at=st.none() | st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0)),
    ),
    environment=st.builds(
        EnvironmentInfo,
        kind=st.sampled_from(["embedded", "file"]),
        sandbox=st.sampled_from(["bubblewrap", "plain"]),
        docker=st.sampled_from(["auto", "on", "off"]),
    ),
    steps=st.lists(STEPS, max_size=3).map(distinct),
    cap=st.fractions(1, 30, max_denominator=7),
    seconds=SECONDS,
    command=WORDS,
    remarks=ADVICE,
    suspicions=st.lists(
        st.builds(
            Suspicion, NAMES, SENTENCES, st.lists(PLACES, max_size=2).map(tuple), st.lists(NAMES, max_size=2).map(tuple)
        ),
        max_size=2,
    ).map(tuple),
    trust=st.sampled_from(Trust),
)


@settings(
    max_examples=100,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # a report is made smaller for minutes, and what differs is told by the assertion
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(MADE)
@pytest.mark.slow
def test_any_report_is_read_back_as_it_was_and_shows_the_same(report: Report) -> None:
    again = read_back(report, report.language)
    assert again == published(report)
    for shape in FORMATS:
        for language in LANGUAGES:
            assert renderer(shape)(again, Speech(language)) == renderer(shape)(report, Speech(language))


def test_numbers_are_as_exact_as_they_were() -> None:
    thirds = CheckResult(
        id="x",
        title=text("x"),
        verdict=Failed(
            expected=text("a"),
            actual=text("{n}", n=Fraction(1, 3)),
            hint=text("c"),
            reproduce="false",
            credit=Fraction(2, 7),
        ),
        max_points=Fraction(1, 3),
    )
    report = replace(ordinary(), steps=(StepResult(id="1", title=text("x"), checks=(thirds,)),), cap=Fraction(1, 7))
    again = read_back(report)
    assert again.points == Fraction(2, 21)
    assert again.max_points == Fraction(1, 7)
    assert again == report


def test_what_no_json_has_comes_back() -> None:
    values = (Fraction(1, 3), Location("a b.py", 2, 3, 4), 10**30, math.inf, -math.inf, ("x", Location("y")), 1, 1.0)
    remark = Advice(text("{v} {w}", v=values, w=values[1]))
    (again,) = read_back(replace(ordinary(), remarks=(remark,))).remarks
    assert again == remark
    assert [type(value) for value in dict(again.message.values)["v"]] == [type(value) for value in values]  # type: ignore[union-attr]


@pytest.mark.parametrize("trust", Trust)
def test_the_report_says_who_stands_behind_it(trust: Trust) -> None:
    content = stored(replace(ordinary(), trust=trust))
    assert json.loads(content)["trust"] == trust.value
    assert read(content).trust is trust


def older(content: bytes) -> bytes:
    """*content* as the checker wrote it before reports could be read back."""
    data = json.loads(content)
    del data["trust"], data["grade"]["cap"]
    for step in data["steps"]:
        del step["sentences"]
    return re.sub(rb', "exact": \{"[^{}]*(\{[^{}]*\}[^{}]*)*\}', b"", json.dumps(data).encode())


def test_a_report_of_an_earlier_checker_is_read_with_defaults() -> None:
    content = older(stored(ordinary(), "fr"))
    assert b"exact" not in content
    again = read(content)
    assert again.trust is Trust.SELF
    assert again.points == ordinary().points
    assert again.max_points == ordinary().max_points
    assert [str(step.title) for step in again.steps][:2] == ["Un fork et une branche", "Le notebook s'exécute"]
    assert terminal.render(again, Speech("fr")) == terminal.render(ordinary(), Speech("fr"))


def test_the_cap_of_an_earlier_report_is_the_bound_that_its_grade_met() -> None:
    report = replace(ordinary(), cap=Fraction(2))
    again = read(older(stored(report)))
    assert (again.points, again.max_points) == (2, 2)


def test_a_sentence_that_was_not_stored_is_its_words() -> None:
    data = json.loads(stored(ordinary()))
    for step in data["steps"]:
        for check in step["checks"]:
            check["sentences"] = {}
    data["steps"][0]["title"] = "{0.__class__} {"
    del data["steps"][0]["sentences"]
    again = read(json.dumps(data).encode())
    assert str(again.steps[0].title) == "{0.__class__} {"
    assert "→ Sort the imports." in terminal.render(again, Speech("fr"))


def test_what_a_later_checker_adds_to_this_form_is_ignored() -> None:
    data = json.loads(stored(ordinary()))
    for part in (
        data,
        data["course"],
        data["grade"],
        data["steps"][0],
        data["steps"][1]["checks"][0],
        data["remarks"][0],
    ):
        part["added_later"] = {"x": [1]}
    data["steps"][1]["checks"][0]["where"][0]["added_later"] = 1
    data["remarks"][0]["sentence"]["added_later"] = 1
    assert read(json.dumps(data).encode()) == read_back(ordinary())


@pytest.mark.parametrize(
    "words",
    ["", "yesterday", "2026-13-01T00:00:00Z", "2026-09-14", "2026-09-14T16:30:00+02:00", "٢٠٢٦-09-14T16:30:00Z"],
)
def test_an_instant_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(DamagedReport, match=r"submission\.committed_at"):
        read(changed(stored(ordinary()), ("submission", "committed_at"), words))


@pytest.mark.parametrize(
    ("content", "kind", "says"),
    [
        (b"", NoReport, "not JSON"),
        (b"not json", NoReport, "not JSON"),
        (b"\xff\xfe{\x00", NoReport, "not JSON"),
        (b"[1, 2]", NoReport, "does not name its form"),
        (b'"titanic-checker/report/v1"', NoReport, "does not name its form"),
        (b"{}", NoReport, "does not name its form"),
        (b'{"schema": 7}', NoReport, "does not name its form"),
        (b'{"schema": "titanic-checker/report/v0"}', NoReport, "does not name its form"),
        (b'{"schema": "titanic-checker/report/v1x"}', NoReport, "does not name its form"),
        (b'{"schema": "titanic-checker/report/v1"}', DamagedReport, "checker is missing or wrong"),
        (b'{"schema": "titanic-checker/report/v2", "x": 1}', NewerReport, "titanic-checker/report/v2"),
        (b"[" * 100_000, NoReport, "not JSON"),
        (b'{"a":' * 100_000, NoReport, "not JSON"),
        (b'{"schema": "titanic-checker/report/v1", "x": ' + b"[" * 60 + b"]" * 60 + b"}", NoReport, "larger"),
        (b"[" + b"{}," * 1_000_000 + b"{}]", NoReport, "larger"),
        (b'"' + b"a" * LARGEST + b'"', NoReport, "larger"),
        (b'{"schema": "titanic-checker/report/v1", "x": "' + b"a" * 30_000 + b'"}', NoReport, "larger"),
        (b'{"schema": "titanic-checker/report/v1", "x": ' + b"9" * 4000 + b"}", DamagedReport, "wrong"),
        (b'{"schema": "titanic-checker/report/v1", "x": ' + b"9" * 5000 + b"}", NoReport, "not JSON"),
        (b'{"schema": "titanic-checker/report/v1", "x": 1e999}', DamagedReport, "inf is missing or wrong"),
        (b'{"schema": "titanic-checker/report/v1", "x": NaN}', NoReport, "not JSON"),
        (b'{"schema": "titanic-checker/report/v1", "x": "\\ud800"}', NoReport, "not JSON"),
    ],
    ids=range(22),
)
def test_what_is_no_report_is_refused_with_a_sentence(content: bytes, kind: type[ReportError], says: str) -> None:
    started = time.process_time()
    with pytest.raises(kind) as refused:
        read(content)
    assert says in str(refused.value.cause)
    assert refused.value.exit_code == 2
    for sentence in (refused.value.cause, refused.value.remedy):
        assert Speech("fr").say(sentence) != Speech("en").say(sentence)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("way", "value"),
    [
        (("trust",), "god"),
        (("checker",), "\x1b[2J"),
        (("course", "hash"), "not a hash"),
        (("submission", "commit"), "HEAD; rm -rf ~"),
        (("environment", "sandbox"), "none\n"),
        (("grade", "points"), 20),
        (("grade", "max_points"), 1),
        (("grade", "cap"), -1),
        (("grade", "exact"), {"cap": "1/0"}),
        (("grade", "exact"), {"cap": "7"}),
        (("steps", 0, "id"), "\x1b[2J"),
        (("steps", 1, "id"), "1.0"),
        (("steps", 0, "points"), 3),
        (("steps", 1, "checks", 0, "id"), "branch"),
        (("steps", 1, "checks", 0, "status"), "partial"),
        (("steps", 1, "checks", 0, "status"), "todo"),
        (("steps", 1, "checks", 0, "credit"), 1.5),
        (("steps", 1, "checks", 0, "credit"), "1"),
        (("steps", 1, "checks", 0, "points"), 1.2),
        (("steps", 1, "checks", 0, "max_points"), 1e308),
        (("steps", 1, "checks", 0, "exact"), {"max_points": "1" * 5000}),
        (("steps", 1, "checks", 0, "exact"), {"points": "1"}),
        (("steps", 1, "checks", 0, "reached_at"), "a b"),
        (("steps", 1, "checks", 0, "reproduce"), None),
        (("steps", 1, "checks", 0, "where"), [{"path": "x", "line": "7"}]),
        (("steps", 3, "checks", 1, "blocked_by"), ["\x1b[2J"]),
        (("steps", 0, "sentences", "title", "values"), {"x": {"template": 7, "values": {}}}),
        (("remarks", 0, "sentence", "exact"), {"path": 7}),
        (("remarks", 0, "sentence", "exact"), {"path": {"fraction": "x"}}),
        (("remarks", 0, "sentence", "exact"), {"path": {"integer": "1" * 5000}}),
        (("remarks", 0, "sentence", "exact"), {"path": {"place": {"path": "x", "line": "7"}}}),
        (("remarks", 0, "sentence", "exact"), {"path": {"number": "1e999"}}),
        (("remarks", 0, "sentence", "exact"), {"path": [None]}),
        (("suspicious", 0, "id"), "a b"),
        (("suspicious", 0, "checks"), [""]),
    ],
    ids=str,
)
def test_a_report_that_contradicts_its_form_or_itself_is_damaged(way: tuple[str | int, ...], value: object) -> None:
    content = stored(ordinary())
    read(content)
    with pytest.raises(DamagedReport):
        read(changed(content, way, value))


TEMPLATE = ("remarks", 0, "sentence", "template")
FRENCH = ("remarks", 0, "sentence", "translations")


@pytest.mark.parametrize(
    "template",
    [
        "{0.__class__.__mro__}",
        "{path.__class__}",
        "{path[0]}",
        "{path!r}",
        "{path:>999999999}",
        "{path:{path}}",
        "{missing}",
        "{}",
        "{0}",
        "{",
        "a } b",
        "{path",
        "{path!}",
    ],
)
def test_a_template_of_a_stranger_is_shown_as_it_is(template: str) -> None:
    content = stored(ordinary())
    for report, language in (
        (read(changed(content, TEMPLATE, template)), "en"),
        (read(changed(content, FRENCH, {"fr": template})), "fr"),
    ):
        assert Speech(language).say(report.remarks[0].message) == template
        for shape in FORMATS:
            assert renderer(shape)(report, Speech(language))
        assert read_back(report) == report


def test_a_language_of_a_stranger_opens_no_file() -> None:
    assert read(changed(stored(ordinary()), ("language",), "../../../tmp")).language == "en"


def nested(levels: int, wide: int) -> dict[str, Any]:
    """A sentence of a few hundred bytes that is *wide* to the power of *levels* long."""
    sentence: dict[str, Any] = {"template": "lol" * 10, "values": {}}
    for _ in range(levels):
        sentence = {"template": "{a}" * wide, "values": {"a": sentence}}
    return sentence


def listed(levels: int) -> dict[str, Any]:
    """The same within commands: their lists are put together when the sentence is made, and not when it is said."""
    sentence: dict[str, Any] = {"template": "lol" * 10, "values": {}}
    for _ in range(levels):
        sentence = {"template": "git mv " + "{a}" * 50, "values": {"a": [sentence]}}
    return sentence


@pytest.mark.parametrize("sentence", [nested(9, 50), nested(3, 400), listed(9)], ids=["deep", "wide", "commands"])
def test_a_few_sentences_in_each_other_do_not_fill_the_memory(sentence: dict[str, Any]) -> None:
    content = changed(stored(ordinary()), ("remarks", 0, "sentence"), sentence)
    started = time.process_time()
    try:
        shown = terminal.render(read(content), Speech("en"))
    except DamagedReport:
        shown = ""
    assert len(shown) < 1_000_000
    assert time.process_time() - started < 5


def test_many_long_sentences_do_not_take_minutes() -> None:
    one = {"message": "x", "sentence": {"template": "{a}" * 100, "values": {"a": "x" * 4000}}}
    content = changed(stored(ordinary()), ("remarks",), [one] * 200)
    started = time.process_time()
    with pytest.raises(DamagedReport):
        read(content)
    assert time.process_time() - started < 10


OF_JSON = frozenset({"json", "gitlab", "sarif", "gradescope", "classroom50", "check50"})


def harmless(shape: str, shown: str) -> bool:
    """Whether nothing in *shown* moves a terminal (JSON is none), or is a command to the service that keeps the log."""
    if shape == "github":
        log = runner.read(shown)
        return not log.obeyed and not log.dropped
    if shape in OF_JSON:
        return "##[" not in shown and json.loads(shown) is not None
    signs = {sign for sign in shown if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cs")}
    return not signs and not re.search(r"^\s*::", shown, flags=re.MULTILINE) and "##[" not in shown


EVERYWHERE = ways(json.loads(stored(ordinary())))


@pytest.mark.parametrize(
    "value", [HOSTILE.encode("utf-8", "replace").decode(), 7, [], None], ids=["words", "number", "list", "null"]
)
@pytest.mark.slow
def test_a_stranger_s_value_in_any_field_is_refused_or_harmless(value: object) -> None:
    content = stored(ordinary())
    taken = 0
    for way in EVERYWHERE:
        try:
            report = read(changed(content, way, value))
        except ReportError:
            continue
        taken += 1
        for shape in FORMATS:
            assert harmless(shape, renderer(shape)(report, Speech("fr"))), (way, shape)
    assert 0 < taken < len(EVERYWHERE)


@pytest.mark.slow
def test_no_byte_that_is_missing_or_changed_ends_in_a_fault() -> None:
    content = stored(ordinary())
    for place in range(0, len(content), 211):
        for damaged in (
            content[:place],
            content[:place] + b"}" + content[place + 1 :],
            content[:place] + content[place + 7 :],
        ):
            try:
                report = read(damaged)
            except ReportError:
                continue
            assert terminal.render(report, Speech("en"))


@pytest.mark.slow
@pytest.mark.parametrize("step", ["1.3", "1.8", "2.3"])
def test_the_report_of_a_solution_is_read_back_as_it_was(
    step: str, grade: Callable[..., Outcome], solution: Callable[[str], Path]
) -> None:
    report = grade(solution(step)).report
    again = read_back(report, report.language)
    assert again == report
    for shape in FORMATS:
        for language in LANGUAGES:
            assert renderer(shape)(again, Speech(language)) == renderer(shape)(report, Speech(language))

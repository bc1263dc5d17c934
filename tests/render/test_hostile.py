"""What a submission holds can do nothing to those who read its report, whatever they read it with."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import junitparser
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.cells import cell_len

from checker.locale import LANGUAGES, Speech
from checker.model import Failed, Report, StepResult, text
from checker.render import json as json_renderer
from checker.render import junit, markdown, terminal
from checker.render.cleaning import visible
from checker.render.registry import FORMATS, renderer
from checker.report import ReportDocument
from checker.stored_values import LONGEST, told
from tests.render.reports import FRAGMENTS, HOSTILE, LONG, check, hostile, ordinary, report_of

pytestmark = pytest.mark.slow

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
MARKS = ("evil.example", "alert(1)", "everyone", "pwned", "owned", "loud", "calc", "team@", "owner/repo", "heading")
"""Words of the hostile fragments: wherever one is found, the student's words are."""
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report-v1.schema.json").read_text(encoding="utf-8"))


def alone(report: Report, number: int) -> Report:
    """The report on one check of *report* alone."""
    result = [result for step in report.steps for result in step.checks][number]
    step = StepResult(id="1.1", title=text("Alone"), checks=(result,))
    return replace(report, steps=(step,), suspicions=())  # which are sought in a whole grading only


def unprintable(words: str) -> set[str]:
    return {sign for sign in words if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FORMATS)
def test_every_renderer_ends_its_work_in_utf8_and_in_reason(name: str, language: str) -> None:
    shown = renderer(name)(hostile(), Speech(language))
    assert len(shown.encode("utf-8")) < 10_000_000
    assert shown.endswith("\n")


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "github"])
def test_no_line_is_a_command_to_the_service_that_keeps_the_log(name: str) -> None:
    shown = renderer(name)(hostile(), Speech("en"))
    assert not re.search(r"^\s*::", shown, flags=re.MULTILINE)
    assert "##[" not in shown
    assert "##vso[" not in shown
    assert "add-matcher" in shown


@pytest.mark.slow
@pytest.mark.parametrize("width", [40, 80, 100])
@pytest.mark.parametrize("color", [False, True])
def test_terminal__no_sign_of_the_student_moves_it_and_no_line_is_too_wide(width: int, color: bool) -> None:
    shown = terminal.render(hostile(), Speech("fr"), width=width, color=color)
    assert bool(COLOUR.search(shown)) == color
    plain = COLOUR.sub("", shown)
    assert not unprintable(plain)
    lines = plain.split("\n")
    assert max(cell_len(line) for line in lines) <= width
    assert len(lines) < 1200
    assert "\\x1b[31mred" in plain
    assert "\\u202egnp.exe" in plain


@pytest.mark.parametrize("number", range(len(FRAGMENTS) + 8))
def test_terminal__all_about_one_check_is_as_harmless(number: int) -> None:
    shown = terminal.render(alone(hostile(), number), Speech("en"))
    assert not unprintable(shown)
    before, _, command = shown.partition("from the root of the project:\n")
    assert max(cell_len(line) for line in before.split("\n")) <= 80
    assert not command or len(command) < 12_000


def test_terminal__empty_lines_push_nothing_off_the_screen() -> None:
    verdict = Failed(expected=text("a"), actual=text("{x}", x="\n" * 500), hint=text("c"), reproduce="false")
    report = report_of(check("x", "1", verdict), check("y", "1", verdict))
    assert terminal.render(report, Speech("en")).count("\n") < 40


def test_terminal__a_command_can_be_copied() -> None:
    long = "python - <<'EOF'\nif 1:\n    print(1)\nEOF\npylint " + " ".join(f"--option-{n}" for n in range(40))
    verdict = Failed(expected=text("a"), actual=text("b"), hint=text("c"), reproduce=long)
    assert f"\n{long}\n" in terminal.render(report_of(check("x", "1", verdict)), Speech("en"))


def test_terminal__markup_and_emoji_codes_are_words() -> None:
    verdict = Failed(expected=text("a"), actual=text("{x}", x="[bold]x[/] :smile:"), hint=text("c"), reproduce="false")
    report = report_of(check("x", "1", verdict), check("y", "1", verdict))
    assert "[bold]x[/] :smile:" in terminal.render(report, Speech("en"))


@pytest.mark.slow
@pytest.mark.parametrize("report", [ordinary(), hostile()], ids=["ordinary", "hostile"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_json__follows_the_published_schema_and_survives_the_journey(report: Report, language: str) -> None:
    speech = Speech(language)
    shown = json_renderer.render(report, speech)
    data = json.loads(shown.encode("utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    assert json.loads(ReportDocument.model_validate_json(shown).model_dump_json(by_alias=True)) == data


def test_json__what_the_schema_does_not_know_is_refused() -> None:
    data = json.loads(json_renderer.render(ordinary(), Speech("en")))
    data["steps"][0]["checks"][0]["status"] = "partial"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(data)


def test_json__a_stored_sentence_can_be_said_in_the_other_language() -> None:
    stored = json_renderer.document(ordinary(), Speech("en"))
    french = json_renderer.document(ordinary(), Speech("fr"))
    for english_step, french_step in zip(stored.steps, french.steps, strict=True):
        for kept, wanted in zip(english_step.checks, french_step.checks, strict=True):
            for name, sentence in kept.sentences.items():
                assert Speech("fr").say(told(sentence)) == getattr(wanted, name)
            for piece, other in zip(kept.advice, wanted.advice, strict=True):
                assert Speech("fr").say(told(piece.sentence)) == other.message
    assert "Étape" not in stored.model_dump_json()


def test_json__long_words_are_cut_and_it_says_so() -> None:
    data = json.loads(json_renderer.render(hostile(), Speech("en")))
    assert max(len(words) for words in strings(data)) < LONGEST + 50
    assert any(words.endswith(f"(+{len(LONG) - LONGEST})") for words in strings(data))


def strings(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from strings(value)
    elif isinstance(data, list):
        for value in data:
            yield from strings(value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_junit__two_readers_read_it_and_count_the_same(language: str, tmp_path: Path) -> None:
    report = hostile()
    shown = junit.render(report, Speech(language))
    root = ET.fromstring(shown.encode("utf-8"))
    path = tmp_path / "junit.xml"
    path.write_text(shown, encoding="utf-8")
    read = junitparser.JUnitXml.fromfile(str(path))
    statuses = [result.status.value for step in report.steps for result in step.checks]
    counts = {
        "tests": len(statuses),
        "failures": statuses.count("failed"),
        "errors": statuses.count("errored"),
        "skipped": sum(statuses.count(name) for name in ("todo", "blocked", "unavailable")),
    }
    assert {name: int(root.get(name, "-1")) for name in counts} == counts
    assert {name: getattr(read, name) for name in counts} == counts
    assert len(root.findall(".//testcase/failure")) == counts["failures"]
    assert len(root.findall(".//testcase/error")) == counts["errors"]
    assert len(root.findall(".//testcase/skipped")) == counts["skipped"]
    assert sum(suite.tests for suite in read) == counts["tests"]


def test_junit__only_characters_that_xml_knows_and_no_folded_attribute() -> None:
    shown = junit.render(hostile(), Speech("en"))
    assert not re.search("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", shown)
    assert "&#10;" not in shown
    assert "pwned" in shown
    events = ET.iterparse(io.BytesIO(shown.encode("utf-8")))
    assert {element.tag for _, element in events} == {
        "testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out",
    }  # fmt: skip


FOLDED = {
    language: (f"<details><summary>{words}</summary>", "</details>")
    for language, words in {
        "en": "The same without the checker, from the root of the project",
        "fr": "La même chose sans le correcteur, depuis la racine du projet",
    }.items()
}
"""All HTML that a report may hold, by language."""


def tokens(shown: str) -> list[Token]:
    """All tokens of a document, inner ones too, as a reader of GitHub's flavour sees them."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    found: list[Token] = []
    for token in reader.parse(shown):
        found += [token, *(token.children or ())]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_markdown__the_words_of_the_student_stand_in_code_and_nowhere_else(language: str) -> None:
    found = tokens(markdown.render(hostile(), Speech(language)))
    kinds = {token.type for token in found}
    assert not kinds & {"html_inline", "link_open", "image", "blockquote_open", "s_open", "code_block"}
    assert {token.content.strip() for token in found if token.type == "html_block"} == set(FOLDED[language])
    code = [token.content for token in found if token.type in ("code_inline", "fence")]
    rest = [token.content for token in found if token.type == "text"]
    for mark in MARKS:
        assert any(mark in words for words in code), mark
        assert not any(mark in words for words in rest), mark
    assert not any(unprintable(words.replace("\u2060", "")) for words in [*code, *rest])


@pytest.mark.parametrize("language", LANGUAGES)
def test_markdown__the_table_keeps_its_form(language: str) -> None:
    report = hostile()
    found = tokens(markdown.render(report, Speech(language)))
    assert sum(token.type == "table_open" for token in found) == 1
    rows = sum(token.type == "tr_open" for token in found)
    assert rows == len(report.steps) + 1
    assert sum(token.type in ("td_open", "th_open") for token in found) == 4 * rows
    headings = [token.tag for token in found if token.type == "heading_open"]
    assert headings == ["h1", "h2", "h2", "h2", "h2"]  # the report, two steps that ask for something, advice, doubts
    assert sum(token.type == "ordered_list_open" for token in found) == 0


def test_markdown__each_command_is_one_block_as_it_was_written() -> None:
    command = "cd a && python - <<'EOF'\nprint('```')\n\nEOF"
    verdict = Failed(expected=text("a"), actual=text("b"), hint=text("c"), reproduce=command)
    blocks = tokens(markdown.render(report_of(check("x", "1", verdict)), Speech("en")))
    assert [token.content for token in blocks if token.type == "fence"] == [command + "\n"]


def test_markdown__our_own_words_hold_no_sign_either() -> None:
    words = "# a *b* _c_ [d](e) <i> `f` | @all #12 https://x.example www.x.example {{}} ~~g~~ &amp; $x$ \\"
    verdict = Failed(expected=text(words), actual=text(words), hint=text(words), reproduce="", credit=Fraction(0))
    step = StepResult(id="1.1", title=text(words), checks=(check("x", "1", verdict),))
    shown = markdown.render(replace(ordinary(), steps=(step,)), Speech("en"))
    said = "".join(token.content for token in tokens(shown) if token.type == "text").replace("\u2060", "")
    assert said.count(words.replace("{{}}", "{}")) == 6
    assert "@all" not in shown
    assert "#12" not in shown
    assert "https://" not in shown
    assert "www.x" not in shown


def test_a_report_on_nothing_is_a_report() -> None:
    empty = replace(ordinary(), steps=(), remarks=())
    for name in FORMATS:
        assert renderer(name)(empty, Speech("en"))


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("a\x1b[0m", "a\\x1b[0m"),
        ("a\r\nb", "a\\x0d b"),
        ("a\tb", "a    b"),
        ("\u202ea", "\\u202ea"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\u3164", "\\u3164"),
        ("é\u00a0!", "é\u00a0!"),
    ],
)
def test_visible__what_cannot_be_seen_is_written_out(words: str, shown: str) -> None:
    assert visible(words) == shown


def test_visible__says_how_much_it_leaves_out() -> None:
    assert visible(HOSTILE * 100, longest=10).endswith(f" … (+{len(HOSTILE) * 100 - 10})")

"""What students read about the course: complete, of one form, and saying the same in both languages."""

from __future__ import annotations

import ast
import re
import subprocess
import textwrap
from importlib import resources
from itertools import product
from pathlib import Path

import pytest
import yaml

from checker.checks.registry import checks
from checker.course import load
from checker.explanations import explanation
from tests.every import every

CHECKER = Path(str(resources.files("checker")))
COURSE = CHECKER / "courses" / "ensae-2022"
STATEMENT = COURSE / "statement"
EXPLANATIONS = CHECKER / "checks" / "explanations"
LANGUAGES = ("en", "fr")

GRADED_STEPS = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9", "2.1", "2.2", "2.3")
BONUS_STEPS = ("3.1", "3.2", "3.3", "3.4")
STEPS = GRADED_STEPS + BONUS_STEPS

STEP_HEADINGS = {
    "en": ["### Why", "### What to do", "### How to know that it is done", "### What is judged"],
    "fr": ["### Pourquoi", "### Ce qu'il faut faire", "### Comment savoir que c'est fini", "### Ce qui est évalué"],
}
CHECK_HEADINGS = {
    "en": ["## What it checks", "## Why it matters", "## How to do it", "## Example", "## Known limits"],
    "fr": [
        "## Ce qui est vérifié",
        "## Pourquoi c'est important",
        "## Comment faire",
        "## Exemple",
        "## Limites connues",
    ],
}
SHIPPED = load("ensae-2022").course
PAGES = {
    (language, check.id): explanation(check, language, SHIPPED) for check in checks().values() for language in LANGUAGES
}
ALL_TEXTS = {
    **{f"{path.parent.name}-{path.stem}": path.read_text(encoding="utf-8") for path in sorted(STATEMENT.rglob("*.md"))},
    **{f"{language}-{name}": page for (language, name), page in PAGES.items()},
}
FRENCH_TEXTS = {name: words for name, words in ALL_TEXTS.items() if name.startswith("fr-")}


def course_checks() -> dict[str, list[str]]:
    """The checks of each step, as the course file has them."""
    course = yaml.safe_load((COURSE / "course.yaml").read_text(encoding="utf-8"))
    return {step["id"]: [entry["id"] for entry in step["checks"]] for step in course["steps"]}


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def fences(markdown: str) -> list[str]:
    """The info string of each fenced block; an odd number of fences is a block that never ends."""
    marks = re.findall(r"^ *```(.*)$", markdown, flags=re.MULTILINE)
    assert len(marks) % 2 == 0, "a code block is not closed"
    assert all(mark == "" for mark in marks[1::2])
    return marks[::2]


def blocks(markdown: str) -> list[tuple[str, str]]:
    """Each fenced block: its info string, and its lines without the indentation of the list it may stand in."""
    found = re.findall(r"^( *)```(\S+)\n(.*?)^ *```$", markdown, flags=re.MULTILINE | re.DOTALL)
    return [(language, textwrap.dedent(code)) for _, language, code in found]


def prose(markdown: str) -> str:
    """The text outside of fenced blocks."""
    return re.sub(r"^ *```.*?^ *```$", "", markdown, flags=re.MULTILINE | re.DOTALL)


def headings(markdown: str) -> list[str]:
    return re.findall(r"^#+ .*$", prose(markdown), flags=re.MULTILINE)


def numbers(markdown: str) -> list[str]:
    """The numbers of the ordered lists, in their order."""
    return re.findall(r"^(\d+)\. ", prose(markdown), flags=re.MULTILINE)


def code_names(markdown: str) -> set[str]:
    """The file names in the prose: they are the same in every language."""
    return set(re.findall(r"`([\w./*-]+\.(?:py|ya?ml|csv|ipynb|txt|toml|lock))`", prose(markdown)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_statement_has_a_text_for_every_step_and_for_nothing_else(language: str) -> None:
    names = {path.stem for path in (STATEMENT / language).glob("*")}
    assert names == {"intro", "image", "outro", *STEPS}
    assert set(course_checks()) <= names


@every(product(STEPS, LANGUAGES))
def test_a_step_has_its_number_in_the_title_and_the_four_headings(step: str, language: str) -> None:
    title, *rest = headings(read(STATEMENT / language / f"{step}.md"))
    assert title.startswith(f"## {step} ")
    assert rest == STEP_HEADINGS[language]


@every(product(GRADED_STEPS, LANGUAGES))
def test_a_graded_step_names_the_command_that_says_it_is_done(step: str, language: str) -> None:
    assert f"`checker check --step {step}`" in read(STATEMENT / language / f"{step}.md")


@every(product(BONUS_STEPS, LANGUAGES))
def test_a_bonus_step_promises_no_check_that_the_course_lacks(step: str, language: str) -> None:
    promised = f"checker check --step {step}" in read(STATEMENT / language / f"{step}.md")
    assert promised == (step in course_checks())


@every(("intro", "image", *STEPS, "outro"))
def test_both_languages_give_the_same_instructions(name: str) -> None:
    english, french = (read(STATEMENT / language / f"{name}.md") for language in LANGUAGES)
    assert fences(english) == fences(french)
    assert numbers(english) == numbers(french)
    assert code_names(english) == code_names(french)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_introduction_says_how_to_run_the_checker_outside_of_the_project(language: str) -> None:
    introduction = read(STATEMENT / language / "intro.md")
    assert "uvx --from titanic-checker checker check" in introduction
    assert "pipx run --spec titanic-checker checker check" in introduction


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_of_the_course_is_explained_and_no_other(language: str) -> None:
    graded = {identity for checks_of_step in course_checks().values() for identity in checks_of_step}
    assert {name for tongue, name in PAGES if tongue == language} == graded
    assert {path.stem for path in (EXPLANATIONS / "fr").glob("*")} == graded


@every(PAGES)
def test_an_explanation_has_a_short_title_the_fixed_headings_and_an_example(language: str, name: str) -> None:
    markdown = PAGES[language, name]
    title, *rest = headings(markdown)
    assert markdown.startswith(title)
    assert title.startswith("# ")
    assert len(title.removeprefix("# ")) <= 60
    assert not title.endswith(".")
    assert rest == CHECK_HEADINGS[language]
    example = markdown.partition(CHECK_HEADINGS[language][3])[2]
    assert fences(example), "the example is code"
    assert 15 <= markdown.count("\n") <= 60


@every(sorted(checks()))
def test_both_languages_explain_a_check_with_the_same_examples(name: str) -> None:
    english, french = (PAGES[language, name] for language in LANGUAGES)
    assert fences(english) == fences(french)
    assert code_names(english) == code_names(french)
    assert english.count("\n\n") == french.count("\n\n")


@every(ALL_TEXTS)
def test_the_code_that_students_copy_can_be_parsed(name: str) -> None:
    for language, code in blocks(ALL_TEXTS[name]):
        match language:
            case "python":
                ast.parse(code)
            case "yaml":
                for half in re.split(r"^# (?:After|Après).*$", code, flags=re.MULTILINE):
                    yaml.safe_load(half)
            case "bash":
                subprocess.run(["bash", "-n"], input=code, text=True, check=True, timeout=10)
            case _:
                assert language in {"text", "dockerfile"}


@every(ALL_TEXTS)
def test_a_text_can_pass_through_a_template_and_leaks_nothing(name: str) -> None:
    markdown = ALL_TEXTS[name]
    for brace in ("{{", "}}", "{%", "%}", "{#", "#}"):
        assert brace not in markdown
    assert "\t" not in markdown
    assert "\r" not in markdown
    assert not re.search(r"<[a-z/!]", prose(markdown)), "CommonMark without HTML"
    assert not re.search(r"/(?:root|work)/", markdown)
    assert markdown.endswith("\n")
    assert not markdown.endswith("\n\n")
    assert not re.search(r"[ \u00a0]$", markdown, flags=re.MULTILINE)


@every(ALL_TEXTS)
def test_no_text_says_how_many_points_something_is_worth(name: str) -> None:
    worth = re.compile(r"\d\s*(?:points?|pts?)\b|/\s*20\b|\b(?:points?|barème)\s*:?\s*\d", flags=re.IGNORECASE)
    assert not worth.search(ALL_TEXTS[name])


@every(FRENCH_TEXTS)
def test_french_punctuation_does_not_fall_to_the_next_line(name: str) -> None:
    sentence = re.sub(r"`[^`]*`", "code", prose(ALL_TEXTS[name]))
    assert not re.search(r" [:;?!»]|« ", sentence)
    assert not re.search(r"\b(?:tu|ton|tes|toi)\b", sentence), "students are addressed with « vous »"

"""The documents tell the truth: their links lead somewhere, and the commands that they name exist."""

from __future__ import annotations

import re
import shlex
from importlib import resources
from pathlib import Path

import pytest
from typer.main import get_command

from checker.checks.registry import checks
from checker.cli.main import app
from checker.errors import CheckerFault, CourseError, UsageError
from checker.explanations import explanation, title
from checker.locale import LANGUAGES, Speech

ROOT = Path(__file__).parents[1]
CHECKER = Path(str(resources.files("checker")))
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    ROOT / "docs" / "how-a-submission-is-graded.md",
]
TEXTS = [
    *DOCUMENTS,
    *sorted((CHECKER / "courses").rglob("statement/*/*.md")),
    *sorted((CHECKER / "checks" / "explanations").rglob("*.md")),
]
UPPER_CASE_STANDS_FOR_A_PATH = re.compile(r"[A-Z_]{3,}")


def names(path: Path) -> str:
    return "-".join(path.parts[-3:])


def code(markdown: str) -> list[str]:
    """The lines of the fenced blocks and the code spans outside of them."""
    fenced = re.findall(r"^ *```\S*\n(.*?)^ *```$", markdown, flags=re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^ *```.*?^ *```$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    return [*(line.strip() for block in fenced for line in block.splitlines()), *re.findall(r"`([^`]+)`", rest)]


def commands(markdown: str) -> list[list[str]]:
    """The words of each command line of ours in *markdown*, without the program's name and without comments."""
    found = []
    for line in code(markdown):
        match = re.match(r"(?:uvx --from titanic-checker |pipx run --spec titanic-checker )?checker (.+)", line)
        if match:
            found.append(shlex.split(match[1], comments=True))
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=names)
def test_every_relative_link_leads_to_a_file(path: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    for link in links:
        if not link.startswith(("https://", "#")):
            assert (path.parent / link.partition("#")[0]).exists(), link


def unknown_words(markdown: str) -> list[str]:
    """The command lines of *markdown* that name a command or an option which does not exist."""
    root = get_command(app)
    unknown = []
    for words in commands(markdown):
        command, rest = root, list(words)
        while rest and (known := getattr(command, "commands", None)) is not None:
            word = rest.pop(0)
            if UPPER_CASE_STANDS_FOR_A_PATH.fullmatch(word):
                break
            if word not in known:
                unknown.append(f"checker {' '.join(words)}")
                break
            command = known[word]
        options = {option for parameter in command.params for option in parameter.opts}
        if any(word.startswith("-") and word not in options for word in rest):
            unknown.append(f"checker {' '.join(words)}")
    return unknown


@pytest.mark.parametrize("path", TEXTS, ids=names)
def test_every_command_and_option_exists(path: Path) -> None:
    assert unknown_words(path.read_text(encoding="utf-8")) == []


def test_the_documents_name_commands_at_all() -> None:
    assert ["check", "--step", "1.4"] in commands((ROOT / "README.md").read_text(encoding="utf-8"))


def test_the_exit_codes_are_those_of_the_errors() -> None:
    page = (ROOT / "docs" / "how-a-submission-is-graded.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| (\d) \| (.+) \|$", page, flags=re.MULTILINE))
    assert sorted(table) == ["0", "1", "2", "3", "4"]
    assert "course file" in table[str(CourseError.exit_code)]
    assert "not there" in table[str(UsageError.exit_code)]
    assert "checker itself" in table[str(CheckerFault.exit_code)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_title_of_a_check_in_a_report_is_the_one_of_its_page(language: str) -> None:
    for check in checks().values():
        heading = explanation(check, language).partition("\n")[0].removeprefix("# ")
        assert Speech(language).say(title(check)) == heading


@pytest.mark.parametrize("identity", sorted(checks()))
def test_every_command_of_an_explanation_exists(identity: str) -> None:
    page = explanation(checks()[identity], "en")
    assert unknown_words(page) == []

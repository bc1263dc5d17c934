"""The documents tell the truth: their links lead somewhere, and the commands that they name exist."""

from __future__ import annotations

import re
import shlex
import sys
import textwrap
from importlib import resources
from pathlib import Path
from types import ModuleType

import pytest
from typer.main import get_command

from checker.checks.registry import checks
from checker.cli.main import app
from checker.course import load
from checker.errors import CheckerFault, CourseError, UsageError
from checker.explanations import explanation, title
from checker.facts.tree import Tree
from checker.locale import LANGUAGES, Speech
from checker.model import ToDo
from checker.plan import Evidence
from checker.sandbox.base import Sandbox
from checker.sandbox.open import open_sandbox
from tests.every import every

ROOT = Path(__file__).parents[1]
CHECKER = Path(str(resources.files("checker")))
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "AGENTS.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
MAPS = [
    *(ROOT / name for name in ("CONTRIBUTING.md", "AGENTS.md")),
    *(ROOT / "docs" / f"{name}.md" for name in ("architecture", "sandbox", "decisions", "glossary")),
]
TEXTS = [
    *DOCUMENTS,
    *sorted((CHECKER / "courses").rglob("statement/*/*.md")),
    *sorted((CHECKER / "checks" / "explanations").rglob("*.md")),
]
UPPER_CASE_STANDS_FOR_A_PATH = re.compile(r"[A-Z_]{3,}")


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


@every(DOCUMENTS)
def test_every_relative_link_leads_to_a_file(path: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    for link in links:
        if not link.startswith(("https://", "#")):
            assert (path.parent / link.partition("#")[0]).exists(), link


@every(MAPS)
def test_every_named_path_of_the_repository_exists(path: Path) -> None:
    spans = re.findall(r"`([^`\s]+)`", path.read_text(encoding="utf-8"))
    paths = [
        span for span in spans if re.match(r"(?:checker|tests|tools|docs|benchmarks|solutions|\.ci|\.github)/", span)
    ]
    assert paths
    assert [named for named in paths if not re.search(r"[<*]", named) and not (ROOT / named).exists()] == []


def test_every_part_and_room_stands_in_the_architecture() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    modules = [path.name for path in CHECKER.glob("[!_]*.py")]
    packages = [path.parent for depth in ("*", "*/*") for path in CHECKER.glob(f"{depth}/__init__.py")]
    folders = [f"{path.relative_to(CHECKER)}/" for path in packages]
    assert [name for name in (*modules, *folders) if f"`checker/{name}`" not in page] == []


def test_every_name_of_the_glossary_stands_in_its_module() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:checker|tests)/\S+\.py)` `([A-Za-z_.]+)`", page)
    assert len(named) > 10
    for path, name in named:
        source = (ROOT / path).read_text(encoding="utf-8")
        for word in name.split("."):
            assert re.search(rf"^ *(?:class {word}\b|def {word}\b|{word}\b ?[:=])", source, flags=re.MULTILINE), name


def test_every_method_in_the_order_of_events_exists() -> None:
    page = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (CHECKER / "sandbox").rglob("*.py"))
    methods = set(re.findall(r"`(_[a-z_]+)`", page))
    assert len(methods) > 4
    assert [name for name in sorted(methods) if not re.search(rf"^ +def {name}\b", sources, flags=re.MULTILINE)] == []


def test_the_worked_example_of_a_probe_runs() -> None:
    page = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    module = ModuleType("shell_syntax")
    sys.modules[module.__name__] = module
    try:
        exec(compile(example, "docs/sandbox.md", "exec"), module.__dict__)
        (probe,) = module.PROBES
        tree = Tree.of({"good one.sh": b"echo good\n", "lib/bad.sh": b"if true; then\n", "notes.txt": b"if\n"})
        with open_sandbox() as sandbox:
            fact = Evidence({Tree: tree, Sandbox: sandbox}, [probe]).judge_or(probe)
            absence = Evidence({Tree: Tree.of({}), Sandbox: sandbox}, [probe]).judge_or(probe)
    finally:
        del sys.modules[module.__name__]
    assert list(fact.errors) == ["lib/bad.sh"]
    assert "syntax error" in fact.errors["lib/bad.sh"]
    assert isinstance(absence, ToDo)


def test_the_example_of_a_check_passes_its_own_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (
        (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Adding a check")[2].partition("\n## ")[0]
    )
    examples = re.findall(r"^   ```python\n(.*?)^   ```$", page, flags=re.MULTILINE | re.DOTALL)
    module = ModuleType("readme_title")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr("checker.testing.checks", lambda: {module.readme_title.id: module.readme_title})
    imports = (
        "from dataclasses import dataclass\n"
        "from checker.absences import NotDoneYet\n"
        "from checker.checks.base import check\n"
        "from checker.facts.tree import Tree\n"
        "from checker.model import Failed, Location, Passed, Verdict, text\n"
        "from checker.testing import tree, verdict_of\n"
        "from tests.mutants.model import CasesOf, Write\n"
    )
    for source in (imports, *map(textwrap.dedent, examples)):
        exec(compile(source, "CONTRIBUTING.md", "exec", dont_inherit=True), module.__dict__)
    tests = [value for name, value in vars(module).items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()


def make_targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):(?!=)", makefile, flags=re.MULTILINE))


@every(DOCUMENTS)
def test_every_make_command_exists(path: Path) -> None:
    asked = {line.split()[1] for line in code(path.read_text(encoding="utf-8")) if re.match(r"make [a-z]", line)}
    assert asked <= make_targets()


def test_the_notes_for_agents_name_commands() -> None:
    assert {"make lint", "make test", "make install"} <= set(code((ROOT / "AGENTS.md").read_text(encoding="utf-8")))


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
            if word.startswith("-"):
                rest.insert(0, word)
                break
            if word not in known:
                unknown.append(f"checker {' '.join(words)}")
                break
            command = known[word]
        options = {option for parameter in command.params for option in parameter.opts}
        if any(word.startswith("-") and word not in {"-", "--help", *options} for word in rest):
            unknown.append(f"checker {' '.join(words)}")
    return unknown


@every(TEXTS)
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
    course = load().course
    for check in checks().values():
        heading = explanation(check, language, course).partition("\n")[0].removeprefix("# ")
        assert Speech(language).say(title(check, course)) == heading


@every(sorted(checks()))
def test_every_command_of_an_explanation_exists(identity: str) -> None:
    assert unknown_words(explanation(checks()[identity], "en", load().course)) == []

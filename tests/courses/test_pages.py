"""The pages of the checks say what the course at hand says: its bars, its names, its numbers of steps."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
import yaml

from checker.checks.registry import checks
from checker.course import Course, load
from checker.explanations import explanation, title
from checker.locale import Speech
from checker.page_values import with_values
from tests.command_line import command_line
from tests.every import every

LANGUAGES = ("en", "fr")
SHIPPED = load().course
NAMES = {
    "branch": "menage",
    "default_branches": ["tronc", "racine", "souche"],
    "scripts": ["survie.py", "analyse.py", "outils/fin.py"],
    "configuration": "reglages.toml",
    "environment_file": "paquets.yaml",
    "environment": "survivants",
    "notebook": "carnet.ipynb",
    "notebook_folder": "carnets",
    "source_folder": "paquet",
    "data_folder": "donnees/brutes",
    "modules": ["paquet/lecture.py", "paquet/foret.py"],
}
OLD = re.compile(
    r"\bmain\.py|nettoyage|config\.yaml|environment\.yml|monenv|titanic\.ipynb|notebooks/|data/raw|(?<![\w-])/?data/(?!raw)|\bsrc\b|"
    r"train_evaluate\.py|`master`|\b9/10|\b6/10|\b3\.3\b|minio\.lab|\"Survived\"|(?:step|étape)\s+(?:2\.1|1\.7|2\.3)"
)
"""What the pages say of the shipped edition, and of no other one."""
NEW_STEPS = {"2.1": "7.1", "1.7": "7.2", "2.3": "7.3"}


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another course file: other bars, names and numbers of steps."""
    content = yaml.safe_load(load().path.read_text(encoding="utf-8"))
    content["linters"][0] |= {"version": "4.0", "main": 8, "modules": 5.5}
    content["names"] |= NAMES
    content["samples"]["data"] = ["donnees/brutes/tables.csv"]
    content["data"] |= {"endpoint": "minio.example.org", "target": "Rescued"}
    for step in content["steps"]:
        step["id"] = NEW_STEPS.get(step["id"], step["id"])
    path = tmp_path_factory.mktemp("other") / "course.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def pages(course: Course, language: str) -> dict[str, str]:
    return {identity: explanation(check, language, course) for identity, check in checks().items()}


def without(check: str) -> Course:
    steps = (
        step.model_copy(update={"checks": tuple(entry for entry in step.checks if entry.id != check)})
        for step in SHIPPED.steps
    )
    return SHIPPED.model_copy(update={"steps": tuple(steps)})


@every(product(("", *sorted(checks())), LANGUAGES))
def test_every_page_finds_its_values_whatever_check_the_course_lacks(dropped: str, language: str) -> None:
    for identity, page in pages(without(dropped), language).items():
        assert not re.search(r"\{[=?]", page), identity


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_another_course_say_its_values_and_none_of_the_edition(other: Path, language: str) -> None:
    course = load(str(other)).course
    said = pages(course, language)
    stale = {identity: found[0] for identity, page in said.items() if (found := OLD.search(page))}
    assert stale == {}
    everything = "\n".join(said.values())
    values = [name for value in NAMES.values() for name in ([value] if isinstance(value, str) else value)]
    wanted = [*values, *NEW_STEPS.values(), "(4.0)", "8/10", "minio.example.org", '"Rescued"']
    assert [value for value in (*wanted, {"en": "5.5/10", "fr": "5,5/10"}[language]) if value not in everything] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_the_edition_say_its_values(language: str) -> None:
    assert {found for page in pages(SHIPPED, language).values() for found in OLD.findall(page)} >= {
        "main.py", "nettoyage", "config.yaml", "environment.yml", "monenv", "titanic.ipynb", "notebooks/", "data/raw",
        "src", "train_evaluate.py", "`master`", "9/10", "6/10", "3.3", "minio.lab", '"Survived"',
        {"en": "step 2.1", "fr": "étape 2.1"}[language],
    }  # fmt: skip


def test_the_title_in_a_report_has_the_bar_of_the_course(other: Path) -> None:
    said = title(checks()["lint-modules"], load(str(other)).course)
    assert Speech("en").say(said) == "pylint gives the modules at least 5.5/10 together"
    assert Speech("fr").say(said) == "pylint donne au moins 5,5/10 aux modules réunis"


def test_the_command_explains_by_the_course_that_is_named(other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = command_line(capsys, "explain", "lint-main", "--course", other, "--language", "en").out
    assert said.startswith("# pylint gives the main script at least 8/10")
    assert "`survie.py`" in said
    assert "main.py" not in said


def test_a_passage_is_for_a_course_with_that_check() -> None:
    page = "Read it{?config-file| (step {=step.config-file})}."
    assert with_values(page, SHIPPED, "en") == "Read it (step 2.1)."
    assert with_values(page, without("config-file"), "en") == "Read it."


@pytest.mark.parametrize(
    ("entries", "said"), [((), "–"), (("a.py",), "`a.py`"), (("a.py", "b.py", "c.py"), "`a.py`, `b.py` or `c.py`")]
)
def test_a_list_is_written_as_code(entries: tuple[str, ...], said: str) -> None:
    course = SHIPPED.model_copy(update={"names": SHIPPED.names.model_copy(update={"modules": entries})})
    assert with_values("{=names.modules|or}", course, "en") == said


def test_the_page_of_the_main_script_names_every_candidate(other: Path) -> None:
    course = load(str(other)).course
    said = {language: " ".join(pages(course, language)["main-runs"].split()) for language in LANGUAGES}
    assert "Without `survie.py`, the first one that is there of `analyse.py` and `outils/fin.py` takes" in said["en"]
    assert "Sans `survie.py`, le premier qui existe parmi `analyse.py` et `outils/fin.py` prend" in said["fr"]
    assert "takes its place" not in pages(SHIPPED, "en")["main-runs"]


@pytest.mark.parametrize(
    "code",
    ['f"{bucket}/{names.main}"', "{{cookiecutter.slug}}", "${{ github.ref }}", "${HOME:=/x}", "f'{value=}'", "{a,b}"],
)
def test_braces_of_an_example_are_left_as_they_are(code: str) -> None:
    assert with_values(code, SHIPPED, "en") == code


@pytest.mark.parametrize(
    "placeholder",
    ["{=names.mian}", "{=name}", "{=pylint}", "{=pylint.main.real}", "{=step.no-such-check}", "{=names.modules}",
     "{=names.main|and}", "{=names.model_fields}", "{=data.own}"],
)  # fmt: skip
def test_a_placeholder_that_does_not_exist_is_refused(placeholder: str) -> None:
    with pytest.raises(KeyError):
        with_values(f"It is {placeholder}.", SHIPPED, "en")

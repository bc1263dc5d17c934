"""Files that no honest project has: what is read of them, what is said, and that nobody waits for it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.absences import NotDoneYet
from checker.checks.environment.environment_file import environment_file
from checker.course import load
from checker.evidence.packages.requirements import MOST_PACKAGES
from checker.evidence.project.code import read_code
from checker.evidence.runs.environment import declared, environment_use
from checker.facts.environment import EnvironmentFile
from checker.facts.tree import Tree
from tests.verdicts import failed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(30)]
"""What took the square of its length took many minutes."""

COURSE = load().course
MANY = "declares more than 5000 packages"
LARGE = "too large to be an environment file"


def read(files: Mapping[str, str]) -> EnvironmentFile:
    return declared(Tree.of(files), COURSE).main


def lines(form: str, count: int) -> str:
    return "".join(form.format(n=n) for n in range(count))


def conda(items: str, before: str = "") -> dict[str, str]:
    return {"environment.yml": f"{before}name: x\ndependencies:\n{items}"}


PROJECT = '[project]\nname = "x"\nversion = "1"\ndependencies = [\n'
CASES = {
    "many lines": ({"requirements.txt": lines("package-{n}==1.{n}\n", 20_000)}, MANY),
    "one line many times": ({"requirements.txt": "pandas==2.1\n" * 100_000}, MANY),
    "more bytes": ({"requirements.txt": lines("package-{n}==1.{n}\n", 100_000)}, LARGE),
    "an included file": ({"requirements.txt": "-r a.txt\n", "a.txt": lines("package-{n}\n", 20_000)}, "a.txt " + MANY),
    "a large included file": ({"requirements.txt": "a\n-r a.txt\n", "a.txt": "a\n" * 1_500_000}, "a.txt is " + LARGE),
    "many included files": (
        {"requirements.txt": lines("-r a{n}.txt\n", 19), **{f"a{n}.txt": "a\n" * 90_000 for n in range(19)}},
        MANY,
    ),
    "one file included for ever": ({"requirements.txt": "-r requirements.txt\n" * 90_000 + "a\n"}, None),
    "lines that go on": ({"requirements.txt": "a \\\n" * 400_000}, "1199998 characters"),
    "wrong lines": ({"requirements.txt": "pandas=2.1\n" * 100_000}, "two equals signs"),
    "a long line": ({"requirements.txt": "a" + " " * 1_000_000 + "b\n"}, "A line of 1000002 characters"),
    "a long address": ({"requirements.txt": "https://x/" + "a" * 1_000_000 + "\n"}, "characters is no requirement"),
    "many long addresses": ({"requirements.txt": ("https://x/" + "a" * 1_900 + "\n") * 900 + "a\n"}, None),
    "fragments": ({"requirements.txt": ("git+https://x#" + "&" * 1_900 + "\n") * 900 + "a\n"}, None),
    "brackets": ({"requirements.txt": "a ; " + "(" * 900 + "python_version>'3'" + ")" * 900 + "\n"}, "pip cannot read"),
    "a project": ({"pyproject.toml": PROJECT + lines('"package-{n}",\n', 20_000) + "]\n"}, MANY),
    "a large project": ({"pyproject.toml": PROJECT + lines('"package-{n}==1",\n', 50_000) + "]\n"}, LARGE),
    "poetry": ({"pyproject.toml": "[tool.poetry.dependencies]\n" + lines('p{n} = "^1"\n', 20_000)}, MANY),
    "dotted keys": ({"pyproject.toml": PROJECT + "]\n[a" + ".a" * 100_000 + "]\n"}, "a key of more than 50 parts"),
    "quoted keys": ({"pyproject.toml": PROJECT + "]\n[a" + ' . "b"' * 50_000 + "]\n"}, "a key of more than 50 parts"),
    "a large number": ({"pyproject.toml": PROJECT + "]\nx = " + "1" * 100_000 + "\n"}, "is not valid TOML"),
    "lists in lists": ({"pyproject.toml": "a = " + "[" * 100_000}, "is not valid TOML"),
    "a lock": ({"uv.lock": "version = 1\n" + lines('[[package]]\nname = "p{n}"\nversion = "1"\n', 20_000)}, MANY),
    "a large lock": ({"uv.lock": "#" * 6_000_000}, LARGE),
    "a lock of other things": ({"uv.lock": 'version = 1\npackage = [1, ["a"], "b"]\n'}, None),
    "a lock that is none": ({"uv.lock": "package = 1\n"}, None),
    "a number in JSON": ({"Pipfile.lock": '{"default": ' + "1" * 100_000 + "}"}, "cannot be read"),
    "a lock of spaces": ({"pixi.lock": " " * 1_000_000 + "\n"}, None),
    "a lock of hyphens": ({"pixi.lock": "- conda: x/" + "a-" * 1_000_000 + "\n"}, None),
    "conda": (conda(lines("  - p{n}=1\n", 8_000)), MANY),
    "a large file for conda": (conda(lines("  - package{n}=1\n", 20_000)), LARGE),
    "pip below conda": (conda("  - pip:\n" + lines("    - p{n}\n", 8_000)), MANY),
    "a list that stands for many": (conda("  - pip: *p\n" * 5_000, before="a: &p\n" + "  - ./here\n" * 2_000), MANY),
    "a line that stands for many": (
        conda("  - pip:\n" + "    - *p\n" * 8_000, before='a: &p "a' + " " * 20_000 + 'b"\n'),
        "A line of 20002 characters",
    ),
    "a mapping that stands for many": (conda("  - *p\n" * 8_000, before="a: &p {a: b, c: d}\n"), "is no package"),
    "a file included by conda": (
        {**conda("  - pip:\n" + "    - -r a.txt\n" * 900), "a.txt": lines("p{n}\n", 4_000)},
        None,
    ),
    "files included by conda": (
        {**conda("  - pip:\n" + lines("    - -r a{n}.txt\n", 30)), **{f"a{n}.txt": "a\n" * 900 for n in range(30)}},
        MANY,
    ),
    "brackets for conda": (conda("  - a " + "(" * 50_000 + "1" + ")" * 50_000 + "\n"), "A line of 100003 characters"),
    "spaces for conda": (conda(("  - a" + " " * 1_900 + "b\n") * 60), "characters is no requirement"),
}


@pytest.mark.parametrize("case", CASES)
def test_no_file_takes_long(case: str):
    files, sentence = CASES[case]
    file = read(files)
    assert file.packages <= MOST_PACKAGES
    assert len(file.problems) <= 101
    if sentence is None:
        assert not file.problems
    else:
        assert sentence in str(file.fatal[0].what)


def test_an_included_file_is_read_once():
    file = read({**conda("  - pip:\n" + "    - -r a.txt\n" * 50), "a.txt": "a\nb\n"})
    assert [package.name for package in file.declared] == ["a", "b"]


@pytest.mark.slow
def test_of_many_files_the_first_ones_are_read():
    long = lines("p{n}==1\n", 4_000)
    files = {"requirements.txt": "a\n", **{f"requirements-{n}.txt": long for n in range(500)}}
    found = declared(Tree.of(files), COURSE).files
    assert found[0].path == "requirements.txt"
    assert len(found) < 5
    files = {f"environment-{n}.yml": "dependencies:\n" + lines("  - p{n}\n", 4_000) for n in range(100)}
    found = declared(Tree.of({"environment.yml": "dependencies: [a]\n", **files}), COURSE).files
    assert found[0].path == "environment.yml"
    assert len(found) < 20


@pytest.mark.parametrize(
    ("content", "counted"), [(lines("  - package{n}=1\n", 20_000), "wc -c"), (lines("  - p{n}\n", 8_000), "grep -c")]
)
def test_the_student_is_told_what_to_do(content, counted, tmp_path):
    verdict = failed(environment_file(declared(Tree.of(conda(content)), COURSE), COURSE))
    assert str(verdict.hint) == "Write the environment out: conda env export --file environment.yml."
    assert counted in str(verdict.reproduce)
    for text, status in ((content, 1), ("  - pandas=2\n", 0)):
        (tmp_path / "environment.yml").write_text(conda(text)["environment.yml"])
        assert subprocess.run(["sh", "-c", str(verdict.reproduce)], cwd=tmp_path, check=False).returncode == status


@pytest.mark.slow
def test_what_is_used_of_it_is_found_at_once():
    documents = "\n" * 1_000_000 + "```{python}\nimport polars\n```\n" + "```{python}\nimport p1\n" * 30_000
    files = {
        "main.py": lines("import p{n}\n", 5_000),
        "requirements.txt": lines("p{n}==1\n", 4_999) + "polars==1\n",
        "report.qmd": documents,
    }
    tree = Tree.of(files)
    code, found = read_code(tree, COURSE, None), declared(tree, COURSE)
    use = environment_use(tree, code, found, COURSE, None)
    assert [one.package for one in use.required if one.declared is None] == ["p4999"]
    assert not use.unneeded


PIECES = (
    "name: x\n", "dependencies:\n", "  - pandas=2\n", "  - pip:\n", "    - a==1\n", "    - -r b.txt\n", "[", "]", "{",
    "}", "&a ", "*a", "!x ", "'", '"', "\t", "\0", "\n", "é", "[[package]]\n", "name='a'\n", "version=1\n",
    "package=1\n", "dependencies=['a']\n", "[project]\n", "a.b.c=1\n", "=", "\\\n", "-r a.txt\n", "-e .\n",
    "-c a.txt\n", "git+https://x#egg=a\n", "a;python_version<'3'\n", "# c", "|", ">", "? ", "1e999999", "9" * 5_000,
)  # fmt: skip
NAMES = ("environment.yml", "requirements.txt", "pyproject.toml", "uv.lock", "Pipfile.lock", "pixi.lock")


@settings(derandomize=True, max_examples=150)
@given(st.sampled_from(NAMES), st.lists(st.sampled_from(PIECES), max_size=40))
def test_whatever_stands_there_is_a_mistake_of_the_file_and_none_of_ours(name, pieces):
    with contextlib.suppress(NotDoneYet):
        declared(Tree.of({name: "".join(pieces)}), COURSE)

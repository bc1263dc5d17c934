"""What is read in the grader's own process gives a fact or an absence, whatever its bytes, and within bounds."""

from __future__ import annotations

import ast
import json
import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.absences import NotDoneYet
from checker.course import load
from checker.evidence.image.simulated_build import dockerfile
from checker.evidence.packages.conda import read_conda
from checker.evidence.packages.requirements import read_lock, read_project, read_requirements
from checker.evidence.project.code import read_code
from checker.evidence.project.config_files import read_configuration, with_value
from checker.evidence.repository.data_files import form_of, passengers
from checker.evidence.repository.secrets_and_conflicts import secrets_of
from checker.evidence.results.printed_results import read_printed
from checker.evidence.runs.lint import handed_over
from checker.evidence.runs.notebook import clean_notebook, find_notebook
from checker.evidence.source.python import deepest_line
from checker.evidence.source.static_functions import written_functions
from checker.evidence.source.tamper_scan import tamper_sites_in
from checker.evidence.text.conflict_marks import conflict_of
from checker.evidence.text.json_text import TooManyValues, read_json
from checker.facts.tree import Tree
from checker.submission_defaults import defaults

COURSE = load().course
PEOPLE = passengers(COURSE)
MANY = 60_000
SECONDS = 20
"""Processor time that no reader may take for what is made here: an honest file takes a hundredth of it."""

EXAMPLES = settings(max_examples=150, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None)
PIECES = (
    *("a", "0", " ", "\t", "\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\0", "\ufeff"),
    *("\ud800", "é", "\u202e", '"', "'", "`", "\\", "\\\n", '"\\UFFFFFFFF"', '"\\x', "%YAML 1.9\n", "--- ", "...\n"),
    *("- ", "? ", ": ", "a: ", "&a ", "*a ", "!!int ", "!!timestamp x", "!!binary x", "!<x> ", "<<: ", "| ", "> ", "#"),
    *("[", "]", "{", "}", "(", ")", ",", "=", "==", ";", "@", "$", "${a:-", "<<EOF", "FROM a\n", "RUN ", "COPY . .\n"),
    *("# escape=`\n", "ENV a=b\n", "CMD [", "dependencies:\n", "  - pip:\n", "pandas", "=1.0", "[[package]]\n", "a.b."),
    *(
        "import a\n",
        "from . import b\n",
        "def f(x):\n",
        "  return x\n",
        "%%bash\n",
        "!ls\n",
        "x?",
        "lambda: ",
        "f'{a!r:",
    ),
    *('{"cells": [', '{"cell_type": "code", "source": [', '"nbformat": 4', "null", "1e999", "9" * 5000, "<<<<<<< a\n"),
    *("eyJ", "AKIA", "=======\n", ">>>>>>> b\n", "TN", "0.82", "[[1 2]\n [3 4]]", "\x1b[0m", "-r a.txt\n", "https://"),
)
SOUP = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=60)
BYTES = SOUP.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=80)


def reading_configuration(content: bytes) -> None:
    for name in ("config.yaml", "config.json", "config.toml", "config.ini", ".env"):
        file = read_configuration(name, content)
        for leaf in file.leaves[:3]:
            with_value(file, leaf, "x")
        lines = 1 + sum(content.decode("utf-8", "replace").count(end) for end in "\n\r\x85\u2028\u2029")
        assert all(0 < (where.line or 1) <= lines for where in file.problem_where)


def reading_environments(content: bytes) -> None:
    for name, read in (("environment.yml", read_conda), ("requirements.txt", read_requirements)):
        read(Tree.of({name: content}), name)
    read_project(Tree.of({"pyproject.toml": content}), "pyproject.toml")
    for name in ("uv.lock", "Pipfile.lock", "conda-lock.yml", "poetry.lock", "pixi.lock"):
        read_lock(Tree.of({name: content}), name)


def reading_defaults(content: bytes) -> None:
    defaults(Tree.of({".checker.yml": content[:20_000]}))


def reading_dockerfile(content: bytes) -> None:
    dockerfile(Tree.of({"Dockerfile": content, ".dockerignore": content, "main.py": b""}))


def reading_code(content: bytes) -> None:
    try:
        code = read_code(Tree.of({"main.py": content, "src/a.py": b"x = 1\n"}), COURSE, None)
    except NotDoneYet:
        return
    for file in code.files.values():
        assert deepest_line(file) >= 1
        assert file.problem is None or file.problem_where[0].line is None or file.problem_where[0].line >= 1
        if file.tree is not None:
            list(tamper_sites_in(file.tree, file.path, COURSE.model))
    handed_over(code)
    written_functions(code, None, COURSE)


def reading_notebook(content: bytes) -> None:
    notebook = find_notebook(Tree.of({"titanic.ipynb": content}), COURSE)
    assert notebook is not None
    clean_notebook(notebook)


def reading_a_cell(content: bytes) -> None:
    cell = {"cell_type": "code", "source": content.decode("utf-8", "replace")}
    reading_notebook(json.dumps({"nbformat": 4, "cells": [cell]}).encode())


def reading_anything(content: bytes) -> None:
    for name in ("a.csv", "a.json", "a.ipynb", "a.pkl", "a"):
        form_of(name, content, PEOPLE)
    secrets_of("a.ipynb", content)
    secrets_of("a.txt", content)
    conflict_of("a.txt", content)


def reading_output(content: bytes) -> None:
    read_printed(content.decode("utf-8", "replace"))


READERS = (
    reading_configuration,
    reading_environments,
    reading_defaults,
    reading_dockerfile,
    reading_code,
    reading_notebook,
    reading_a_cell,
    reading_anything,
    reading_output,
)


@pytest.mark.parametrize("read", READERS)
def test_a_reader_gives_a_fact_or_an_absence(read: Callable[[bytes], None]):
    @EXAMPLES
    @given(BYTES)
    def reads(content: bytes) -> None:
        read(content)

    reads()


LONG = {
    "blanks before a bracket": " " * MANY + "(",
    "a cell of blanks": "x = 1\n" + " " * MANY + "(\n",
    "lines like tokens": ("eyJ" + "a" * 20 + "-\n") * (MANY // 24),
    "tokens on lines": ("AKIA" + "A" * 16 + "\n") * (5_000_000 // 21),
    "a number and line ends": "[1" + "\n" * MANY,
    "numbers and blanks": "[[1" + " " * MANY,
    "from and dots": "from " + "." * MANY + "\nx = (\n",
    "a name of many parts": "import " + "a." * (MANY // 2) + "a\n",
    "brackets": "[" * MANY,
    "braces": "{a: " * (MANY // 4),
    "hyphens": "- " * (MANY // 2),
    "question marks": "? " * (MANY // 2),
    "signs of a comment": "#" * MANY,
    "a key of many parts": "a." * (MANY // 2) + "a = 1",
    "a table of many parts": "[" + "a." * (MANY // 2) + "a]",
    "line ends": "\n" * MANY,
    "blanks and line ends": " \n" * (MANY // 2),
    "backslashes": "\\\n" * (MANY // 2),
    "quotes": '"' * MANY,
    "a sum": "x = " + "+".join(["1"] * 900) + "\n",
    "a long sum": "x = " + "+".join(["1"] * 20_000) + "\n",
    "calls of calls": "x" + ".a()" * 900 + "\n",
    "nested calls": ("f(" * 90 + "x" + ")" * 90 + "\n") * 100,
    "magics": "%a\n" * (MANY // 3),
    "a mark of a conflict": "<<<<<<< " * (MANY // 8),
    "installers": "RUN " + "pip " * (MANY // 4),
    "redirections": "RUN " + ">" * MANY,
    "variables": "FROM a\nENV a=b\nRUN " + "${a:-" * (MANY // 5),
    "values in a line": "a" * MANY + "=" + "b" * MANY,
    "aliases": "a: &a [x]\nb: [" + "*a," * (MANY // 3) + "]",
    "one line of a table": "PassengerId,Survived," + "1," * MANY,
}


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("name", LONG)
@pytest.mark.slow
def test_a_long_text_is_read_at_once(name: str, read: Callable[[bytes], None]):
    begin = time.thread_time()
    read(LONG[name].encode())
    assert time.thread_time() - begin < SECONDS


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a: b\r# c\nd: [\n", 4),
        ("a: b\u2028\nd: :\n", 3),
        ("a: b\x85c: d\u2029e: :\n", 3),
        ("a: 1\r\nb: 2\r\nc: [\r\n", 4),
    ],
)
def test_a_mistake_beside_odd_line_ends_has_the_line_that_yaml_counts(content: str, line: int):
    file = read_configuration("config.yaml", content.encode())
    assert file.problem is not None
    assert [where.line for where in file.problem_where] == [line]


def test_a_parser_that_gives_up_names_the_line():
    code = read_code(Tree.of({"main.py": b"import os\n\nx = " + b"+".join([b"1"] * 50_000) + b"\n"}), COURSE, None)
    assert code.files["main.py"].problem is not None
    assert [where.line for where in code.files["main.py"].problem_where] == [3]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lists", b"[" + b"[]," * 3_000_000 + b"0]"),
        ("objects", b"[" + b'{"":0},' * 2_000_000 + b"0]"),
        ("words", b"[" + b'"ab",' * 7_000_000 + b"0]"),
        ("depth", b"[" * 5_000_000),
    ],
)
@pytest.mark.slow
def test_a_document_of_too_many_values_is_not_parsed(name: str, content: bytes):
    with pytest.raises(TooManyValues):
        read_json(content)
    notebook = find_notebook(Tree.of({"titanic.ipynb": content}), COURSE)
    assert notebook is not None, name
    assert "million values" in str(notebook.problem)


@pytest.mark.slow
def test_a_notebook_of_pictures_and_tables_is_read():
    outputs = [
        {"data": {"image/png": "iVBORw0KGgo" * 400_000, "text/html": ["<td>1,2 [3] {4}</td>\n"] * 20_000}},
        {"data": {"application/vnd.plotly.v1+json": {"x": [0.5] * 1_000_000}}},
    ]
    cell = {"cell_type": "code", "source": "x = 1", "outputs": outputs * 4}
    content = json.dumps({"nbformat": 4, "cells": [cell]}).encode()
    assert len(content) > 35_000_000
    notebook = find_notebook(Tree.of({"titanic.ipynb": content}), COURSE)
    assert notebook is not None
    assert notebook.cells == ("x = 1",)


def test_a_table_of_one_line_takes_little_memory():
    content = b",".join(b"%d" % number for number in range(2_000_000))
    tracemalloc.start()
    form_of("a.csv", content, PEOPLE)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2 * len(content)


def test_what_is_quoted_counts_for_one_value():
    assert read_json(json.dumps(['[{,\\"'] * 1000).encode()) == ['[{,\\"'] * 1000


def test_the_deepest_line_is_that_of_the_deepest_expression():
    tree = ast.parse("x = 1\ny = ((1 + 2) * 3) - 4\nz = 2\n")
    code = read_code(Tree.of({"main.py": ast.unparse(tree).encode()}), COURSE, None)
    assert deepest_line(code.files["main.py"]) == 2

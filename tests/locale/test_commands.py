"""Commands that sentences hold can be copied, whatever the names in them are."""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest

from checker.locale import Speech
from checker.model import Location, Text, text
from checker.quoting import in_sentence, inside_commands, quoted, read_again
from checker.report import Sentence
from checker.stored_values import sentence_part, told
from tests.locale.test_translations import ENGLISH, FRENCH

EVIL = (
    "m;touch X;.py",
    "a;touch${IFS}X",
    "$(touch X)",
    "`touch X`",
    "a b",
    "a\nb",
    "'",
    '"',
    "-rf",
    "a'b;c",
    "é x",
    "",
)
PROGRAM = re.compile(
    r"\b(?:git|pip3?|conda|mamba|uv|docker|python3?|pylint|checker|mkdir|bash|sh|chmod|jupyter|cd|rm|mv|cp|papermill|grep"
    r"|unset|export|curl|tar|unzip|hadolint|nano|ls|cat|sed)\b(?P<rest>[^.,;]*\{.*)"
)
PROSE = frozenset(
    {
        "Commit {commit}, course {edition} ({hash}), checker {version}, sandbox {sandbox}.",
        "For conda it is called {name}.",
        "Graded: {graded}. Refused: {refused}. Ended by a fault of the checker or the machine: {errored}.",
        "{at}: {end}, commit {commit}, checker {checker}, {environment}",
        "Install pylint {wanted} beside the checker.",
        "Line {line}: conda finds no package {name}.",
        "Line {line}: pip finds no package {name} for the image's Python.",
        "Line {line}: uv finds no package {name} for the image's Python.",
        "Only conda understands the version of {name} ({version}).",
        "The editions that come with the checker: {names}.",
        "The folder .git holds more than {number} files.",
        "The folder .git of {path} is there, but git cannot read it ({reason}).",
        (
            "The rule {pattern} ({place}) ignores {path}, but a rule has no effect on what git follows already: "
            "{command}, then commit."
        ),
        "Traces of the checker's own faults are kept in {path}.",
        "Write the versions that you use now, as conda list shows them: {example}.",
        "conda cannot read {written} ({reason}).",
        "conda does not know the key {key}. Did you mean {near}?",
        "git is there ({version}).",
        "hadolint {code}: {said}",
        "no Python 3 that conda has is a python{spec}",
        "pip cannot read {line}.",
        "pylint {version}, as {edition} asks for",
        "pylint {version}; {edition} grades with {wanted}",
        "python{spec} allows several minor versions; choose one: python=3.11.",
        "titanic-checker {version}, Python {python}, {system}",
        "uv is there ({version}): environments can be made.",
        "{line}: conda wants {meant}.",
        "{line}: pip wants two equals signs ({name}=={version}).",
        "{line}: pip wants {meant}.",
        "{path}, line {line}: conda obeys no tag ({tag}).",
    }
)
"""Sentences that name a program beside a value without being a command. What is new here is read by a person first."""


def test_what_looks_like_a_command_is_one_or_is_known_to_be_none():
    spoken = [each for each in ENGLISH if PROGRAM.search(each)]
    assert len(spoken) > 50
    assert [each for each in spoken if bool(inside_commands(each)) == (each in PROSE)] == []


def test_a_translation_has_the_same_words_in_its_commands():
    assert [english for english, french, _ in FRENCH if not inside_commands(french) <= inside_commands(english)] == []


@pytest.mark.parametrize("evil", EVIL)
def test_a_name_in_a_command_is_one_word(evil: str):
    commands = [each for each in ENGLISH if inside_commands(each)]
    assert len(commands) > 30
    wrong = []
    for template in commands:
        names = re.findall(r"\{(\w+)", template)
        shown = str(text(template, **dict.fromkeys(names, evil)))
        if str(in_sentence(evil)) not in shown:
            wrong.append(template)
    assert wrong == []


@pytest.mark.parametrize("evil", EVIL)
def test_a_shell_takes_a_name_as_it_is(evil: str):
    command = f"printf '%s|' {in_sentence(evil)}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == f"{'./' if evil.startswith('-') else ''}{evil}|"


@pytest.mark.parametrize("name", ["main.py", "src/données.csv", "notebooks/été 2.ipynb", "a+b@c=d:e,f%.txt"])
def test_an_ordinary_name_stays_as_it_is(name: str):
    shown = str(text("Rename it: git mv {path} {main}.", path=name, main="main.py"))
    assert shown == f"Rename it: git mv {name if ' ' not in name else shlex.quote(name)} main.py."


def test_several_things_are_several_words():
    sentence = text("Move them: git mv {paths} {folder}/.", paths=("a b", "c;d", "e"), folder="data")
    assert str(sentence) == "Move them: git mv 'a b' 'c;d' e data/."


def test_a_place_beside_a_command_is_left_alone():
    sentence = text("{path}: git switch -c {branch}, or not.", path=Location("a b.py", line=2), branch="x;y")
    assert str(sentence) == "a b.py:2: git switch -c 'x;y', or not."


@pytest.mark.parametrize("evil", EVIL)
def test_a_stored_sentence_says_the_same_again(evil: str):
    sentence = text("Rename it: git mv {path} {main}.", path=evil, main=quoted(evil))
    assert str(told(sentence_part(sentence))) == str(sentence)


def test_a_forged_report_holds_no_command_of_its_own():
    forged = {"template": "Move it: git mv {path} Dockerfile.", "values": {"path": "x; rm -rf ~"}, "translations": {}}
    assert str(told(Sentence.model_validate(forged))) == "Move it: git mv 'x; rm -rf ~' Dockerfile."
    assert not isinstance(read_again("$(x)"), type(quoted("x")))


def test_both_languages_quote_alike():
    sentence: Text = text("Rename it: git mv {path} {main}.", path="m;touch X;.py", main="main.py")
    assert "git mv 'm;touch X;.py' main.py" in Speech("fr").say(sentence)

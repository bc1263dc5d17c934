"""The help answers at once, and shows for each command how it is used."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from typer.main import get_command

from checker.cli.main import app
from tests.command_line import Said


def commands(command: object = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """All commands, by their words, groups included."""
    command = command or get_command(app)
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_shows_an_example(checker: Callable[..., Said], words: tuple[str, ...]) -> None:
    said = checker(*words, "--help")
    assert said.code == 0
    assert f"checker {' '.join(words)}".strip() in said.out.partition("Example")[2]
    assert "..." not in said.out.partition("Commands:")[2], "a summary is cut"


def test_the_commands_are_those_of_the_contract() -> None:
    assert {" ".join(words) for words in commands() if words} == {
        "new", "check", "render", "next", "watch", "explain", "doctor",
        "class", "class init", "class add", "class forks", "class clone", "class grade", "class status", "class show",
        "class override", "class waive", "class weigh", "class withdraw", "class rescore", "class export",
        "course", "course new", "course check", "course show", "course export", "cache", "cache show", "cache clear",
        "solutions", "solutions build", "solutions check",
        "feedback", "feedback prepare", "feedback run", "feedback comment",
    }  # fmt: skip


def processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_help_takes_less_than_three_tenths_of_a_second() -> None:
    """Of the processor, so that other tests running beside this one do not count; byte-code has been made before."""
    taken = []
    for _ in range(6):
        before = processor_seconds()
        subprocess.run([sys.executable, "-P", "-m", "checker", "--help"], capture_output=True, check=True, timeout=60)
        taken.append(processor_seconds() - before)
    assert statistics.median(taken[1:]) < 0.3


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from checker.cli.main import main; main(['check', '--help'])\n"
        "print({name.partition('.')[0] for name in sys.modules} & "
        "{'pandas', 'numpy', 'yaml', 'pygit2', 'babel', 'rich', 'cookiecutter', 'pylint', 'nbformat'})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip().endswith("set()"), done.stdout[-200:]

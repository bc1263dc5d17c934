"""What the template's own files need to know of the template: an extension of Jinja, as cookiecutter provides for.

Answers are refused here, when the last question has been asked: nothing has been written yet, and cookiecutter shows
the sentence alone. A hook that refuses leaves a traceback beside it, and the outer folder of a name like ``a/b``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cookiecutter.exceptions import FailedHookException
from jinja2 import Environment
from jinja2.ext import Extension

from hooks.answers import refusal

ROOT = Path(__file__).resolve().parents[1]


class ImpossibleAnswer(FailedHookException):
    """One sentence; of the errors that cookiecutter knows, so that it shows the sentence and nothing else."""


class Exercise(Extension):
    """Gives templates ``template_root``, ``shipped_steps`` and ``refuse_impossible(answers)``."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals["template_root"] = str(ROOT)
        environment.globals["shipped_steps"] = shipped_steps(ROOT)
        environment.globals["refuse_impossible"] = refuse_impossible


def shipped_steps(root: Path) -> list[str]:
    """The steps whose solution lies in this template, in order: none in an edition for students."""
    folders = (root / "solutions").glob("*/step.yaml")
    return sorted((folder.parent.name for folder in folders), key=lambda step: [int(n) for n in step.split(".")])


def refuse_impossible(answers: Mapping[str, str]) -> str:
    """An empty text, if the answers can be used.

    :raises ImpossibleAnswer: with one sentence, if they cannot.
    """
    if sentence := refusal(answers, shipped_steps(ROOT)):
        raise ImpossibleAnswer(sentence)
    return ""

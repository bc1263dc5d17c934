"""The version of the checker in the source that the starter pins."""

from __future__ import annotations

import re

from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from checker import __version__
from checker.absences import NotDoneYet
from checker.facts.pinned_checker import PinnedChecker
from checker.model import text
from checker.submission_defaults import Defaults

_MARKED = re.compile(r"(?:==|[@:])v?(\d[^@:=/#]{0,60})(?:@sha256:[0-9a-f]{64})?")
_LONGEST = 40


def pinned_version(source: str) -> Version | None:
    """The version in *source*: after ``==``, in the name of a wheel, as a git tag or an image tag; None without one.

    The formats are those of ``checker_source`` in the template. A number without a dot is a branch or a commit.
    """
    if source.startswith("https://"):
        try:
            return parse_wheel_filename(source.partition("#")[0].rpartition("/")[2])[1]
        except InvalidWheelFilename:
            return None
    marked = _MARKED.fullmatch(source, max(source.rfind("=="), _tag(source), 0))
    if marked is None or "." not in marked[1]:
        return None
    try:
        return Version(marked[1])
    except InvalidVersion:
        return None


def _tag(source: str) -> int:
    """The position of the tag of a git URL or an image; -1 where there is none."""
    image = source.partition("@sha256:")[0] if source.startswith("docker://") else source
    mark = ":" if source.startswith("docker://") else "@"
    return image.find(mark, image.rfind("/")) if source.startswith(("docker://", "git+")) else -1


def pinned_checker(settings: Defaults) -> PinnedChecker:
    """The pinned version and the running one. Raises NotDoneYet where the starter pins none."""
    version = pinned_version(settings.checker) if settings.checker else None
    if version is None or len(str(version)) > _LONGEST:
        raise NotDoneYet(text("The starter pins no version of the checker."))
    running = Version(__version__)
    return PinnedChecker(str(running if version == running else version), str(running))


PROBES = (pinned_checker,)

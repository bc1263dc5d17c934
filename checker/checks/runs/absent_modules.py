"""What is said of a module of the project that an import does not find, and how it is seen without the checker."""

from __future__ import annotations

import re

from checker.facts.absent_modules import AbsentModule, AbsentModules, Cause
from checker.facts.job import StudentError
from checker.model import Text, text
from checker.quoting import quoted

IN_A_COPY = (
    'copy=$(mktemp -d) && git ls-files -z -co --exclude-standard | tar -cf - --null -T - | tar -xf - -C "$copy" && '
    'cd "$copy" && '
)
"""The start of a command that sees what git would record, and nothing that it ignores."""
_LISTED = "git ls-files -co --exclude-standard"


def absence_behind(error: StudentError | None, absent: AbsentModules | None) -> AbsentModule | None:
    """The absent module that made an import fail; None where the error has another reason."""
    if error is None or absent is None or error.name not in ("ModuleNotFoundError", "ImportError"):
        return None
    places = [place for place, _ in error.frames]
    return next((one for one in absent.modules if one.imported.where in places), None)


def absence_of(module: str, absent: AbsentModules | None) -> AbsentModule | None:
    """The absence of the module of that dotted name, or of one below it, among those that main lacks."""
    lacking = absent.modules if absent is not None else ()
    return next((one for one in lacking if f"{one.imported.module}.".startswith(f"{module}.")), None)


def remedy(absence: AbsentModule) -> Text:
    """Why the module is not found, and what to do about it."""
    path, there = absence.path, absence.there
    match absence.cause:
        case Cause.LETTER_CASE:
            return text(
                "It is called {there}, not {path}: Linux distinguishes capital letters. Write the import that way.",
                there=there,
                path=path,
            )
        case Cause.NESTED:
            return text(
                "{folder} is a repository in the repository, so its files are not in yours: {command}, then commit.",
                folder=there,
                command=f"rm -rf {quoted(f'{there}/.git')} && git rm -q --cached --ignore-unmatch {quoted(there)} && "
                f"git add {quoted(there)}",
            )
        case Cause.ELSEWHERE if "/" in path:
            folder = path.rpartition("/")[0]
            return text(
                "The module lies at {there}: {command}, then commit.",
                there=there,
                command=f"mkdir -p {quoted(folder)} && git mv {quoted(there)} {quoted(path)}",
            )
        case Cause.ELSEWHERE:
            return text("The module is now {there}: import it from {module}.", there=there, module=_module(there))
        case Cause.IGNORED:
            rule = absence.rule
            return text(
                "The rule {pattern} ({place}) ignores {path}, so that git never takes it: make that rule narrower.",
                pattern=rule.pattern if rule else "",
                place=f"{rule.path}:{rule.line}" if rule else "",
                path=path,
            )


def command(absence: AbsentModule, start: str) -> str:
    """A line that fails as long as the module is absent, where the work lies; *start* starts the main script."""
    match absence.cause:
        case Cause.LETTER_CASE:
            written = absence.imported.module
            place = rf"^{re.escape(absence.path.removesuffix('.py'))}(/|\.py$)"
            file = quoted(absence.imported.where.path)
            return f"! grep -qF {quoted(written)} {file} || {_LISTED} | grep -qE {quoted(place)}"
        case Cause.NESTED:
            folder = quoted(absence.there)
            return f"test ! -e {quoted(f'{absence.there}/.git')} && ! git ls-files -s -- {folder} | grep -q '^160000'"
        case Cause.IGNORED:
            return IN_A_COPY + start
        case Cause.ELSEWHERE:
            return start


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

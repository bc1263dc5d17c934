"""The resolver: from a declaration to the exact list of packages, or to the reason why there is none."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from checker.model import Text, text
from checker.sandbox.environments.spec import EnvironmentSpec, EnvironmentUnavailable
from checker.sandbox.environments.uv import UNREACHABLE, Uv, is_unreachable, refused, sentence, written

_KERNEL = ("ipykernel", "matplotlib-inline")
_OLDER_KERNELS = ("ipykernel<7", "ipykernel<6.20")
"""Older kernels, tried where the newest one compatible with the packages by its metadata does not run beside them."""
_BEFORE = (("matplotlib", Version("3.9"), "matplotlib-inline<0.2"), ("matplotlib", Version("3.9"), "ipython<8.24"))
"""Undeclared needs of newer kernel parts: with the library below that version, an older part is taken."""
_KNOWN = "packaging"
"""A package that every full index has: where it is missing, the index proves nothing about other packages."""
_NO_VERSION = re.compile(r"Because there is no version of ([\w.-]+)==(\S+) and you require \1==\2")
_NO_PACKAGE = re.compile(r"Because ([\w.-]+) was not found in the [\w ]+ and you require \1\S*")
_NEEDS = re.compile(
    r"Because (?:all versions of )?([\w.-]++)\S*+ depends? on ([\w.-]+)(?:\{[^}]*\})?([=<>!~]\S*) and you require "
)
_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")
_COMPILE = ("pip", "compile", "--quiet", "--no-header", "--no-annotate")
_RESOLVING_SECONDS = 240
_MOST_UNNEEDED = 80
"""With more unneeded conda packages than this, a file is the export of a base environment, not to be built whole."""
_MOST_ASKED = 1_000
_ROUNDS = 6
_NARROW_ROUNDS = 15
"""How often packages are left out one after the other; each time costs a whole resolution."""
_BLAMED = re.compile(
    r"(?:ecause|and|that) (?:there (?:is|are) no versions? of |all versions of |only )?([A-Za-z0-9][\w.-]*)"
    r"(?:[=<>!~][^ ]*)? ?(?:was not found|and you require|ha(?:s|ve) no|is available)"
)
"""uv's message about a package that does not exist at all, in that version, or for this system."""
_POSITION = re.compile(r" in `[^`]*` at position (\d+)")
_PLACE = re.compile(r": [^:\n]*:(\d+):\d+\s*$", re.MULTILINE)
_NOT_OF_THE_DECLARATION = re.compile(
    r"usable wheels|matching (?:python|platform|abi)|wheels with|requested Python version|current Python version"
    r"|does not satisfy Python|pre-?release|exclude-newer|yanked",
    re.IGNORECASE,
)
"""uv's messages where another Python, another system or a compiler would help."""


RULES = (_KERNEL, _OLDER_KERNELS, [line for _, _, line in _BEFORE], _MOST_UNNEEDED, _ROUNDS, _NARROW_ROUNDS)
"""The constants of this module that decide on the installed packages: part of an environment's identity."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The resolved packages: ``lock`` has the lines to install, ``left_out`` the declared names that are not in it."""

    lock: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    @property
    def versions(self) -> dict[str, str]:
        """The versions in ``lock`` by normal name."""
        found = (_PINNED.match(line) for line in self.lock)
        return {canonicalize_name(match[1]): match[2] for match in found if match}


def resolve(uv: Uv, wanted: EnvironmentSpec, python: str) -> Resolution:
    """The packages to install for *wanted* in the Python at the path *python*. Raises EnvironmentUnavailable."""
    compiler = _Compiler(uv, python, time.monotonic() + _RESOLVING_SECONDS)
    lock, left_out = _locked(compiler, wanted)
    found = Resolution(tuple(lock), left_out)
    if older := _too_new(found.versions):
        # Where the declaration leaves the versions of kernel parts open, those that run beside its libraries are taken.
        within = replace(compiler, within=("--constraint", str(written(uv.folder, "older.txt", older))))
        with contextlib.suppress(EnvironmentUnavailable):
            lock, without = _locked(within, wanted)
            if without == left_out:
                return Resolution(tuple(lock), left_out)
    return found


def kernels(uv: Uv, resolution: Resolution, python: str) -> Iterator[tuple[str, ...]]:
    """The packages that a notebook's kernel needs on top of *resolution*, in order of preference.

    An empty tuple stands for a *resolution* with a kernel of its own. Each further one is for the case that the one
    before does not run; there is none where no kernel is compatible with the declaration.
    Raises EnvironmentUnavailable where no package index answers.
    """
    versions = resolution.versions
    if _KERNEL[0] in versions:
        yield ()
        return
    compiler = _Compiler(uv, python, time.monotonic() + _RESOLVING_SECONDS)
    fixed = written(uv.folder, "fixed.txt", resolution.lock)
    older = _older(versions)
    tried: set[tuple[str, ...]] = set()
    for more in dict.fromkeys((tuple(older), *((*older, line) for line in _OLDER_KERNELS), ())):
        requirements = written(uv.folder, "kernel.txt", (*_KERNEL, *more))
        status, lines, errors = compiler.compile(requirements, "--constraint", str(fixed))
        if status and is_unreachable(errors):
            raise EnvironmentUnavailable(*UNREACHABLE)
        overlay = tuple(line for line in lines if canonicalize_name(line.partition("==")[0]) not in versions)
        if not status and overlay not in tried:
            tried.add(overlay)
            yield overlay
        elif status and not more:
            return


@dataclass(frozen=True, slots=True)
class _Compiler:
    """``uv pip compile`` for the Python with the executable *python*, *until* a certain time.

    *within* are arguments of each call.
    """

    uv: Uv
    python: str
    until: float
    within: tuple[str, ...] = ()

    def compile(self, given: Path, *more: str) -> tuple[int, list[str], str]:
        """The status, the exact list and the errors. Raises EnvironmentUnavailable when the time is over."""
        words = (*_COMPILE, "--only-binary", ":all:", "--python", self.python, *self.within, *more, "--", str(given))
        said = self.uv.run(*words, seconds=max(0.0, self.until - time.monotonic()))
        lines = [line.strip() for line in said.output.splitlines()]
        return said.status, [line for line in lines if line and not line.startswith(("#", "-"))], said.errors

    def of(self, lines: Iterable[str], constraints: Iterable[str] = ()) -> tuple[int, list[str], str]:
        """As :meth:`compile`, for *lines*; further packages keep to *constraints*."""
        folder = self.uv.folder
        within = ("--constraint", str(written(folder, "constraints.txt", constraints))) if constraints else ()
        return self.compile(written(folder, "wanted.txt", lines), *within)


def _locked(compiler: _Compiler, wanted: EnvironmentSpec) -> tuple[list[str], tuple[str, ...]]:
    """The exact list, and the conda packages that were left out of it."""
    if wanted.file is not None:
        status, lock, errors = compiler.compile(wanted.file)
        if status:
            raise _refusal(compiler, wanted, errors)
        return lock, ()
    free = {_name(line): line for line in wanted.lines if line not in wanted.certain and line not in wanted.needed}
    if len(wanted.lines) - len(free) > _MOST_ASKED:
        raise EnvironmentUnavailable(
            text("More than {count} packages are declared: they are not installed here.", count=_MOST_ASKED)
        )
    if len(free) <= _MOST_UNNEEDED:
        asked = dict(free)
        for _ in range(_ROUNDS):
            status, lock, errors = compiler.of(_without(wanted.lines, free.keys() - asked.keys()))
            if not status:
                return lock, tuple(name for name in free if name not in asked)
            blamed = {canonicalize_name(name) for name in _BLAMED.findall(errors)} & asked.keys()
            if "unsatisfiable" not in errors or not free:
                raise _refusal(compiler, wanted, errors)
            if not blamed:
                break
            for name in blamed:
                del asked[name]
    return _narrowed(compiler, wanted, free)


def _narrowed(
    compiler: _Compiler, wanted: EnvironmentSpec, free: Mapping[str, str]
) -> tuple[list[str], tuple[str, ...]]:
    """As :func:`_locked`, for the needed lines and those useful to them; other lines of *free* only fix versions."""
    useful = {name: line for name, line in free.items() if line in wanted.useful}
    constraints = {name: line for name, line in free.items() if name not in useful and "[" not in line}
    rounds = 0
    while True:
        status, lock, errors = compiler.of(_without(wanted.lines, free.keys() - useful.keys()), constraints.values())
        if not status:
            have = Resolution(tuple(lock)).versions
            return lock, tuple(name for name in free if name not in have)
        if "unsatisfiable" not in errors or not (useful or constraints):
            raise _refusal(compiler, wanted, errors)
        rounds += 1
        named = {canonicalize_name(name) for name in re.findall(r"[A-Za-z0-9][\w.-]*", errors)}
        blamed = named & constraints.keys() or named & useful.keys()
        if not blamed or rounds == _NARROW_ROUNDS:
            constraints, useful = {}, {}
        for name in blamed:
            constraints.pop(name, None)
            useful.pop(name, None)


def _without(lines: Iterable[str], names: Collection[str]) -> list[str]:
    return [line for line in lines if _name(line) not in names]


def _older(versions: Mapping[str, str]) -> list[str]:
    """Requirements for the older kernel parts that these libraries need."""
    return [line for name, first, line in _BEFORE if name in versions and Version(versions[name]) < first]


def _too_new(versions: Mapping[str, str]) -> list[str]:
    """As :func:`_older`, for those parts that *versions* has in a newer version."""
    requirements = (Requirement(line) for line in _older(versions))
    return [
        str(requirement)
        for requirement in requirements
        if requirement.name in versions and not requirement.specifier.contains(versions[requirement.name])
    ]


def _name(line: str) -> str:
    match = re.match(r"[A-Za-z0-9][\w.-]*", line)
    return canonicalize_name(match[0]) if match else line


def _refusal(compiler: _Compiler, wanted: EnvironmentSpec, errors: str) -> EnvironmentUnavailable:
    if wanted.file is not None and (line := _line_of(wanted.file, errors)):
        reason = sentence(
            "\n".join(part for part in errors.splitlines() if part.lstrip().startswith(("error:", "cause:")))
        )
        return EnvironmentUnavailable(
            text("{path}, line {line}: {reason}.", path=wanted.file.name, line=line, reason=reason),
            text("Write each line as name==version."),
            certain=True,
        )
    if "unsatisfiable" not in errors:
        if is_unreachable(errors):
            return EnvironmentUnavailable(*UNREACHABLE)
        return EnvironmentUnavailable(refused(errors)[0])
    certain = wanted.file is not None or _certain(compiler, wanted, errors)
    return EnvironmentUnavailable(*(_plainly(errors) if certain else None) or refused(errors), certain=certain)


def _plainly(errors: str) -> tuple[Text, Text] | None:
    """The reason and the remedy in plain words, for the frequent simple refusals of uv; None for all others."""
    reason = sentence(errors)
    if match := _NO_VERSION.fullmatch(reason):
        return (
            text("There is no version {version} of {name}.", name=match[1], version=match[2]),
            text("See which versions there are: pip index versions {name}.", name=match[1]),
        )
    if match := _NO_PACKAGE.fullmatch(reason):
        return text("No package is called {name}.", name=match[1]), text("Look for its right name on pypi.org.")
    if match := _NEEDS.match(reason):
        needed = match[2] + match[3]
        required = re.findall(rf"you require ({re.escape(match[2])}[=<>!~][^\s,]*)", reason)
        if declared := [line.rstrip(".") for line in required if line.rstrip(".") != needed]:
            return (
                text(
                    "{name} needs {needed}, but {declared} is declared.",
                    name=match[1],
                    needed=needed,
                    declared=declared[-1],
                ),
                text("Choose versions that go together: install both without a version, and write down what comes."),
            )
    return None


def _certain(compiler: _Compiler, wanted: EnvironmentSpec, errors: str) -> bool:
    """Whether no machine could install *wanted*: its pip lines alone fail, on a full index, in any Python."""
    if not wanted.certain or _NOT_OF_THE_DECLARATION.search(errors):
        return False
    lines = [line for line in wanted.lines if line in wanted.certain]
    if len(lines) < len(wanted.lines):
        status, _, errors = compiler.of(lines)
        if not status or "unsatisfiable" not in errors or _NOT_OF_THE_DECLARATION.search(errors):
            return False
    # Asking for wheels hides a version without any wheel, which may well exist.
    requirements = str(written(compiler.uv.folder, "known.txt", [_KNOWN]))
    words = (*_COMPILE, "--no-build", "--python", compiler.python, "--", requirements)
    return compiler.uv.run(*words, seconds=_RESOLVING_SECONDS).status == 0


def _line_of(path: Path, errors: str) -> int | None:
    if match := _POSITION.search(errors):
        try:
            head = path.read_bytes()[: int(match[1])]
        except OSError:
            return None
        return head.count(b"\n") + 1
    if match := _PLACE.search(errors):
        return int(match[1])
    return None

"""From a declaration to the exact list of what has to be installed, or to the reason why there is none."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from checker.model import Text, text
from checker.sandbox.environments.uv import Uv, is_unreachable, sentence, unreachable
from checker.sandbox.environments.wanted import Unmade, Wanted

_KERNEL = ("ipykernel", "matplotlib-inline")
_OLDER_KERNELS = ("ipykernel<7", "ipykernel<6.20")
"""What is tried where the newest kernel that goes with the packages, by its own account, does not run beside them."""
_BEFORE = (
    ("matplotlib", Version("3.9"), "matplotlib-inline<0.2"),
    ("matplotlib", Version("3.9"), "ipython<8.24"),
)
"""What newer parts of a kernel ask of a library without saying so: below that version, an older part is taken."""
_KNOWN = "packaging"
"""A package that every index of packages has: where it is missing, the index is not one that could tell."""
_NO_VERSION = re.compile(r"Because there is no version of ([\w.-]+)==(\S+) and you require \1==\2")
_NO_PACKAGE = re.compile(r"Because ([\w.-]+) was not found in the [\w ]+ and you require \1\S*")
_NEEDS = re.compile(
    r"Because (?:all versions of )?([\w.-]++)\S*+ depends? on ([\w.-]+)(?:\{[^}]*\})?([=<>!~]\S*) and you require "
)
_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")
_RESOLVING_SECONDS = 240
_MOST_UNNEEDED = 80
"""More packages of conda's that nothing needs are the export of a base environment, which nobody wants to have made."""
_MOST_ASKED = 1_000
_ROUNDS = 6
_NARROW_ROUNDS = 15
"""How often packages are left out one after the other: each time, all the others are looked for again."""
_BLAMED = re.compile(
    r"(?:ecause|and|that) (?:there (?:is|are) no versions? of |all versions of |only )?([A-Za-z0-9][\w.-]*)"
    r"(?:[=<>!~][^ ]*)? ?(?:was not found|and you require|ha(?:s|ve) no|is available)"
)
"""The package that uv names where it does not exist, or not in that version or for this system."""
_POSITION = re.compile(r" in `[^`]*` at position (\d+)")
_PLACE = re.compile(r": [^:\n]*:(\d+):\d+\s*$", re.MULTILINE)
_NOT_OF_THE_DECLARATION = re.compile(
    r"usable wheels|matching (?:python|platform|abi)|wheels with|requested Python version|current Python version"
    r"|does not satisfy Python|pre-?release|exclude-newer|yanked",
    re.IGNORECASE,
)
"""What uv says where another Python, another system or a compiler would help."""


RULES = (_KERNEL, _OLDER_KERNELS, [line for _, _, line in _BEFORE], _MOST_UNNEEDED, _ROUNDS, _NARROW_ROUNDS)
"""What of this module decides what is installed: part of an environment's identity."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """``lock`` is what to install, line by line. ``left_out`` are names of what is declared and not in it."""

    lock: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    @property
    def versions(self) -> dict[str, str]:
        """The versions in ``lock`` by normal name."""
        found = (_PINNED.match(line) for line in self.lock)
        return {normalised(match[1]): match[2] for match in found if match}


def normalised(name: str) -> str:
    """A distribution's name as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def resolve(uv: Uv, wanted: Wanted, python: str) -> Resolution:
    """What to install for *wanted* in the Python whose executable is *python*. Raises Unmade."""
    compiler = _Compiler(uv, python, time.monotonic() + _RESOLVING_SECONDS)
    lock, left_out = _locked(compiler, wanted)
    found = Resolution(tuple(lock), left_out)
    if older := _too_new(found.versions):
        # Where the declaration leaves it open, the parts of its own kernel are those that run beside its libraries.
        within = replace(compiler, within=("--constraint", str(_written(uv.folder, "older.txt", older))))
        with contextlib.suppress(Unmade):
            lock, without = _locked(within, wanted)
            if without == left_out:
                return Resolution(tuple(lock), left_out)
    return found


def kernels(uv: Uv, resolution: Resolution, python: str) -> Iterator[tuple[str, ...]]:
    """What a notebook's kernel needs on top of *resolution*, by preference: nothing, where that brings one itself.

    The next is worth a try where the one before does not run. None at all where no kernel goes with what is declared.
    Raises Unmade where no index of packages answers.
    """
    versions = resolution.versions
    if _KERNEL[0] in versions:
        yield ()
        return
    compiler = _Compiler(uv, python, time.monotonic() + _RESOLVING_SECONDS)
    fixed = _written(uv.folder, "fixed.txt", resolution.lock)
    older = _older(versions)
    tried: set[tuple[str, ...]] = set()
    for more in dict.fromkeys((tuple(older), *((*older, line) for line in _OLDER_KERNELS), ())):
        given = _written(uv.folder, "kernel.txt", (*_KERNEL, *more))
        status, lines, errors = compiler.compile(given, "--constraint", str(fixed))
        if status and is_unreachable(errors):
            raise Unmade(*unreachable())
        overlay = tuple(line for line in lines if normalised(line.partition("==")[0]) not in versions)
        if not status and overlay not in tried:
            tried.add(overlay)
            yield overlay
        elif status and not more:
            return


@dataclass(frozen=True, slots=True)
class _Compiler:
    """uv as it makes exact lists, for the Python whose executable is *python*, *until* a certain time.

    *within* are arguments for each list.
    """

    uv: Uv
    python: str
    until: float
    within: tuple[str, ...] = ()

    def compile(self, given: Path, *more: str) -> tuple[int, list[str], str]:
        """The status, the exact list and the errors. Raises Unmade when the time is over."""
        said = self.uv.run(
            "pip",
            "compile",
            "--quiet",
            "--no-header",
            "--no-annotate",
            "--only-binary",
            ":all:",
            "--python",
            self.python,
            *self.within,
            *more,
            "--",
            str(given),
            seconds=max(0.0, self.until - time.monotonic()),
        )
        lines = [line.strip() for line in said.output.splitlines()]
        return said.status, [line for line in lines if line and not line.startswith(("#", "-"))], said.errors

    def of(self, lines: Iterable[str], constraints: Iterable[str] = ()) -> tuple[int, list[str], str]:
        """The same for *lines*, where what comes along keeps to *constraints*."""
        folder = self.uv.folder
        within = ("--constraint", str(_written(folder, "constraints.txt", constraints))) if constraints else ()
        return self.compile(_written(folder, "wanted.txt", lines), *within)


def _locked(compiler: _Compiler, wanted: Wanted) -> tuple[list[str], tuple[str, ...]]:
    """The exact list, and what of conda's was left out of it."""
    if wanted.file is not None:
        status, lock, errors = compiler.compile(wanted.file)
        if status:
            raise _refusal(compiler, wanted, errors)
        return lock, ()
    free = {_name(line): line for line in wanted.lines if line not in wanted.certain and line not in wanted.needed}
    if len(wanted.lines) - len(free) > _MOST_ASKED:
        raise Unmade(text("More than {count} packages are declared: they are not installed here.", count=_MOST_ASKED))
    if len(free) <= _MOST_UNNEEDED:
        asked = dict(free)
        for _ in range(_ROUNDS):
            status, lock, errors = compiler.of(_without(wanted.lines, free.keys() - asked.keys()))
            if not status:
                return lock, tuple(name for name in free if name not in asked)
            blamed = {normalised(name) for name in _BLAMED.findall(errors)} & asked.keys()
            if "unsatisfiable" not in errors or not free:
                raise _refusal(compiler, wanted, errors)
            if not blamed:
                break
            for name in blamed:
                del asked[name]
    return _narrowed(compiler, wanted, free)


def _narrowed(compiler: _Compiler, wanted: Wanted, free: Mapping[str, str]) -> tuple[list[str], tuple[str, ...]]:
    """What is needed and what is useful to it; of the other lines in *free* the versions, as far as they agree."""
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
        named = {normalised(name) for name in re.findall(r"[A-Za-z0-9][\w.-]*", errors)}
        blamed = named & constraints.keys() or named & useful.keys()
        if not blamed or rounds == _NARROW_ROUNDS:
            constraints, useful = {}, {}
        for name in blamed:
            constraints.pop(name, None)
            useful.pop(name, None)


def _without(lines: Iterable[str], names: Collection[str]) -> list[str]:
    return [line for line in lines if _name(line) not in names]


def _older(versions: Mapping[str, str]) -> list[str]:
    """The older parts of a kernel that go with these libraries."""
    return [line for name, first, line in _BEFORE if name in versions and Version(versions[name]) < first]


def _too_new(versions: Mapping[str, str]) -> list[str]:
    """The same, of those parts that are among *versions* and newer."""
    asked = (Requirement(line) for line in _older(versions))
    return [str(one) for one in asked if one.name in versions and not one.specifier.contains(versions[one.name])]


def _name(line: str) -> str:
    found = re.match(r"[A-Za-z0-9][\w.-]*", line)
    return normalised(found[0]) if found else line


def _written(folder: Path, name: str, lines: Iterable[str]) -> Path:
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def _refusal(compiler: _Compiler, wanted: Wanted, errors: str) -> Unmade:
    if wanted.file is not None and (line := _line_of(wanted.file, errors)):
        reason = sentence(
            "\n".join(one for one in errors.splitlines() if one.lstrip().startswith(("error:", "cause:")))
        )
        return Unmade(
            text("{path}, line {line}: {reason}.", path=wanted.file.name, line=line, reason=reason),
            text("Write each line as name==version."),
            certain=True,
        )
    if "unsatisfiable" not in errors:
        if is_unreachable(errors):
            return Unmade(*unreachable())
        return Unmade(_cannot(errors)[0])
    certain = wanted.file is not None or _certain(compiler, wanted, errors)
    return Unmade(*(_plainly(errors) if certain else None) or _cannot(errors), certain=certain)


def _cannot(errors: str) -> tuple[Text, Text]:
    return (
        text("What is declared cannot be installed: {reason}.", reason=sentence(errors) or "?"),
        text("Try it: uv pip compile, or conda env create."),
    )


def _plainly(errors: str) -> tuple[Text, Text] | None:
    """Why nobody can install it, and what to do, where that is as simple as it mostly is."""
    reason = sentence(errors)
    if found := _NO_VERSION.fullmatch(reason):
        return (
            text("There is no version {version} of {name}.", name=found[1], version=found[2]),
            text("See which versions there are: pip index versions {name}.", name=found[1]),
        )
    if found := _NO_PACKAGE.fullmatch(reason):
        return text("No package is called {name}.", name=found[1]), text("Look for its right name on pypi.org.")
    if found := _NEEDS.match(reason):
        needed = found[2] + found[3]
        asked = re.findall(rf"you require ({re.escape(found[2])}[=<>!~][^\s,]*)", reason)
        if declared := [one.rstrip(".") for one in asked if one.rstrip(".") != needed]:
            return (
                text(
                    "{name} needs {needed}, but {declared} is declared.",
                    name=found[1],
                    needed=needed,
                    declared=declared[-1],
                ),
                text("Choose versions that go together: install both without a version, and write down what comes."),
            )
    return None


def _certain(compiler: _Compiler, wanted: Wanted, errors: str) -> bool:
    """Whether no machine could install it: by its lines for pip alone, on an index that answers, in any Python."""
    if not wanted.certain or _NOT_OF_THE_DECLARATION.search(errors):
        return False
    lines = [line for line in wanted.lines if line in wanted.certain]
    if len(lines) < len(wanted.lines):
        status, _, errors = compiler.of(lines)
        if not status or "unsatisfiable" not in errors or _NOT_OF_THE_DECLARATION.search(errors):
            return False
    # A version that has no wheel at all is hidden by asking for wheels: it may well exist.
    known = str(_written(compiler.uv.folder, "known.txt", [_KNOWN]))
    said = compiler.uv.run("pip", "compile", "--quiet", "--no-header", "--no-annotate", "--no-build", "--python",
                           compiler.python, "--", known, seconds=_RESOLVING_SECONDS)  # fmt: skip
    return said.status == 0


def _line_of(path: Path, errors: str) -> int | None:
    if found := _POSITION.search(errors):
        try:
            head = path.read_bytes()[: int(found[1])]
        except OSError:
            return None
        return head.count(b"\n") + 1
    if found := _PLACE.search(errors):
        return int(found[1])
    return None

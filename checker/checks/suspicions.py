"""Suspicions: two accounts of the work that do not agree, or code by which one could be forged. They cost nothing.

What is said here is read by an instructor, who decides. An honest program must not come to stand here: whatever
chance, a library or an unusual style could bring about says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from checker.facts.cross_check import (
    Difference,
    PlainMain,
    PlainNotebook,
    TamperKind,
    TamperSite,
    TamperSites,
    UnsupportedClaims,
)
from checker.facts.job import Tampering
from checker.facts.lint import UnreachedScores
from checker.facts.main_script import MainRun
from checker.facts.notebook import NotebookRun
from checker.model import Location, Suspicion, Text, Unavailable, known, text

_SHOWN = 10
_OBSERVED = (
    "notebook-runs",
    "functions-load",
    "functions-features",
    "functions-split",
    "functions-train",
    "main-imports",
    "notebook-uses-functions",
    "data-parameters",
)
"""Checks that rest on what is seen inside of the process."""


def notebook_stops_early(plain: PlainNotebook | None) -> tuple[Suspicion, ...]:
    """The kernel says that all cells ran, and as a plain script they do not."""
    if plain is None or plain.stopped_at is None:
        return ()
    cell, error = plain.stopped_at, plain.finished.error
    where: tuple[Location, ...] = (Location(plain.path, cell),)
    if error is None:
        reason = text(
            "The kernel reports that every cell of {path} ran; run as a plain script, they end in cell {cell}, without "
            "an error.",
            path=plain.path,
            cell=cell,
        )
    else:
        where = tuple(dict.fromkeys((*where, *error.where)))
        reason = text(
            "The kernel reports that every cell of {path} ran; run as a plain script, cell {cell} stops with {error}.",
            path=plain.path,
            cell=cell,
            error=f"{error.name}: {error.message[:200]}",
        )
    return (Suspicion("notebook-stops-early", reason, where, ("notebook-runs",)),)


def main_differs_when_watched(plain: PlainMain | None) -> tuple[Suspicion, ...]:
    """The main script does something else where nobody watches it."""
    if plain is None or not plain.differs:
        return ()
    reason = text(
        "{path} behaves otherwise when nothing observes it. What differs: {what}.",
        path=plain.path,
        what=tuple(_DIFFERENCES[one] for one in sorted(plain.differs)),
    )
    return (Suspicion("main-differs", reason, (Location(plain.path),), ("main-runs", "main-reports")),)


_DIFFERENCES: Mapping[Difference, Text] = MappingProxyType(
    {
        Difference.STATUS: text("its exit status"),
        Difference.MATRIX: text("whether it prints a confusion matrix"),
        Difference.REQUESTS: text("what it asks the network for"),
    },
)


def observation_without_source(claims: UnsupportedClaims | None) -> tuple[Suspicion, ...]:
    """What was seen inside of the process cannot come from the source, or left no trace outside."""
    if claims is None:
        return ()
    found: list[Suspicion] = []
    if claims.functions:
        names = tuple(function.name for function in claims.functions)
        where = tuple(function.where for function in claims.functions[:_SHOWN])
        reason = text("These functions are said to have run, and are not defined where they are said to be: {names}.",
                      names=names)  # fmt: skip
        found.append(Suspicion("functions-not-written", reason, where, _OBSERVED))
    if claims.model:
        reason = text("A {model} is said to have been fitted, and no file mentions a forest.", model=claims.model)
        places = (claims.model_where,) if claims.model_where else ()
        found.append(Suspicion("forest-not-written", reason, places, _OBSERVED))
    if claims.reads:
        reason = text(
            "Tables are said to have been read from {sources}, and no such request left the program.",
            sources=tuple(dict.fromkeys(source for source, _ in claims.reads)),
        )
        where = tuple(dict.fromkeys(where for _, where in claims.reads if where is not None))
        found.append(Suspicion("reads-without-request", reason, where[:_SHOWN], ("functions-load", "data-remote")))
    return tuple(found)


def reports_of_another_hand(
    main: MainRun | Unavailable | None, notebook: NotebookRun | Unavailable | None
) -> tuple[Suspicion, ...]:
    """On the line on which the observer reports, somebody else wrote, too."""
    found = []
    for run in (known(main), known(notebook)):
        if run is None:
            continue
        signs = [_TAMPERING[one] for one in sorted(run.finished.tampering)]
        if run.finished.observation is not None and run.observation is None:
            signs.append(text("a report that does not have the form of ours"))
        if signs:
            reason = text(
                "While {path} ran, something wrote on the line that is kept for observing it: {signs}.",
                path=run.path,
                signs=tuple(signs),
            )
            found.append(Suspicion("reports-forged", reason, (Location(run.path),), _OBSERVED))
    return tuple(found)


_TAMPERING: Mapping[Tampering, Text] = MappingProxyType(
    {
        Tampering.FOREIGN: text("words that are not ours"),
        Tampering.REPEATED: text("more than one report, or one before the end"),
        Tampering.TOO_LARGE: text("more than a report can hold"),
    },
)


def code_that_reaches_far(reaches: TamperSites | None) -> tuple[Suspicion, ...]:
    """Code that could change what is seen of it: one suspicion for each kind of means."""
    by_kind: dict[TamperKind, list[TamperSite]] = {}
    for one in reaches.found if reaches is not None else ():
        by_kind.setdefault(one.reach, []).append(one)
    return tuple(
        Suspicion(
            f"reaches-{kind.value}",
            text(
                "{means}: {what}. The exercise needs none of that, and a program could change by it what is "
                "seen of it.",
                means=_MEANS[kind],
                what=tuple(dict.fromkeys(one.what for one in found)),
            ),
            tuple(dict.fromkeys(one.where for one in found))[:_SHOWN],
            ("notebook-runs",) if kind is TamperKind.KERNEL else _OBSERVED,
        )
        for kind, found in by_kind.items()
    )


_MEANS: Mapping[TamperKind, Text] = MappingProxyType(
    {
        TamperKind.KERNEL: text("The code reaches into the notebook's kernel"),
        TamperKind.FRAMES: text("The code looks into the calls of others"),
        TamperKind.MEMORY: text("The code reaches into the memory of the process"),
        TamperKind.LEAVING: text("The code leaves Python by a back door, or waits for its end"),
        TamperKind.TRACING: text("The code traces the interpreter or changes how modules are loaded"),
        TamperKind.CHANNELS: text("The code writes on open files that it did not open, or looks at its own process"),
        TamperKind.LIBRARIES: text("The code replaces parts of libraries"),
        TamperKind.HIDDEN: text("The code runs code that cannot be read as such"),
    },
)


def code_without_source(unreached: UnreachedScores | None) -> tuple[Suspicion, ...]:
    """The main script loads code of the repository that nobody can read."""
    files = unreached.unreadable if unreached is not None else ()
    if not files:
        return ()
    reason = text("The main script loads code whose source is not in the repository: {files}.", files=files)
    where = tuple(Location(path) for path in files[:_SHOWN])
    return (Suspicion("code-without-source", reason, where, ("lint-modules", *_OBSERVED)),)


SUSPICIONS = (
    notebook_stops_early,
    main_differs_when_watched,
    observation_without_source,
    reports_of_another_hand,
    code_that_reaches_far,
    code_without_source,
)

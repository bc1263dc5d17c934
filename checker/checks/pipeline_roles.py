"""The parts that functions play in a run: who reads the data, makes variables, divides, trains and judges.

Names do not matter. A function plays a part if the thing happens while it runs. Two kinds of functions play none:
those that a notebook's cell defines, and those that do everything themselves, from reading to training.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checker.facts.functions import Sighting
from checker.facts.observation import Call, Fit, FittedColumn, Holder, Observation, ProjectFunction, Read, Split, Stack
from checker.model import Location

SCORES = frozenset(
    {
        "score",
        "accuracy_score",
        "balanced_accuracy_score",
        "classification_report",
        "f1_score",
        "log_loss",
        "precision_score",
        "recall_score",
        "roc_auc_score",
        "precision_recall_fscore_support",
        "matthews_corrcoef",
    },
)
MATRICES = frozenset({"confusion_matrix", "crosstab"})
_CONFIGURATION = re.compile(r"(^|/)[^/]*\.(ya?ml|toml|ini|cfg|env|json)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Loading:
    """The functions that read data and give tables, and how many tables they give."""

    functions: tuple[ProjectFunction, ...]
    tables: int
    other_kinds: tuple[str, ...] = ()


class Roles:
    """The parts that the functions of one observation play.

    Where it is known whose matrix is printed (*reported*), other models are none that a function trains.
    """

    def __init__(self, observation: Observation, reported: tuple[Fit, ...] = ()) -> None:
        self._seen = observation
        self._fits = reported or observation.fits
        self.do_all = _do_all(observation)

    def players(self, stack: Stack) -> tuple[ProjectFunction, ...]:
        """The functions of a stack that may play a part, the innermost first."""
        return tuple(
            function
            for function in dict.fromkeys(reversed(stack))
            if function.holder is not Holder.CELL and function not in self.do_all
        )

    def loading(self) -> Loading:
        """Who reads: while it runs something is read, and it gives tables that it did not get."""
        stacks = [
            *(read.stack for read in self._seen.reads),
            *(opened.stack for opened in self._seen.opened if not opened.writing and not is_configuration(opened.path)),
            *(connection.stack for connection in self._seen.connections),
        ]
        reading = {function for stack in stacks for function in self.players(stack)}
        fitting = {function for fit in self._seen.fits for function in fit.stack}
        tables = 0
        players: dict[ProjectFunction, None] = {}
        kinds: dict[str, None] = {}
        for call in self._seen.calls:
            if call.function not in reading or call.function in fitting or call.raised:
                continue
            given = [table for table in call.returned if table.frame]
            kinds.update(dict.fromkeys(table.kind for table in call.returned if not table.frame))
            if given and players.keys().isdisjoint(call.stack):
                players[call.function] = None
                tables += max(len(given), self._read_within(call))
        return Loading(tuple(players), tables, tuple(kinds))

    def _read_within(self, call: Call) -> int:
        """How many tables were read in the function, on average over its calls: they may have been joined into one."""
        reads = sum(call.function in read.stack for read in self._seen.reads)
        return reads // max(call.function.calls, 1)

    def fit(self) -> Fit | None:
        """The fit that counts: of those that are reported, the last one that was made by a function, else the last."""
        by_function = [fit for fit in self._fits if self.players(fit.stack)]
        chosen = by_function or list(self._fits)
        return chosen[-1] if chosen else None

    def made(self) -> tuple[tuple[FittedColumn, ...], tuple[FittedColumn, ...]]:
        """The fitted columns that differ from what was read: those made in functions, and the others."""
        fit = next((fit for fit in reversed((*self._seen.fits, *self._fits)) if fit.columns), None)
        differing = [column for column in fit.columns if column.differs] if fit else []
        inside = tuple(column for column in differing if column.made_in and self.players((column.made_in,)))
        return inside, tuple(column for column in differing if column not in inside)

    def splitting(self) -> tuple[ProjectFunction, ...]:
        """Who divides the rows. Folds of a search count only where nothing else divides them."""
        plain = [split for split in self._seen.splits if split.means != "folds"]
        for split in plain or self._seen.splits:
            if players := self.players(split.stack):
                return players[:1]
        return ()

    def split_in_one_for_all(self) -> bool:
        """Whether the rows are divided in a function that does everything."""
        return any(split.stack and split.stack[-1] in self.do_all for split in self._splits())

    def _splits(self) -> tuple[Split, ...]:
        """The divisions of rows; those that are only told by row counts, where there is no other."""
        plain = tuple(split for split in self._seen.splits if split.means != "rows")
        return plain or self._seen.splits

    def training(self) -> tuple[ProjectFunction, ...]:
        fit = self.fit()
        return self.players(fit.stack)[:1] if fit else ()

    def judging(self, kinds: frozenset[str] = SCORES | MATRICES | {"predict"}) -> tuple[ProjectFunction, ...]:
        """Who judges the model."""
        for evaluation in self._seen.evaluations:
            if evaluation.what in kinds and (players := self.players(evaluation.stack)):
                return players[:1]
        return ()

    def judged(self, kinds: frozenset[str]) -> bool:
        """Whether a measure of these kinds is computed anywhere."""
        return any(evaluation.what in kinds for evaluation in self._seen.evaluations)

    def missing(self) -> tuple[str, ...]:
        """The parts that no function plays: ``load``, ``features``, ``split``, ``train``.

        One variable that a function makes is enough here: whether they are enough of them is another question.
        """
        inside, _ = self.made()
        there = {
            "load": bool(self.loading().functions),
            "features": bool(inside),
            "split": bool(self.splitting()),
            "train": bool(self.training()),
        }
        return tuple(part for part, played in there.items() if not played)

    def places(self, part: str) -> tuple[Location, ...]:
        """Where a part is played outside of functions."""
        events: Mapping[str, Sequence[Read | Split | Fit]] = {
            "load": self._seen.reads,
            "split": self._splits(),
            "train": self._seen.fits,
        }
        found = [event.where for event in events.get(part, ()) if not self.players(event.stack)]
        return tuple(dict.fromkeys(where for where in found if where is not None))[:3]


def _do_all(seen: Observation) -> frozenset[ProjectFunction]:
    """The functions that read and train by themselves, and those of the script that call all the others."""
    innermost_reads = {read.stack[-1] for read in seen.reads if read.stack}
    innermost_fits = {fit.stack[-1] for fit in seen.fits if fit.stack}
    reading = {function for read in seen.reads for function in read.stack}
    fitting = {function for fit in seen.fits for function in fit.stack}
    whole = {function for function in reading & fitting if function.holder is Holder.SCRIPT}
    return frozenset((innermost_reads & innermost_fits) | whole)


def is_configuration(path: str) -> bool:
    """Whether a file is one of settings, and no data."""
    return _CONFIGURATION.search(path) is not None


def reads_by_configuration(seen: Sighting) -> bool:
    """Whether the main script itself reads its tables, from where a configuration file says."""
    observation = seen.observation
    opened = any(is_configuration(opened.path) and opened.inside for opened in observation.opened)
    by_script = [read for read in observation.reads if read.where is not None and read.where.path == seen.path]
    return opened and len(by_script) > 1

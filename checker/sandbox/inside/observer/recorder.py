"""The recorder of one run: its functions, their calls, and the events within them."""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import FrameType
from typing import Any

from . import arguments
from .classes import TargetClasses
from .columns import LOADED, OUTSIDE, ColumnHistory
from .locations import Locations
from .predictions import Predictions
from .tables import FoundTable, profiles, table, tables_in

_KINDS = ("calls", "reads", "splits", "fits", "evaluations", "prints", "opened", "imports", "connections")
_CALLS = 1200
_CALLS_OF_ONE = 24
_FUNCTIONS = 500
_FILES = 2000
_EVENTS = 300
_FITS_WITH_COLUMNS = 12
_DEEPEST = 40
_MOST_LABELLED = 12
_MOST_LABELS = 2000
_STRING = 300
_STANDARD = getattr(sys, "stdlib_module_names", frozenset(sys.builtin_module_names))
_SECONDS = 2.0
"""Seconds that examining tables may take; later tables are only counted."""


class WrittenFunction:
    """A function in the project's source."""

    __slots__ = ("calls", "holder", "line", "name", "number", "place", "rules", "signature")

    def __init__(self, name: str, line: int, place: Any, holder: str) -> None:
        self.name = name
        self.line = line
        self.place = place
        self.holder = holder
        self.number = -1
        self.calls = 0
        self.rules: list[dict[str, Any]] = []
        self.signature: inspect.Signature | None = None


class RunningCall:
    """A call in progress: its function, and the row counts of the tables that it got or read."""

    __slots__ = ("entry", "quiet_reads", "reads", "rows")

    def __init__(self, entry: WrittenFunction) -> None:
        self.entry = entry
        self.rows: list[int] = []
        self.reads = 0
        self.quiet_reads = 0


class _Thread(threading.local):
    def __init__(self) -> None:
        self.stack: list[RunningCall] = []
        self.predictions = 0
        self.looking = False
        self.reading = 0


class Recorder:
    """Records the observation of one run. Recording never raises into student code."""

    def __init__(self, options: dict[str, Any], root: str) -> None:
        self.places = Locations(root)
        self.columns = ColumnHistory()
        self.classes = TargetClasses(
            [str(label) for label in options.get("classes") or ()], str(options.get("positive") or "")
        )
        self.predictions = Predictions(self.classes)
        self._fit_of: dict[int, int] = {}
        """The number of the last fit of each model, by the model's id."""
        self.lineage: dict[int, Any] = {}
        """By width: the column names of the last table of that width that was converted to an array."""
        self.estimators = [str(name) for name in options.get("estimators") or ()]
        """The classes whose models are observed, by module and name."""
        self._parameter = str(options.get("parameter") or "")
        self._counted_by = str(options.get("counted_by") or "")
        self._rules = list(options.get("replace") or ())
        self._tables = bool(options.get("tables", True))
        self._entries: list[WrittenFunction] = []
        self._thread = _Thread()
        self._main_stack = self._thread.stack
        self._main_thread = threading.get_ident()
        self._spent = 0.0
        self._open = True
        self._cut = False
        self._hurried = False
        """Whether the time for tables was over: another run may show more."""
        self._process = os.getpid()
        self._seen: dict[str, list[dict[str, Any]]] = {kind: [] for kind in _KINDS}
        self._files: set[str] | None = set()
        self._once: dict[Any, dict[str, Any]] = {}
        self._replaced: dict[str, None] = {}
        self._asked: dict[tuple[str, str], None] = {}
        self._started_others = False
        self._loaded_rows: set[int] = set()
        self._folds = False
        self._labelled = 0

    # --- functions

    def entry(self, name: str, line: int, place: Any, names: dict[str, Any]) -> WrittenFunction:
        """The entry of a function that is being defined, in a module with these global *names*."""
        script = names.get("__name__") == "__main__"
        holder = "cell" if place[0] is None else "script" if script else "module"
        made = WrittenFunction(name, line, place, holder)
        key = (place[0] or "", name)
        made.rules = [rule for rule in self._rules if rule.get("function") in ("*", ":".join(key))]
        return made

    def around(self, entry: WrittenFunction, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Call *function*, and record its arguments and its result."""
        entry.calls += 1
        stack = self._thread.stack
        if not self._open or self._thread.looking:
            return function(*args, **kwargs)
        if entry.number < 0:
            self._number(entry)
        if entry.rules:
            args, kwargs = self._replacing(entry, function, args, kwargs)
        active = RunningCall(entry)
        if entry.calls > _CALLS_OF_ONE or len(self._seen["calls"]) >= _CALLS or entry.number < 0:
            stack.append(active)
            try:
                return function(*args, **kwargs)
            finally:
                stack.pop()
        call, before = self._enter(active, function, args, kwargs, sys._getframe(2))
        stack.append(active)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            stack.pop()
            call["raised"] = _short(type(error).__name__)
            raise
        stack.pop()
        self._leave(active, call, before, args, kwargs, result)
        return result

    def _number(self, entry: WrittenFunction) -> None:
        if len(self._entries) < _FUNCTIONS:
            entry.number = len(self._entries)
            self._entries.append(entry)
        else:
            self._cut = True

    def _replacing(self, entry: WrittenFunction, function: Any, args: Any, kwargs: Any) -> Any:
        try:
            signature = self._signature(entry, function)
            done, args, kwargs = arguments.replaced(signature, entry.rules, args, kwargs)
        except Exception:
            return args, kwargs
        if done:
            self._replaced[(entry.place[0] or "") + ":" + entry.name] = None
        return args, kwargs

    def _signature(self, entry: WrittenFunction, function: Any) -> inspect.Signature:
        if entry.signature is None:
            entry.signature = inspect.signature(function)
        return entry.signature

    def _enter(self, active: RunningCall, function: Any, args: Any, kwargs: Any, frame: FrameType | None) -> Any:
        call: dict[str, Any] = {
            "function": active.entry.number,
            "caller": self.places.of_frame(frame),
            "stack": self._numbers(),
            "arguments": [],
            "given": [],
            "returned": [],
            "made": [],
            "raised": "",
        }
        self._seen["calls"].append(call)
        before: list[tuple[str, Any, Any]] = []
        with self._examining() as may_examine:
            signature = self._signature(active.entry, function)
            call["arguments"] = arguments.simple(signature, args, kwargs)
            if may_examine:
                tables = _given(signature, args, kwargs)
                call["given"] = [_described(found_table, self.names(found_table)) for found_table in tables]
                active.rows = [found_table.rows for found_table in tables]
                for found_table in tables:
                    before.extend(self._profiles(found_table, self._origin()))
                self._label((*args, *kwargs.values()), sure=False)
        return call, before

    def _leave(self, active: RunningCall, call: Any, before: Any, args: Any, kwargs: Any, result: Any) -> None:
        with self._examining() as may_examine:
            if not may_examine:
                return
            returned = tables_in(result, "return")
            self._label(result if isinstance(result, (tuple, list)) else (result,), sure=False)
            call["returned"] = [_described(found_table, self.names(found_table)) for found_table in returned]
            returned_ids = {id(found_table.value) for found_table in returned}
            signature = self._signature(active.entry, None)
            changed = [found for found in _given(signature, args, kwargs) if id(found.value) not in returned_ids]
            fresh = active.reads == 0 and active.quiet_reads > 0 and not before
            made: dict[str, None] = {}
            for found_table in [*returned, *changed]:
                self._made(found_table, before, active.entry.number, made, fresh=fresh)
            call["made"] = [_short(name) for name in list(made)[:200]]
            call["returned"] += [
                _described(found_table, self.names(found_table))
                for found_table in changed
                if found_table.holder.startswith("self.")
                and id(found_table.value) not in {id(value) for _, _, value in before}
            ]
            self._divided(active, returned)

    def _made(self, found_table: FoundTable, before: Any, number: int, made: dict[str, None], *, fresh: bool) -> None:
        for name, column in profiles(found_table, self.names(found_table)):
            if any(column_name == name and column.is_part_of(profile) for column_name, profile, _ in before):
                continue
            origin = self.columns.see(name, column, LOADED if fresh and not self.columns.has(name) else number)
            if origin != LOADED:
                made[name] = None
        if found_table.columns:
            self.lineage[found_table.width] = found_table.columns

    def _profiles(self, found_table: FoundTable, origin: int) -> list[tuple[str, Any, Any]]:
        rows = []
        for name, column in profiles(found_table, self.names(found_table)):
            self.columns.see(name, column, origin)
            rows.append((name, column, found_table.value))
        return rows

    def names(self, found_table: FoundTable) -> list[str]:
        """The column names of a table; for an array, those of the last table of that width converted to an array."""
        if found_table.columns is not None:
            return found_table.columns
        names = [str(name) for name in self.lineage.get(found_table.width, ())]
        return names or [str(number) for number in range(found_table.width)]

    def _divided(self, active: RunningCall, returned: list[FoundTable]) -> None:
        """Record a split where two of the results together have as many rows as a table that the call got."""
        rows = [found.rows for found in returned if found.rows > 0]
        for number, first in enumerate(rows):
            for second in rows[number + 1 :]:
                whole = first + second in active.rows
                if whole and not {first, second} <= self._loaded_rows:
                    self._add("splits", means="rows", where=None, stack=[*self._numbers(), active.entry.number])
                    return

    # --- events

    def read(self, reader: str, source: str, result: Any) -> None:
        """Record that a reader of a library returned *result*."""
        with self._examining() as may_examine:
            for found_table in tables_in(result, "read") if may_examine else ():
                self._loaded_rows.add(found_table.rows)
                self._profiles(found_table, LOADED)
                for active in self._stack():
                    active.reads += 1
                    active.rows.append(found_table.rows)
                names = self.names(found_table)
                self._event("reads", reader=reader, source=_short(source), rows=found_table.rows, columns=_names(names))

    def reading(self, step: int) -> int:
        """Change the depth of nested readers by *step*, and give it: only the outermost reader is recorded."""
        self._thread.reading += step
        return self._thread.reading

    def split(self, means: str) -> None:
        if means == "folds":
            self._folds = True
        self._event("splits", means=means)

    def became_array(self, names: Any, width: int) -> None:
        """Note that a table with these column *names* was converted to an array of that *width*."""
        if self._open and not self._thread.looking:
            self.lineage[width] = names

    def transformed(self, estimator: Any, given: Any, result: Any) -> None:
        """Record that a transformer made *result* from *given*; column names are kept where possible."""
        with self._examining() as may_examine, contextlib.suppress(Exception):
            source, target = (table(given, "given"), table(result, "result")) if may_examine else (None, None)
            if source is None or target is None:
                return
            names: Any = self.names(source)
            if target.width != source.width:
                names = [str(name).rpartition("__")[2] for name in estimator.get_feature_names_out()]
            if target.columns is None and len(names) == target.width:
                self.lineage[target.width] = names
                self._profiles(target, self._origin())

    def fitting(self, given: Any, labels: Any) -> dict[str, Any]:
        """The description of the data on which a model is about to be fitted."""
        description: dict[str, Any] = {"rows": 0, "columns": [], "ones": None}
        with self._examining() as may_examine:
            found_table = table(given, "fit")
            if found_table is None:
                return description
            description["rows"] = found_table.rows
            classes = self.classes.of(labels)
            if classes is not None:
                description["ones"] = classes.count(1)
            self.predictions.label(labels, sure=True)
            if may_examine and len(self._seen["fits"]) < _FITS_WITH_COLUMNS:
                description["columns"] = [
                    self._fitted(name, column) for name, column in profiles(found_table, self.names(found_table))
                ]
        return description

    def _fitted(self, name: str, column: Any) -> dict[str, Any]:
        name = name.rpartition("__")[2] or name
        origin = self.columns.see(name, column, self._origin())
        maker = self.columns.first_change.get(name)
        stem = name
        while "_" in stem and (maker is None or maker < 0):
            stem = stem.rpartition("_")[0]
            maker = self.columns.first_change.get(stem, maker)
        if maker is None:
            maker = origin
        differs = origin != LOADED
        return {"name": _short(name), "differs": differs, "made_in": maker if differs and maker >= 0 else None}

    def fitted(self, model: Any, description: dict[str, Any]) -> None:
        """Record that *model* was fitted on the data that :meth:`fitting` described."""
        self._rows_left_out(description["rows"])
        value = self._value(model)
        self._event("fits", model=_short(type(model).__name__), value=value, process=os.getpid(), **description)
        self._fit_of[id(model)] = len(self._seen["fits"]) - 1

    def _value(self, model: Any) -> int | None:
        """The value of the parameter of a fitted *model*; None where it is no whole number."""
        try:
            counted = getattr(model, self._counted_by, None) if self._counted_by else None
            if isinstance(counted, list):
                return len(counted)
            value = arguments.plain(getattr(model, self._parameter, None)) if self._parameter else None
        except Exception:  # a property of the project's own class
            return None
        return value if isinstance(value, int) else None

    @property
    def predictions_here(self) -> int:
        """How many predictions were recorded in this thread."""
        return self._thread.predictions

    def predicted(self, model: Any, classes: Callable[[], Iterable[int]]) -> None:
        """Record the prediction of *model*: for each row, whether it is of the class that counts."""
        self._thread.predictions += 1
        added = False
        with self._examining(in_any_case=True) as may_examine, contextlib.suppress(Exception):
            if may_examine:
                self.predictions.add(bytes(classes()), self._fit_of.get(id(model), 0))
                added = True
        self.predictions.cut |= not added

    def labelled(self, *values: Any) -> None:
        """Note *values* as possible labels of rows."""
        self._labelled += 1
        with self._examining(in_any_case=self._labelled <= _MOST_LABELS) as may_examine, contextlib.suppress(Exception):
            if may_examine:
                self._label(values, sure=True)

    def _label(self, values: Sequence[Any], *, sure: bool) -> None:
        for each in values[:_MOST_LABELLED]:
            self.predictions.label(each, sure=sure)

    def _rows_left_out(self, rows: int) -> None:
        """Record a split where a running function got or read more rows than the model: it divided them itself."""
        if self._folds or not rows:
            return
        for depth, active in enumerate(self._stack()):
            if active.rows and rows < max(active.rows) <= 4 * rows and rows not in active.rows:
                numbers = [each.entry.number for each in self._stack()[: depth + 1] if each.entry.number >= 0]
                self._event("splits", means="rows", stack=numbers)
                return

    def evaluated(self, what: str) -> None:
        self._event("evaluations", what=what)

    def printed(self, frame: FrameType | None) -> None:
        """Record that the line of *frame* printed, if it is the project's."""
        if frame is None or not self._open or self.places.of_code(frame.f_code.co_filename) is None:
            return
        where = self.places.of_frame(frame)
        stack = self._numbers()
        key = ("print", *_key(where), *stack)
        if key in self._once:
            self._once[key]["times"] += 1
        elif (event := self._add("prints", where=where, times=1, stack=stack)) is not None:
            self._once[key] = event

    def opened(self, path: str, *, writing: bool) -> None:
        """Record that a file was opened that is no source code."""
        relative = self.places.relative(path)
        if not writing:
            for active in self._stack():
                active.quiet_reads += 1
        self._event("opened", once=True, path=_short(relative or path), inside=relative is not None, writing=writing)

    def file(self, path: str) -> None:
        """Record that a file of the tree was opened for reading."""
        if self._files is not None:
            self._files.add(path)
            if len(self._files) > _FILES:
                self._files = None

    def imported(self, package: str, where: Any) -> None:
        key = ("import", package, where[0])
        if key not in self._once:
            self._once[key] = {}
            self._add("imports", package=_short(package), where=where)

    def asked(self, requester: str, package: str) -> None:
        """Record that any code, also a library's, imports *package*, which may have been loaded before."""
        pair = (requester, package)
        if pair not in self._asked and self._open:
            if len(self._asked) < _EVENTS:
                self._asked[pair] = None
            else:
                self._cut = True

    def connected(self, host: str, port: int) -> None:
        for active in self._stack():
            active.quiet_reads += 1
        self._event("connections", once=True, host=_short(host), port=port)

    def started(self) -> None:
        """Record the start of another program, if the project's code starts it through the standard library alone.

        Libraries start programs, too, for example at import or to count processors.
        """
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and not self._started_others:
            if self.places.of_code(frame.f_code.co_filename) is not None:
                self._started_others = True
            name = frame.f_globals.get("__name__")
            package = name.partition(".")[0] if type(name) is str else ""
            if package == "importlib" or package not in _STANDARD:
                return
            frame = frame.f_back

    def where(self) -> Any:
        """The innermost line of the project that runs in this thread, else in the main thread."""
        place = self.places.of_frame(sys._getframe(1))
        if place is None and threading.get_ident() != self._main_thread:
            place = self.places.of_frame(sys._current_frames().get(self._main_thread))
        return place

    def _event(self, kind: str, *, once: bool = False, **values: Any) -> None:
        if not self._open:
            return
        values.setdefault("where", self.where())
        values.setdefault("stack", self._numbers())
        if once:
            key = (kind, *_key(values["where"]), *(str(value) for value in values.values()))
            if key in self._once:
                return
            self._once[key] = values
        self._add(kind, **values)

    def _add(self, kind: str, **values: Any) -> dict[str, Any] | None:
        events = self._seen[kind]
        if len(events) >= _EVENTS:
            self._cut = True
            return None
        events.append(values)
        return values

    # --- the stack

    def _stack(self) -> list[RunningCall]:
        return self._thread.stack or self._main_stack

    def _numbers(self) -> list[int]:
        numbers = [active.entry.number for active in self._stack() if active.entry.number >= 0]
        return numbers if len(numbers) <= _DEEPEST else numbers[:8] + numbers[8 - _DEEPEST :]

    def _origin(self) -> int:
        numbers = self._numbers()
        return numbers[-1] if numbers else OUTSIDE

    # --- examining tables without recording that

    @contextlib.contextmanager
    def _examining(self, *, in_any_case: bool = False) -> Iterator[bool]:
        """A context in which an error only cuts the observation short; gives whether tables may be examined in it.

        They may not within another examination, or when the time is over. *in_any_case* ignores the time, for kinds of
        events that are few.
        """
        may_examine = self._open and self._tables and not self._thread.looking
        if may_examine and self._spent > _SECONDS and not in_any_case:
            may_examine, self._cut, self._hurried = False, True, True
        started = time.thread_time()  # not the clock: on a busy machine a run waits, and shows no less for it
        self._thread.looking |= may_examine
        try:
            yield may_examine
        except Exception:
            self._cut = True
        finally:
            if may_examine:
                self._thread.looking = False
                self._spent += time.thread_time() - started

    @property
    def looking(self) -> bool:
        return self._thread.looking

    def close(self) -> dict[str, Any]:
        """End recording and give the observation."""
        self._open = False
        functions = [
            {
                "path": entry.place[0] or "",
                "cell": entry.place[1],
                "name": _short(entry.name),
                "line": entry.line,
                "holder": entry.holder,
                "calls": entry.calls,
            }
            for entry in self._entries
        ]
        return {
            "functions": functions,
            **{kind: list(events) for kind, events in self._seen.items()},
            "replaced": list(self._replaced),
            "asked": [[_short(name) for name in pair] for pair in list(self._asked)],
            "predictions": self.predictions.told() if self.predictions.seen and not self.predictions.cut else None,
            "process": self._process,
            "cut": self._cut,
            "started_others": self._started_others,
            "hurried": self._hurried,
            "files": None if self._files is None else sorted(self._files),
        }


def _given(signature: inspect.Signature, args: Any, kwargs: Any) -> list[FoundTable]:
    names = list(signature.parameters)
    tables: list[FoundTable] = []
    for number, value in enumerate(args):
        tables += tables_in(value, names[min(number, len(names) - 1)] if names else "")
    for name, value in kwargs.items():
        tables += tables_in(value, str(name))
    return tables


def _described(found_table: FoundTable, names: list[str]) -> dict[str, Any]:
    return {
        "kind": found_table.kind,
        "rows": found_table.rows,
        "columns": _names(names),
        "holder": _short(found_table.holder),
        "frame": found_table.frame,
    }


def _names(names: list[str]) -> list[str]:
    return [_short(name) for name in names[:150]]


def _short(value: object) -> str:
    string = value if type(value) is str else str(value)
    return string.encode("utf-8", "replace").decode()[:_STRING]


def _key(where: Any) -> tuple[Any, ...]:
    return tuple(where) if where else ()

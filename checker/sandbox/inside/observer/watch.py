"""What was seen so far: the functions that run, the calls, and the events within them."""

from __future__ import annotations

import inspect
import os
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from . import arguments
from .columns import LOADED, OUTSIDE, Columns
from .places import Places
from .tables import Found, profiles, table, tables_in

_KINDS = ("calls", "reads", "splits", "fits", "evaluations", "prints", "opened", "imports", "connections")
_CALLS = 1200
_CALLS_OF_ONE = 24
_FUNCTIONS = 500
_FILES = 2000
_EVENTS = 300
_FITS_WITH_COLUMNS = 12
_DEEPEST = 40
_STRING = 300
_SECONDS = 2.0
"""The time, in seconds, that may go into looking at tables; later ones are only counted."""


class Entry:
    """A function of the project, as it is written."""

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


class Active:
    """A call that runs: its function, and the row counts of the tables that it got or read."""

    __slots__ = ("entry", "quiet_reads", "reads", "rows")

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.rows: list[int] = []
        self.reads = 0
        self.quiet_reads = 0


class _Thread(threading.local):
    def __init__(self) -> None:
        self.stack: list[Active] = []
        self.looking = False
        self.reading = 0


class Watch:
    """Everything that one run shows. Recording never raises into student code."""

    def __init__(self, options: dict[str, Any], root: str) -> None:
        self.places = Places(root)
        self.columns = Columns()
        self.lineage: dict[int, Any] = {}
        """Column names of the last table of that width that became an array."""
        self._rules = list(options.get("replace") or ())
        self._tables = bool(options.get("tables", True))
        self._entries: list[Entry] = []
        self._thread = _Thread()
        self._main_stack = self._thread.stack
        self._main_thread = threading.get_ident()
        self._spent = 0.0
        self._open = True
        self._cut = False
        self._hurried = False
        """Whether time was short: another run may show more."""
        self._process = os.getpid()
        self._seen: dict[str, list[dict[str, Any]]] = {
            kind: []
            for kind in (
                "calls",
                "reads",
                "splits",
                "fits",
                "evaluations",
                "prints",
                "opened",
                "imports",
                "connections",
            )
        }
        self._files: set[str] | None = set()
        self._once: dict[Any, dict[str, Any]] = {}
        self._replaced: dict[str, None] = {}
        self._asked: dict[tuple[str, str], None] = {}
        self._loaded_rows: set[int] = set()
        self._folds = False

    # --- functions

    def entry(self, name: str, line: int, place: Any, names: dict[str, Any]) -> Entry:
        """The entry of a function that is defined now, in a module with these global *names*."""
        script = names.get("__name__") == "__main__"
        holder = "cell" if place[0] is None else "script" if script else "module"
        made = Entry(name, line, place, holder)
        key = (place[0] or "", name)
        made.rules = [rule for rule in self._rules if _matches(rule.get("function"), *key)]
        return made

    def around(self, entry: Entry, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Call *function*, and see what goes in and comes out."""
        entry.calls += 1
        stack = self._thread.stack
        if not self._open or self._thread.looking:
            return function(*args, **kwargs)
        if entry.number < 0:
            self._number(entry)
        if entry.rules:
            args, kwargs = self._replacing(entry, function, args, kwargs)
        active = Active(entry)
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

    def _number(self, entry: Entry) -> None:
        if len(self._entries) < _FUNCTIONS:
            entry.number = len(self._entries)
            self._entries.append(entry)
        else:
            self._cut = True

    def _replacing(self, entry: Entry, function: Any, args: Any, kwargs: Any) -> Any:
        try:
            signature = self._signature(entry, function)
            done, args, kwargs = arguments.replaced(signature, entry.rules, args, kwargs)
        except Exception:
            return args, kwargs
        if done:
            self._replaced[(entry.place[0] or "") + ":" + entry.name] = None
        return args, kwargs

    def _signature(self, entry: Entry, function: Any) -> inspect.Signature:
        if entry.signature is None:
            entry.signature = inspect.signature(function)
        return entry.signature

    def _enter(self, active: Active, function: Any, args: Any, kwargs: Any, frame: FrameType | None) -> Any:
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
        started = self._look()
        try:
            signature = self._signature(active.entry, function)
            call["arguments"] = arguments.simple(signature, args, kwargs)
            if started is not None:
                given = _given(signature, args, kwargs)
                call["given"] = [_described(found, self.names(found)) for found in given]
                active.rows = [found.rows for found in given]
                for found in given:
                    before.extend(self._profiles(found, self._origin()))
        except Exception:
            self._cut = True
        finally:
            self._looked(started)
        return call, before

    def _leave(self, active: Active, call: Any, before: Any, args: Any, kwargs: Any, result: Any) -> None:
        started = self._look()
        if started is None:
            return
        try:
            returned = tables_in(result, "return")
            call["returned"] = [_described(found, self.names(found)) for found in returned]
            known = {id(found.value) for found in returned}
            signature = self._signature(active.entry, None)
            changed = [found for found in _given(signature, args, kwargs) if id(found.value) not in known]
            fresh = active.reads == 0 and active.quiet_reads > 0 and not before
            made: dict[str, None] = {}
            for found in [*returned, *changed]:
                self._made(found, before, active.entry.number, made, fresh=fresh)
            call["made"] = [_short(name) for name in list(made)[:200]]
            call["returned"] += [
                _described(found, self.names(found))
                for found in changed
                if found.holder.startswith("self.") and id(found.value) not in {id(value) for _, _, value in before}
            ]
            self._divided(active, returned)
        except Exception:
            self._cut = True
        finally:
            self._looked(started)

    def _made(self, found: Found, before: Any, number: int, made: dict[str, None], *, fresh: bool) -> None:
        for name, seen in profiles(found, self.names(found)):
            if any(other == name and seen.is_part_of(profile) for other, profile, _ in before):
                continue
            origin = self.columns.see(name, seen, LOADED if fresh and not self.columns.has(name) else number)
            if origin != LOADED:
                made[name] = None
        if found.columns:
            self.lineage[found.width] = found.columns

    def _profiles(self, found: Found, origin: int) -> list[tuple[str, Any, Any]]:
        rows = []
        for name, seen in profiles(found, self.names(found)):
            self.columns.see(name, seen, origin)
            rows.append((name, seen, found.value))
        return rows

    def names(self, found: Found) -> list[str]:
        """The column names of a table; of an array, those of the last table of that width that became one."""
        if found.columns is not None:
            return found.columns
        return self.lineage_of(found.width) or [str(number) for number in range(found.width)]

    def lineage_of(self, width: int) -> list[str] | None:
        names = self.lineage.get(width)
        return None if names is None else [str(name) for name in names]

    def _divided(self, active: Active, returned: list[Found]) -> None:
        """Two of the results have together as many rows as one of the tables that went in."""
        rows = [found.rows for found in returned if found.rows > 0]
        for number, first in enumerate(rows):
            for second in rows[number + 1 :]:
                whole = first + second in active.rows
                if whole and not {first, second} <= self._loaded_rows:
                    self._add("splits", means="rows", where=None, stack=[*self._numbers(), active.entry.number])
                    return

    # --- events

    def read(self, reader: str, source: str, result: Any) -> None:
        """A library's reader gave *result*."""
        started = self._look()
        if started is None:
            return
        try:
            for found in tables_in(result, "read"):
                self._loaded_rows.add(found.rows)
                self._profiles(found, LOADED)
                self._read_in_stack(found.rows)
                names = self.names(found)
                self._event("reads", reader=reader, source=_short(source), rows=found.rows, columns=_names(names))
        except Exception:
            self._cut = True
        finally:
            self._looked(started)

    def reading(self, step: int) -> int:
        """Count how deep readers call each other: only the outermost is told."""
        self._thread.reading += step
        return self._thread.reading

    def split(self, means: str) -> None:
        if means == "folds":
            self._folds = True
        self._event("splits", means=means)

    def became_array(self, names: Any, width: int) -> None:
        """A table with these column names was turned into an array of that width."""
        if self._open and not self._thread.looking:
            self.lineage[width] = names

    def transformed(self, estimator: Any, given: Any, result: Any) -> None:
        """A transformer made *result* out of *given*; names go over where they can."""
        started = self._look()
        if started is None:
            return
        try:
            source, target = table(given, "given"), table(result, "result")
            if source is None or target is None:
                return
            names: Any = self.names(source)
            if target.width != source.width:
                names = [str(name).rpartition("__")[2] for name in estimator.get_feature_names_out()]
            if target.columns is None and len(names) == target.width:
                self.lineage[target.width] = names
                self._profiles(target, self._origin())
        except Exception:
            pass
        finally:
            self._looked(started)

    def fitting(self, given: Any) -> dict[str, Any]:
        """What a forest is about to be fitted on."""
        seen: dict[str, Any] = {"rows": 0, "columns": []}
        started = self._look()
        try:
            found = table(given, "fit")
            if found is None:
                return seen
            seen["rows"] = found.rows
            if started is not None and len(self._seen["fits"]) < _FITS_WITH_COLUMNS:
                seen["columns"] = [self._fitted(name, each) for name, each in profiles(found, self.names(found))]
        except Exception:
            self._cut = True
        finally:
            self._looked(started)
        return seen

    def _fitted(self, name: str, seen: Any) -> dict[str, Any]:
        name = name.rpartition("__")[2] or name
        origin = self.columns.see(name, seen, self._origin())
        maker = self.columns.first_change.get(name)
        stem = name
        while "_" in stem and (maker is None or maker < 0):
            stem = stem.rpartition("_")[0]
            maker = self.columns.first_change.get(stem, maker)
        if maker is None:
            maker = origin
        differs = origin != LOADED
        return {"name": _short(name), "differs": differs, "made_in": maker if differs and maker >= 0 else None}

    def fitted(self, model: Any, seen: dict[str, Any]) -> None:
        """The forest *model* has been fitted on what *fitting* saw."""
        trees = getattr(model, "estimators_", None)
        count = len(trees) if isinstance(trees, list) else int(getattr(model, "n_estimators", 0))
        self._rows_left_out(seen["rows"])
        self._event("fits", model=type(model).__name__, trees=count, process=os.getpid(), **seen)

    def _rows_left_out(self, rows: int) -> None:
        """A running function got or read more rows than the forest did: it divided them itself."""
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
        """Something was printed by the line of *frame*, if that is the project's."""
        if frame is None or not self._open or self.places.of_code(frame.f_code.co_filename) is None:
            return
        where = self.places.of_frame(frame)
        stack = self._numbers()
        once = self._once.get(("print", *_key(where), *stack))
        if once is not None:
            once["times"] += 1
        else:
            event = self._add("prints", where=where, times=1, stack=stack)
            if event is not None:
                self._once["print", *_key(where), *stack] = event

    def opened(self, path: str, *, writing: bool) -> None:
        """A file that is no code was opened."""
        relative = self.places.relative(path)
        if not writing:
            for active in self._stack():
                active.quiet_reads += 1
        self._event("opened", once=True, path=_short(relative or path), inside=relative is not None, writing=writing)

    def file(self, path: str) -> None:
        """A file of the tree was opened, to be read."""
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
        """Some code, a library's too, imports *package*, which may have been loaded long before."""
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

    def where(self) -> Any:
        """The innermost line of the project that runs in this thread, or else in the main one."""
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

    def _read_in_stack(self, rows: int) -> None:
        for active in self._stack():
            active.reads += 1
            active.rows.append(rows)

    # --- the stack

    def _stack(self) -> list[Active]:
        return self._thread.stack or self._main_stack

    def _numbers(self) -> list[int]:
        numbers = [active.entry.number for active in self._stack() if active.entry.number >= 0]
        return numbers if len(numbers) <= _DEEPEST else numbers[:8] + numbers[8 - _DEEPEST :]

    def _origin(self) -> int:
        numbers = self._numbers()
        return numbers[-1] if numbers else OUTSIDE

    # --- looking at tables without being seen

    def _look(self) -> float | None:
        """Begin to look; None where that must not be: within another look, or when time is up."""
        if not self._open or self._thread.looking or not self._tables:
            return None
        if self._spent > _SECONDS:
            self._cut = self._hurried = True
            return None
        self._thread.looking = True
        return time.perf_counter()

    def _looked(self, started: float | None) -> None:
        if started is not None:
            self._thread.looking = False
            self._spent += time.perf_counter() - started

    @property
    def looking(self) -> bool:
        return self._thread.looking

    def close(self) -> dict[str, Any]:
        """End the watch and give what was seen."""
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
            "asked": [[_short(one) for one in pair] for pair in list(self._asked)],
            "process": self._process,
            "cut": self._cut,
            "hurried": self._hurried,
            "files": None if self._files is None else sorted(self._files),
        }


def _matches(wanted: Any, path: str, name: str) -> bool:
    return wanted in ("*", path + ":" + name)


def _given(signature: inspect.Signature, args: Any, kwargs: Any) -> list[Found]:
    names = list(signature.parameters)
    found: list[Found] = []
    for number, value in enumerate(args):
        found += tables_in(value, names[min(number, len(names) - 1)] if names else "")
    for name, value in kwargs.items():
        found += tables_in(value, str(name))
    return found


def _described(found: Found, names: list[str]) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "rows": found.rows,
        "columns": _names(names),
        "holder": _short(found.holder),
        "frame": found.frame,
    }


def _names(names: list[str]) -> list[str]:
    return [_short(name) for name in names[:150]]


def _short(value: object) -> str:
    words = value if type(value) is str else str(value)
    return words.encode("utf-8", "replace").decode()[:_STRING]


def _key(where: Any) -> tuple[Any, ...]:
    return tuple(where) if where else ()

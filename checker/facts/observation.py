"""What was seen of the project's functions while student code ran, in a typed form.

It comes out of the student's process, which could have written anything: sizes and types are held to here, paths
stay inside the tree, and what does not fit is refused as a whole. It is a claim all the same: where it matters, the
output, the gateway's log or the source have to agree with it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from checker.model import Json, Location

_Value = TypeVar("_Value")

MOST = 4000
"""More events of one kind than this were not recorded by our observer."""
LONGEST = 2000
"""No string of our observer is longer, in characters."""
DEEPEST = 64


class Forged(ValueError):
    """An observation that our observer cannot have written."""


class Holder(StrEnum):
    """Where a function is defined."""

    MODULE = "module"
    SCRIPT = "script"
    CELL = "cell"


@dataclass(frozen=True, slots=True)
class ProjectFunction:
    """A function of the submission that was called, by its file and qualified name. ``calls`` counts all of them.

    A function that a cell defines has the path of the notebook and the number of the cell.
    """

    path: str
    name: str
    line: int
    holder: Holder
    calls: int = 1
    cell: int | None = None

    @property
    def where(self) -> Location:
        return Location(self.path, self.cell, self.line)

    @property
    def key(self) -> str:
        """How the observer's options name it: ``functions.py:train``."""
        return f"{self.path}:{self.name}"


Stack = tuple[ProjectFunction, ...]
"""The project functions that were running, the outermost first."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An integer or a string that a call got, or had as a default. ``path`` leads to it within its parameter."""

    name: str
    value: int | str
    default: bool = False
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table or an array that went into or came out of a function: its type, rows and (some) columns.

    ``holder`` says where it was: ``return``, ``return[0]``, ``return['train']``, a parameter, an attribute of self.
    ``frame`` says that it is a pandas DataFrame.
    """

    kind: str
    rows: int
    columns: tuple[str, ...]
    holder: str = "return"
    frame: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a project function (of each, only the first ones are told in detail).

    ``caller`` is the line that called it. ``stack`` are the functions around it, without itself. ``made`` are the
    columns that are new or changed when it ends. ``raised`` is the class of the exception that left it.
    """

    function: ProjectFunction
    caller: Location | None
    stack: Stack
    arguments: tuple[Argument, ...] = ()
    given: tuple[Table, ...] = ()
    returned: tuple[Table, ...] = ()
    made: tuple[str, ...] = ()
    raised: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A table was read by a library's reader (``pandas.read_csv``). ``source`` is a path or URL, where it is one."""

    reader: str
    source: str
    rows: int
    columns: tuple[str, ...]
    where: Location | None = None
    stack: Stack = ()


@dataclass(frozen=True, slots=True)
class Split:
    """Rows were divided into those to learn from and those to judge by; ``means`` says how."""

    means: str
    where: Location | None = None
    stack: Stack = ()


@dataclass(frozen=True, slots=True)
class FittedColumn:
    """A column that the forest was fitted on.

    ``differs``: it is not in the tables that were read, or not as it was there. ``made_in`` is the project function
    in which it was first made or changed; None where that was outside of all.
    """

    name: str
    differs: bool
    made_in: ProjectFunction | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """A forest was fitted: its class, the trees that it has afterwards, and what it was given."""

    model: str
    trees: int
    rows: int
    columns: tuple[FittedColumn, ...]
    where: Location | None = None
    stack: Stack = ()
    process: int = 0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A prediction or a measure of a model was computed: ``score``, ``predict``, ``confusion_matrix``, …"""

    what: str
    where: Location | None = None
    stack: Stack = ()


@dataclass(frozen=True, slots=True)
class Print:
    """Something was printed there, ``times`` over."""

    where: Location | None
    times: int = 1
    stack: Stack = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is no code was opened. ``inside``: its path is relative to the root of the tree."""

    path: str
    inside: bool
    writing: bool
    where: Location | None = None
    stack: Stack = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """A file of the project imported a package (its first name) that is not in the project."""

    package: str
    where: Location | None


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection to a host was tried, by name or address."""

    host: str
    port: int
    where: Location | None = None
    stack: Stack = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """All that the observer told of one run, each kind in the order in which it happened.

    ``process`` is the process that ran the script or the cells: a fit elsewhere has another one. ``cut`` says that
    there was more than is told. ``replaced`` are the keys of functions whose argument was replaced. ``asked`` are pairs
    of packages, the second imported by code of the first while the run went on, the standard library left out.
    """

    functions: tuple[ProjectFunction, ...] = ()
    calls: tuple[Call, ...] = ()
    reads: tuple[Read, ...] = ()
    splits: tuple[Split, ...] = ()
    fits: tuple[Fit, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    prints: tuple[Print, ...] = ()
    opened: tuple[Opened, ...] = ()
    imports: tuple[Imported, ...] = ()
    connections: tuple[Connection, ...] = ()
    replaced: tuple[str, ...] = ()
    asked: tuple[tuple[str, str], ...] = ()
    process: int = 0
    cut: bool = False

    def calls_of(self, function: ProjectFunction) -> tuple[Call, ...]:
        """The calls of *function* that are told in detail."""
        return tuple(call for call in self.calls if call.function == function)

    @classmethod
    def from_json(
        cls,
        data: Mapping[str, Json],
        *,
        notebook: str = "",
        cells: Sequence[int] = (),
    ) -> Observation:
        """The observation that the observer wrote as *data*.

        *notebook* is the path of the notebook that ran and *cells* are the numbers of its code cells that are not
        empty, in order: the observer only counts the cells that it sees running. Raises Forged.
        """
        return _Reader(notebook, tuple(cells)).observation(data)


def observation_of(
    data: Mapping[str, Json] | None,
    *,
    notebook: str = "",
    cells: Sequence[int] = (),
) -> Observation | None:
    """The observation in *data*, or None where there is none or it was tampered with."""
    if data is None:
        return None
    try:
        return Observation.from_json(data, notebook=notebook, cells=cells)
    except Forged:
        return None


def _pair(item: Any) -> tuple[str, str]:
    first, second = _list(item, 2)
    return _string(first), _string(second)


def _refusing(read: Callable[..., _Value]) -> Callable[..., _Value]:
    """What goes wrong in *read* for want of a key, an index or a type is a forgery."""

    @functools.wraps(read)
    def refuse(*arguments: Any, **named: Any) -> _Value:
        try:
            return read(*arguments, **named)
        except Forged:
            raise
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
            raise Forged(f"{read.__name__}: {error!r}"[:200]) from error

    return refuse


class _Reader:
    """Reads the observer's JSON; the functions come first, since all else names them by number."""

    def __init__(self, notebook: str, cells: tuple[int, ...]) -> None:
        self._notebook = notebook
        self._cells = cells
        self._functions: tuple[ProjectFunction, ...] = ()

    @_refusing
    def observation(self, data: Mapping[str, Any]) -> Observation:
        self._functions = self._each(data, "functions", self._function)
        return Observation(
            functions=self._functions,
            calls=self._each(data, "calls", self._call),
            reads=self._each(data, "reads", self._read),
            splits=self._each(data, "splits", self._split),
            fits=self._each(data, "fits", self._fit),
            evaluations=self._each(data, "evaluations", self._evaluation),
            prints=self._each(data, "prints", self._print),
            opened=self._each(data, "opened", self._open),
            imports=self._each(data, "imports", self._import),
            connections=self._each(data, "connections", self._connection),
            replaced=self._each(data, "replaced", _string),
            asked=self._each(data, "asked", _pair),
            process=_whole(data["process"]),
            cut=_flag(data["cut"]),
        )

    def _each(self, data: Mapping[str, Any], kind: str, read: Callable[[Any], _Value]) -> tuple[_Value, ...]:
        return tuple(read(item) for item in _list(data[kind], MOST))

    def _function(self, item: Any) -> ProjectFunction:
        holder = Holder(_string(item["holder"])) if item["holder"] in set(Holder) else None
        if holder is None:
            raise Forged("a function that is held by nothing")
        cell = self._cell(item["cell"]) if holder is Holder.CELL else None
        return ProjectFunction(
            path=self._notebook if holder is Holder.CELL else _path(item["path"]),
            name=_string(item["name"]),
            line=_whole(item["line"]),
            holder=holder,
            calls=_whole(item["calls"]),
            cell=cell,
        )

    def _cell(self, number: Any) -> int:
        """The number of a code cell of the file, from the number of cells that were run so far."""
        ran = _whole(number)
        return self._cells[ran - 1] if 0 < ran <= len(self._cells) else max(ran, 1)

    def _where(self, place: Any) -> Location | None:
        if place is None:
            return None
        path, cell, line = place
        if cell is not None:
            return Location(self._notebook, self._cell(cell), _whole(line))
        return Location(_path(path), None, _whole(line))

    def _stack(self, numbers: Any) -> Stack:
        return tuple(self._at(number) for number in _list(numbers, DEEPEST))

    def _at(self, number: Any) -> ProjectFunction:
        return self._functions[_whole(number)]

    def _call(self, item: Any) -> Call:
        return Call(
            function=self._at(item["function"]),
            caller=self._where(item["caller"]),
            stack=self._stack(item["stack"]),
            arguments=self._each(item, "arguments", _argument),
            given=self._each(item, "given", _table),
            returned=self._each(item, "returned", _table),
            made=self._each(item, "made", _string),
            raised=_string(item["raised"]),
        )

    def _read(self, item: Any) -> Read:
        return Read(
            reader=_string(item["reader"]),
            source=_string(item["source"]),
            rows=_whole(item["rows"]),
            columns=self._each(item, "columns", _string),
            where=self._where(item["where"]),
            stack=self._stack(item["stack"]),
        )

    def _split(self, item: Any) -> Split:
        return Split(_string(item["means"]), self._where(item["where"]), self._stack(item["stack"]))

    def _fit(self, item: Any) -> Fit:
        return Fit(
            model=_string(item["model"]),
            trees=_whole(item["trees"]),
            rows=_whole(item["rows"]),
            columns=self._each(item, "columns", self._fitted),
            where=self._where(item["where"]),
            stack=self._stack(item["stack"]),
            process=_whole(item["process"]),
        )

    def _fitted(self, item: Any) -> FittedColumn:
        maker = item["made_in"]
        return FittedColumn(_string(item["name"]), _flag(item["differs"]), None if maker is None else self._at(maker))

    def _evaluation(self, item: Any) -> Evaluation:
        return Evaluation(_string(item["what"]), self._where(item["where"]), self._stack(item["stack"]))

    def _print(self, item: Any) -> Print:
        return Print(self._where(item["where"]), _whole(item["times"]), self._stack(item["stack"]))

    def _open(self, item: Any) -> Opened:
        inside = _flag(item["inside"])
        return Opened(
            path=_path(item["path"]) if inside else _string(item["path"]),
            inside=inside,
            writing=_flag(item["writing"]),
            where=self._where(item["where"]),
            stack=self._stack(item["stack"]),
        )

    def _import(self, item: Any) -> Imported:
        return Imported(_string(item["package"]), self._where(item["where"]))

    def _connection(self, item: Any) -> Connection:
        return Connection(
            host=_string(item["host"]),
            port=_whole(item["port"]),
            where=self._where(item["where"]),
            stack=self._stack(item["stack"]),
        )


def _argument(item: Any) -> Argument:
    value = item["value"]
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Forged("an argument that is neither a number nor a string")
    path = tuple(step if _is_whole(step) else _string(step) for step in _list(item["path"], DEEPEST))
    checked: int | str = _string(value) if isinstance(value, str) else _bounded(value)
    return Argument(_string(item["name"]), checked, _flag(item["default"]), path)


def _table(item: Any) -> Table:
    return Table(
        kind=_string(item["kind"]),
        rows=_whole(item["rows"]),
        columns=tuple(_string(name) for name in _list(item["columns"], MOST)),
        holder=_string(item["holder"]),
        frame=_flag(item["frame"]),
    )


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise Forged("a list that is none, or too long")
    return value


def _string(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise Forged("a string that is none, or too long")
    return value


def _path(value: Any) -> str:
    path = _string(value)
    if not path or path.startswith("/") or ".." in path.split("/"):
        raise Forged("a path that leads out of the tree")
    return path


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63


def _whole(value: Any) -> int:
    if not _is_whole(value):
        raise Forged("a number that is none, negative or too large")
    return int(value)


def _bounded(value: int) -> int:
    if abs(value) >= 1 << 63:
        raise Forged("a number that is too large")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Forged("a flag that is none")
    return value

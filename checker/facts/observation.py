"""The observer's report on a run of student code, in typed form.

The report comes from the student's process, which could have written anything. Sizes and types are checked here, paths
stay inside the tree, and a report with one invalid part is refused as a whole. A valid report is still only a claim:
where it matters, the output, the gateway's log or the source must agree with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from checker.model import Json, Location

_Value = TypeVar("_Value")

MOST = 4000
"""The observer records at most this many events of one kind."""
MOST_PREDICTIONS = 300
LONGEST = 2000
"""The maximum length of a string in the observer's report, in characters."""
DEEPEST = 64


class Forged(ValueError):
    """An observation that the checker's observer cannot have written."""


class Holder(StrEnum):
    """The place where a function is defined."""

    MODULE = "module"
    SCRIPT = "script"
    CELL = "cell"


@dataclass(frozen=True, slots=True)
class ProjectFunction:
    """A function of the submission that was called, by its file and qualified name. ``calls`` is the number of all its
    calls.

    A function defined in a cell has the path of the notebook and the number of the cell.
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
        """The name of the function in the observer's options: ``functions.py:train``."""
        return f"{self.path}:{self.name}"


Stack = tuple[ProjectFunction, ...]
"""The project functions that were running, the outermost first."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An integer or a string that a call got, or had as a default. ``path`` leads to the value within its parameter."""

    name: str
    value: int | str
    default: bool = False
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table or an array that a function received or returned: its type, rows and (some) columns.

    ``holder`` is its position: ``return``, ``return[0]``, ``return['train']``, a parameter, an attribute of self.
    ``frame``: it is a pandas DataFrame.
    """

    kind: str
    rows: int
    columns: tuple[str, ...]
    holder: str = "return"
    frame: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a project function (only the first calls of each function are recorded in detail).

    ``caller`` is the calling line. ``stack`` are the enclosing functions, without the called one. ``made`` are the
    columns that are new or changed when the call ends. ``raised`` is the class of the exception that left it.
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
    """A split into training and test rows; ``means`` is the method."""

    means: str
    where: Location | None = None
    stack: Stack = ()


@dataclass(frozen=True, slots=True)
class FittedColumn:
    """A column that the model was fitted on.

    ``differs``: the tables that were read have no such column, or other values in it. ``made_in`` is the project
    function that first made or changed the column; None for code outside of functions.
    """

    name: str
    differs: bool
    made_in: ProjectFunction | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """A fit of an estimator of the course: its class, its training data, and the value of its parameter afterwards.

    ``value`` is None where the parameter is no whole number. ``ones`` is the number of rows of the class that counts
    (of two, the second one); None where the labels are no classes of the target.
    """

    model: str
    value: int | None
    rows: int
    columns: tuple[FittedColumn, ...]
    where: Location | None = None
    stack: Stack = ()
    process: int = 0
    ones: int | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's prediction of the class of ``rows`` rows, ``ones`` of them the class that counts.

    ``fits`` are the numbers of the fits of all models that predicted these values. ``matrices`` are the confusion
    matrices against each observed label column of this length: four counts, row by row; rows are the labels.
    """

    rows: int
    ones: int
    fits: tuple[int, ...] = ()
    matrices: tuple[tuple[int, int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A call that predicts or evaluates: ``score``, ``predict``, ``confusion_matrix``, …"""

    what: str
    where: Location | None = None
    stack: Stack = ()


@dataclass(frozen=True, slots=True)
class Print:
    """A line that printed, ``times`` times."""

    where: Location | None
    times: int = 1
    stack: Stack = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened file that is not code. ``inside``: its path is relative to the root of the tree."""

    path: str
    inside: bool
    writing: bool
    where: Location | None = None
    stack: Stack = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """An import, by a file of the project, of a package (its first name) that is not in the project."""

    package: str
    where: Location | None


@dataclass(frozen=True, slots=True)
class OpenedConnection:
    """An attempt to connect to a host, by name or address."""

    host: str
    port: int
    where: Location | None = None
    stack: Stack = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """The observer's report on one run, each kind of event in chronological order.

    - ``process``: the process that ran the script or the cells; a fit in a subprocess has another one.
    - ``cut``: the report omits further events.
    - ``replaced``: the keys of functions whose argument was replaced.
    - ``asked``: pairs of packages, the second imported by code of the first during the run, without the standard
      library.
    - ``predictions``: all predictions of the models; None where some were not observed.
    - ``started_others``: the project's code started another program or process.
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
    connections: tuple[OpenedConnection, ...] = ()
    replaced: tuple[str, ...] = ()
    asked: tuple[tuple[str, str], ...] = ()
    predictions: tuple[Prediction, ...] | None = None
    process: int = 0
    cut: bool = False
    started_others: bool = False

    def calls_of(self, function: ProjectFunction) -> tuple[Call, ...]:
        """The calls of *function* that are recorded in detail."""
        return tuple(call for call in self.calls if call.function == function)

    @classmethod
    def from_json(
        cls,
        data: Mapping[str, Json],
        *,
        notebook: str = "",
        cells: Sequence[int] = (),
    ) -> Observation:
        """The observation in the observer's JSON *data*.

        *notebook* is the path of the notebook that ran and *cells* are the numbers of its non-empty code cells, in
        order: the observer counts only the cells that it sees running. Raises Forged where the observer cannot have
        written *data*.
        """
        try:
            return _Reader(notebook, tuple(cells)).observation(data)
        except Forged:
            raise
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
            raise Forged(f"a key, an index or a type is wrong: {error!r}"[:200]) from error


def observation_of(
    data: Mapping[str, Json] | None,
    *,
    notebook: str = "",
    cells: Sequence[int] = (),
) -> Observation | None:
    """The observation in *data*; None where there is none or it was tampered with."""
    if data is None:
        return None
    try:
        return Observation.from_json(data, notebook=notebook, cells=cells)
    except Forged:
        return None


def _pair(item: Any) -> tuple[str, str]:
    first, second = _list(item, 2)
    return _string(first), _string(second)


class _Reader:
    """Reads the observer's JSON; functions come first, since all other events refer to them by number."""

    def __init__(self, notebook: str, cells: tuple[int, ...]) -> None:
        self._notebook = notebook
        self._cells = cells
        self._functions: tuple[ProjectFunction, ...] = ()

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
            predictions=_predictions(data["predictions"]),
            process=_whole(data["process"]),
            cut=_flag(data["cut"]),
            started_others=_flag(data.get("started_others", False)),
        )

    def _each(self, data: Mapping[str, Any], kind: str, read: Callable[[Any], _Value]) -> tuple[_Value, ...]:
        return tuple(read(item) for item in _list(data[kind], MOST))

    def _function(self, item: Any) -> ProjectFunction:
        holder = Holder(_string(item["holder"]))
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
        """The number of a code cell of the file, from the number of cells run so far."""
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
            value=None if item["value"] is None else _number(item["value"]),
            rows=_whole(item["rows"]),
            columns=self._each(item, "columns", self._fitted),
            where=self._where(item["where"]),
            stack=self._stack(item["stack"]),
            process=_whole(item["process"]),
            ones=None if item["ones"] is None else _whole(item["ones"]),
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

    def _connection(self, item: Any) -> OpenedConnection:
        return OpenedConnection(
            host=_string(item["host"]),
            port=_whole(item["port"]),
            where=self._where(item["where"]),
            stack=self._stack(item["stack"]),
        )


def _predictions(items: Any) -> tuple[Prediction, ...] | None:
    return None if items is None else tuple(_prediction(item) for item in _list(items, MOST_PREDICTIONS))


def _prediction(item: Any) -> Prediction:
    return Prediction(
        rows=_whole(item["rows"]),
        ones=_whole(item["ones"]),
        fits=tuple(_whole(number) for number in _list(item["fits"], DEEPEST)),
        matrices=tuple(_counts(each) for each in _list(item["matrices"], DEEPEST)),
    )


def _counts(item: Any) -> tuple[int, int, int, int]:
    first, second, third, fourth = _list(item, 4)
    return _whole(first), _whole(second), _whole(third), _whole(fourth)


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


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Forged("a number that is none")
    return _bounded(value)


def _bounded(value: int) -> int:
    if abs(value) >= 1 << 63:
        raise Forged("a number that is too large")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Forged("a flag that is none")
    return value

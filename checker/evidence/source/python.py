"""Python source in any encoding, valid or not, with or without a notebook's magics."""

from __future__ import annotations

import ast
import functools
import io
import re
import threading
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

from checker.evidence.source.newer_syntax import python_needed
from checker.evidence.text.conflict_marks import unresolved
from checker.evidence.text.encodings import in_utf16, with_line_feeds
from checker.facts.code import ImportedName, PythonFile, called_name
from checker.model import Location, Text, text

LARGEST = 1_000_000
"""The largest Python file that is parsed, in bytes."""

_IMPORT_LINE = re.compile(r"^[ \t]*(?:from[ \t]++([\w.]++)[ \t]++import\b|import[ \t]++([\w.]++))", re.MULTILINE)
_WORDS = re.compile(r"\"([^\"\n\\]*+)\"|'([^'\n\\]*+)'")
"""The text between two quotes of one line."""
_MAGIC = re.compile(r"^(?P<indent>\s*+)(?P<target>[\w.,\s]++=\s*+)?(?:[%!?]|.*\?\s*$)")
_CELL_MAGIC = re.compile(r"^\s*%%(\w+)")
_PYTHON_CELLS = frozenset({"time", "timeit", "capture", "prun", "python", "python3", "px", "debug"})
_WHERE = frozenset({"sys.platform", "sys.version_info", "os.name", "platform.system", "platform.python_version"})
_RUN = re.compile(r"^[^\S\n]*%run\s+(?:-\w+\s+)*[\"']?([^\s\"']+?\.py)\b", re.MULTILINE)
_SIGNS = re.compile(r"[\w\s]++")
"""The characters other than brackets and operators."""
_DEEPEST = 20
_LONGEST_NAME = 400
"""The longest name of a module, in characters: no file path is longer, and each part of the name is looked up."""
_LARGEST_KEPT = 16_000
"""The largest source whose syntax tree is cached, in characters: a tree takes a hundred times the room of its source.
"""
_MOST_TRIES = 50
"""The number of lines of a cell that are made harmless one by one; fewer for a long cell."""
_MOST_TRIED = 200_000
"""The number of characters parsed in all these attempts."""
_WARNINGS = threading.Lock()


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file, decoded as far as possible, and the reason why Python would not read it."""

    source: str
    problem: Text | None = None
    where: tuple[Location, ...] = ()


def decode(path: str, content: bytes) -> Decoded:
    """The text of a Python file, by the rules of PEP 263."""
    place = (Location(path, line=1),)
    if (source := in_utf16(content)) is not None:
        problem = text("{path} is written in UTF-16, which Python cannot read.", path=path)
        return Decoded(source, problem, place)
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        problem = text("{path} holds a null byte, which Python cannot read.", path=path)
        return Decoded(content.decode("utf-8", "replace"), problem, (Location(path, line=line),))
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return Decoded(with_line_feeds(content.decode(encoding).removeprefix("\ufeff")))
    except (SyntaxError, LookupError) as error:
        if _is_utf8(content):
            reason = str(error)[:80]
            problem = text("{path} names an encoding that does not exist ({reason}).", path=path, reason=reason)
            return Decoded(content.decode("utf-8"), problem, place)
    except UnicodeDecodeError:
        pass
    line = next((number for number, line in enumerate(content.split(b"\n"), 1) if not _is_utf8(line)), 1)
    problem = text("{path} is not written in UTF-8, and names no other encoding.", path=path)
    return Decoded(content.decode("latin-1"), problem, (Location(path, line=line),))


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def parse(source: str, *, cell: bool = False) -> ast.Module:
    """The syntax tree of *source*; in a *cell* ``await`` may stand at top level.

    Equal sources share one tree, which callers must not change. Raises SyntaxError for everything that Python's parser
    rejects.
    """
    return (_parsed_once if len(source) <= _LARGEST_KEPT else _parsed)(source, cell)


def _parsed(source: str, cell: bool) -> ast.Module:
    flags = ast.PyCF_ONLY_AST | (ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if cell else 0)
    with _WARNINGS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = compile(source, "<student>", "exec", flags=flags, dont_inherit=True)
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            raise SyntaxError(str(error) or type(error).__name__) from error
    return cast("ast.Module", tree)


_parsed_once = functools.lru_cache(maxsize=128)(_parsed)


def python_file(path: str, content: bytes, *, newer: bool = True) -> PythonFile:
    """One ``.py`` file as a fact. *newer*: where it cannot be parsed, newer versions of Python are tried."""
    if len(content) > LARGEST:
        return too_large(path, len(content))
    decoded = decode(path, content)
    source, problem, where, python = decoded.source, decoded.problem, decoded.where, None
    if problem is None:
        try:
            tree = parse(source)
        except SyntaxError as error:
            problem, where = _syntax_problem(path, source, error)
            python = python_needed(source) if newer else None
        else:
            found = sorted(imports_of(tree, path), key=lambda imported: (imported.where.line or 0, imported.module))
            return PythonFile(path, source, tree, tuple(found))
    return PythonFile(path, source, None, tuple(imports_by_line(source, path)), problem, where, python)


def too_large(path: str, size: int) -> PythonFile:
    """The fact for a file that is too large to be read."""
    problem = text("{path} is too large to be read as code ({size} bytes).", path=path, size=size)
    return PythonFile(path, "", None, (), problem, (Location(path),))


def _syntax_problem(path: str, source: str, error: SyntaxError) -> tuple[Text, tuple[Location, ...]]:
    if conflict := unresolved(path, source):
        return conflict[0], (conflict[1],)
    reason = (error.msg or "invalid syntax").partition("\n")[0][:200]
    line = error.lineno or crowded_line(source)  # a parser that exceeds its recursion limit names no line
    where = Location(path, line=line, column=error.offset if error.offset and error.offset > 0 else None)
    return text("{path} is not valid Python: {reason}.", path=path, reason=reason), (where,)


def words_of(file: PythonFile) -> Iterator[tuple[str, int]]:
    """The string constants of a file with their lines; in an unparsable file, the text in quotes within a line."""
    if file.tree is not None:
        yield from string_constants(file.tree)
        return
    for number, line in enumerate(file.source.split("\n"), 1):
        for match in _WORDS.finditer(line):
            yield match[1] or match[2] or "", number


def string_constants(tree: ast.AST | None) -> Iterator[tuple[str, int]]:
    """The string constants below a node with their lines; none without a node."""
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, node.lineno


def string_of(node: ast.AST | None) -> str | None:
    """The value of a string constant; None for any other node."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def deepest_line(file: PythonFile) -> int:
    """The number, from 1, of the line at which the most deeply nested expression of a file begins."""
    if file.tree is None:
        return crowded_line(file.source)
    deepest, deepest_at = 0, 1
    waiting: list[tuple[ast.AST, int, int]] = [(file.tree, 0, 1)]
    while waiting:
        node, depth, line = waiting.pop()
        if isinstance(node, ast.stmt):
            line = node.lineno
        if depth > deepest:
            deepest, deepest_at = depth, line
        waiting += [(child, depth + 1, line) for child in ast.iter_child_nodes(node)]
    return deepest_at


def crowded_line(source: str) -> int:
    """The number, from 1, of the line most likely too deep for a parser: the one with most brackets and operators."""
    lines = source.split("\n")
    return max(range(len(lines)), key=lambda number: len(_SIGNS.sub("", lines[number]))) + 1


def package_of(path: str) -> str:
    """The dotted package of a file, from its path: ``src/data/a.py`` lies in ``src.data``."""
    return path.rpartition("/")[0].replace("/", ".")


def imports_of(tree: ast.Module, path: str, cell: int | None = None) -> Iterator[ImportedName]:
    """Every import of a parsed file or cell, including ``importlib.import_module("name")``, in no special order."""
    stack: list[tuple[ast.AST, bool, bool, bool]] = [(tree, False, True, False)]
    while stack:
        node, guarded, top, never = stack.pop()
        imports = _imports_at(node, path, cell, guarded=guarded, top=top)
        yield from (replace(imported, never=True) for imported in imports) if never else imports
        idle = {id(statement) for statement in _never_run(node)}
        for child, inner_guarded, inner_top in _children(node, guarded=guarded, top=top):
            stack.append((child, inner_guarded, inner_top, never or id(child) in idle))


def _children(node: ast.AST, *, guarded: bool, top: bool) -> Iterator[tuple[ast.AST, bool, bool]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        yield from ((child, guarded, False) for child in ast.iter_child_nodes(node))
    elif isinstance(node, ast.Try | ast.TryStar):
        for field, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else ():
                yield child, guarded or (bool(node.handlers) and field in ("body", "handlers")), top
    elif isinstance(node, ast.If) and _asks_where(node.test):
        yield from ((child, True, top) for child in ast.iter_child_nodes(node))
    elif isinstance(node, ast.If) and not _runs_on_import(node.test):
        yield from ((child, guarded or _is_for_types(node.test), False) for child in node.body)
        yield from ((child, guarded, top) for child in node.orelse)
    else:
        yield from ((child, guarded, top) for child in ast.iter_child_nodes(node))


def _never_run(node: ast.AST) -> list[ast.stmt]:
    """The statements under a condition that is false while the program runs."""
    if isinstance(node, ast.If | ast.While) and (_is_for_types(node.test) or _worth(node.test) is False):
        return node.body
    return node.orelse if isinstance(node, ast.If) and _worth(node.test) is True else []


def _worth(test: ast.expr) -> bool | None:
    """The value of a condition that constants alone decide; None for other conditions."""
    inner, negated = without_not(test)
    found: bool | None = None
    if isinstance(inner, ast.Constant):
        found = bool(inner.value)
    elif isinstance(inner, ast.BoolOp):
        parts = {_worth(value) for value in inner.values}
        deciding = isinstance(inner.op, ast.Or)
        found = deciding if deciding in parts else None if None in parts else not deciding
    return found if found is None else found != negated


def without_not(test: ast.expr) -> tuple[ast.expr, bool]:
    """A condition without all the ``not`` before it, and whether it is negated."""
    negated = False
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, negated = test.operand, not negated
    return test, negated


def _asks_where(test: ast.expr) -> bool:
    """True where a condition tests the system or the version of Python, so that one of its branches is for others."""
    names = {dotted(node) for node in ast.walk(test) if isinstance(node, ast.Attribute)}
    return not names.isdisjoint(_WHERE)


def _is_for_types(test: ast.expr) -> bool:
    return isinstance(test, ast.Name | ast.Attribute) and dotted(test).rpartition(".")[2] == "TYPE_CHECKING"


def _runs_on_import(test: ast.expr) -> bool:
    """False for ``__name__ == "__main__"`` and ``TYPE_CHECKING``."""
    names = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(test) if isinstance(node, ast.Attribute)}
    return not names & {"__name__", "TYPE_CHECKING"}


def is_main_guard(node: ast.stmt) -> bool:
    """True where a statement is ``if __name__ == "__main__":``."""
    return isinstance(node, ast.If) and any(
        isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test)
    )


def _imports_at(node: ast.AST, path: str, cell: int | None, *, guarded: bool, top: bool) -> Iterator[ImportedName]:
    if isinstance(node, ast.Import):
        where = Location(path, cell, node.lineno)
        for alias in node.names:
            yield ImportedName(alias.name[:_LONGEST_NAME], None, alias.asname, where, guarded, top)
    elif isinstance(node, ast.ImportFrom):
        where = Location(path, cell, node.lineno)
        module = absolute(path, node.level, (node.module or "")[:_LONGEST_NAME])
        for alias in node.names:
            yield ImportedName(module, alias.name, alias.asname, where, guarded, top)
    elif isinstance(node, ast.Call) and node.args and called_name(node) in ("import_module", "__import__"):
        written = string_of(node.args[0]) or ""
        if name := written.lstrip("."):
            module = absolute(path, len(written) - len(name), name[:_LONGEST_NAME])
            yield ImportedName(module, None, None, Location(path, cell, node.lineno), guarded, top)


def dotted(node: ast.expr) -> str:
    """The dotted name of an expression, as ``os.path.join``; only its last names where it starts with no name."""
    names: list[str] = []
    while isinstance(node, ast.Attribute) and len(names) < _DEEPEST:
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        names.append(node.id)
    return ".".join(reversed(names))


def absolute(path: str, level: int, module: str) -> str:
    """The absolute name of the module in ``from ..module import``, for a file of that path."""
    if not level:
        return module
    parts = package_of(path).split(".") if package_of(path) else []
    package = parts[: len(parts) - (level - 1)] if level > 1 else parts
    return ".".join([*package, *([module] if module else [])])


def imports_by_line(source: str, path: str, cell: int | None = None) -> Iterator[ImportedName]:
    """The imports of an unparsable text, as far as single lines tell."""
    line, counted = 1, 0
    for match in _IMPORT_LINE.finditer(source[:LARGEST]):
        line += source.count("\n", counted, match.start())
        counted = match.start()
        where = Location(path, cell, line)
        if match[2]:
            yield ImportedName(match[2][:_LONGEST_NAME], None, None, where)
        elif match[1]:
            name = match[1].lstrip(".")
            yield ImportedName(absolute(path, len(match[1]) - len(name), name[:_LONGEST_NAME]), "*", None, where)


def strip_magics(source: str) -> str:
    """A code cell with IPython's own lines (``%magic``, ``!command``, ``help?``) replaced by harmless ones.

    Lines keep their numbers. A cell in another language (``%%bash``) becomes empty lines.
    """
    lines = source.split("\n")
    first_line = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if magic := _CELL_MAGIC.match(lines[first_line]):
        if magic[1] not in _PYTHON_CELLS:
            return "\n" * (len(lines) - 1)
        lines[first_line] = ""
    for _ in range(max(1, min(_MOST_TRIES, _MOST_TRIED // max(1, len(source))))):
        try:
            parse("\n".join(lines), cell=True)
        except SyntaxError as error:
            number = (error.lineno or 0) - 1
            if not (0 <= number < len(lines) and _MAGIC.match(lines[number])):
                break
            lines[number] = _harmless(lines[number])
        else:
            return "\n".join(lines)
    return "\n".join(_harmless(line) if line.lstrip().startswith(("%", "!", "?")) else line for line in lines)


def _harmless(line: str) -> str:
    match = _MAGIC.match(line)
    if match is None:
        return line
    target = (match["target"] or "").strip()
    return f"{match['indent']}{target} None" if target else f"{match['indent']}pass"


def cell_trees(cells: tuple[str, ...]) -> Iterator[tuple[int, ast.Module]]:
    """The syntax trees of the code cells that can be parsed without their magics, with their numbers from 1."""
    for number, source in enumerate(cells, 1):
        try:
            yield number, parse(strip_magics(source[:LARGEST]), cell=True)
        except SyntaxError:
            continue


def cell_imports(path: str, cells: tuple[str, ...]) -> tuple[ImportedName, ...]:
    """All imports of a notebook's code cells; for unparsable cells, as far as single lines tell."""
    parsed = dict(cell_trees(cells))
    imports: list[ImportedName] = []
    for number, source in enumerate(cells, 1):
        if number in parsed:
            imports += imports_of(parsed[number], path, number)
        else:
            imports += imports_by_line(source, path, number)
    return tuple(sorted(imports, key=lambda imported: (imported.where, imported.module, imported.name or "")))


def scripts_run(cells: tuple[str, ...]) -> tuple[str, ...]:
    """The paths of the scripts that a notebook starts by ``%run``, as written."""
    return tuple(match[1] for source in cells for match in _RUN.finditer(source))

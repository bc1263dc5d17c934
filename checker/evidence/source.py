"""Python source as students leave it: any encoding, broken or not, with or without the notebook's magics."""

from __future__ import annotations

import ast
import codecs
import functools
import io
import re
import threading
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from checker.facts.code import ImportedName, PythonFile
from checker.model import Location, Text, text

LARGEST = 1_000_000
"""Bytes above which a file is no code that anybody wrote, and is not parsed."""

_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: |$)", re.MULTILINE)
_IMPORT_LINE = re.compile(r"^[ \t]*(?:from[ \t]++([\w.]++)[ \t]++import\b|import[ \t]++([\w.]++))", re.MULTILINE)
_MAGIC = re.compile(r"^(?P<indent>\s*+)(?P<target>[\w.,\s]++=\s*+)?(?:[%!?]|.*\?\s*$)")
_CELL_MAGIC = re.compile(r"^\s*%%(\w+)")
_PYTHON_CELLS = frozenset({"time", "timeit", "capture", "prun", "python", "python3", "px", "debug"})
_WHERE = frozenset({"sys.platform", "sys.version_info", "os.name", "platform.system", "platform.python_version"})
_RUN = re.compile(r"^[^\S\n]*%run\s+(?:-\w+\s+)*[\"']?([^\s\"']+?\.py)\b", re.MULTILINE)
_SIGNS = re.compile(r"[\w\s]++")
"""What is left of a line without these are its brackets and operators."""
_DEEPEST = 20
_LONGEST_NAME = 400
"""Characters of the name of a module: no path of a file is longer, and each of its parts is looked for."""
_LARGEST_KEPT = 16_000
"""Characters up to which the tree of a source is kept: that of a large one takes a hundred times its room."""
_WARNINGS = threading.Lock()


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file, as well as it can be read, and why Python would not read it."""

    source: str
    problem: Text | None = None
    where: tuple[Location, ...] = ()


def decode(path: str, content: bytes) -> Decoded:
    """The text of a Python file, by the rules of PEP 263."""
    place = (Location(path, line=1),)
    if _looks_like_utf16(content):
        problem = text("{path} is written in UTF-16, which Python cannot read.", path=path)
        return Decoded(_utf16(content), problem, place)
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        problem = text("{path} holds a null byte, which Python cannot read.", path=path)
        return Decoded(content.decode("utf-8", "replace"), problem, (Location(path, line=line),))
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return Decoded(_lines(content.decode(encoding)))
    except (SyntaxError, LookupError) as error:
        if _is_utf8(content):
            reason = str(error)[:80]
            problem = text("{path} names an encoding that does not exist ({reason}).", path=path, reason=reason)
            return Decoded(content.decode("utf-8"), problem, place)
    except UnicodeDecodeError:
        pass
    line = _first_bad_line(content)
    problem = text("{path} is not written in UTF-8, and names no other encoding.", path=path)
    return Decoded(content.decode("latin-1"), problem, (Location(path, line=line),))


def _looks_like_utf16(content: bytes) -> bool:
    head = content[:200]
    return head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or head.count(0) > len(head) / 4


def _utf16(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be", "replace")


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _lines(source: str) -> str:
    return source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _first_bad_line(content: bytes) -> int:
    for number, line in enumerate(content.split(b"\n"), 1):
        if not _is_utf8(line):
            return number
    return 1


def parse(source: str, *, cell: bool = False) -> ast.Module:
    """The syntax tree of *source*; in a *cell* ``await`` may stand at top level. Raises SyntaxError for all that
    Python's parser cannot take.

    One tree is given to all who ask for the same source: it is read, and never changed.
    """
    return (_parsed_once if len(source) <= _LARGEST_KEPT else _parsed)(source, cell)


@functools.lru_cache(maxsize=128)
def _parsed_once(source: str, cell: bool) -> ast.Module:
    return _parsed(source, cell)


def _parsed(source: str, cell: bool) -> ast.Module:
    flags = ast.PyCF_ONLY_AST | (ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if cell else 0)
    with _WARNINGS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = compile(source, "<student>", "exec", flags=flags, dont_inherit=True)
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            raise SyntaxError(str(error) or type(error).__name__) from error
    return cast("ast.Module", tree)


def python_file(path: str, content: bytes) -> PythonFile:
    """One ``.py`` file as a fact."""
    if len(content) > LARGEST:
        return too_large(path, len(content))
    decoded = decode(path, content)
    if decoded.problem is not None:
        imports = tuple(imports_by_line(decoded.source, path))
        return PythonFile(path, decoded.source, None, imports, decoded.problem, decoded.where)
    try:
        tree = parse(decoded.source)
    except SyntaxError as error:
        problem, where = _syntax_problem(path, decoded.source, error)
        return PythonFile(path, decoded.source, None, tuple(imports_by_line(decoded.source, path)), problem, where)
    found = sorted(imports_of(tree, path), key=lambda imported: (imported.where.line or 0, imported.module))
    return PythonFile(path, decoded.source, tree, tuple(found))


def too_large(path: str, size: int) -> PythonFile:
    """The fact for a file of so many bytes that nothing is read of it."""
    problem = text("{path} is too large to be read as code ({size} bytes).", path=path, size=size)
    return PythonFile(path, "", None, (), problem, (Location(path),))


def _syntax_problem(path: str, source: str, error: SyntaxError) -> tuple[Text, tuple[Location, ...]]:
    conflict = _CONFLICT.search(source)
    if conflict:
        line = source.count("\n", 0, conflict.start()) + 1
        problem = text("{path} holds the marks of a merge conflict that is not resolved.", path=path)
        return problem, (Location(path, line=line),)
    reason = (error.msg or "invalid syntax").partition("\n")[0][:200]
    line = error.lineno or crowded_line(source)  # a parser that gives up in the depths names no line
    where = Location(path, line=line, column=error.offset if error.offset and error.offset > 0 else None)
    return text("{path} is not valid Python: {reason}.", path=path, reason=reason), (where,)


def deepest_line(file: PythonFile) -> int:
    """The number, from 1, of the line at which the most deeply nested expression of a file begins."""
    if file.tree is None:
        return crowded_line(file.source)
    deepest, found = 0, 1
    waiting: list[tuple[ast.AST, int, int]] = [(file.tree, 0, 1)]
    while waiting:
        node, depth, line = waiting.pop()
        if isinstance(node, ast.stmt):
            line = node.lineno
        if depth > deepest:
            deepest, found = depth, line
        waiting += [(child, depth + 1, line) for child in ast.iter_child_nodes(node)]
    return found


def crowded_line(source: str) -> int:
    """The number, from 1, of the line that is most likely too much for a parser: the one with most signs."""
    lines = source.split("\n")
    return max(range(len(lines)), key=lambda number: len(_SIGNS.sub("", lines[number]))) + 1


def package_of(path: str) -> str:
    """The dotted package in which a file lies, from its path: ``src/data/a.py`` lies in ``src.data``."""
    return path.rpartition("/")[0].replace("/", ".")


def imports_of(tree: ast.Module, path: str, cell: int | None = None) -> Iterator[ImportedName]:
    """Every import of a parsed file or cell, ``importlib.import_module("name")`` included, in no special order."""
    stack: list[tuple[ast.AST, bool, bool]] = [(tree, False, True)]
    while stack:
        node, guarded, top = stack.pop()
        yield from _imports_at(node, path, cell, guarded=guarded, top=top)
        for child, inner_guarded, inner_top in _children(node, guarded=guarded, top=top):
            stack.append((child, inner_guarded, inner_top))


def _children(node: ast.AST, *, guarded: bool, top: bool) -> Iterator[tuple[ast.AST, bool, bool]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        yield from ((child, guarded, False) for child in ast.iter_child_nodes(node))
    elif isinstance(node, ast.Try | ast.TryStar):
        for field, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else ():
                yield child, guarded or (bool(node.handlers) and field in ("body", "handlers")), top
    elif isinstance(node, ast.If) and _asks_where(node.test):
        yield from ((child, True, top) for child in ast.iter_child_nodes(node))
    elif isinstance(node, ast.If) and _is_for_types(node.test):
        yield from ((child, True, False) for child in node.body)
        yield from ((child, guarded, top) for child in node.orelse)
    elif isinstance(node, ast.If) and not _runs_on_import(node.test):
        yield from ((child, guarded, False) for child in node.body)
        yield from ((child, guarded, top) for child in node.orelse)
    else:
        yield from ((child, guarded, top) for child in ast.iter_child_nodes(node))


def _asks_where(test: ast.expr) -> bool:
    """Whether a condition is on the system or on the version of Python: then one of its branches is for others."""
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
    """Whether a statement is ``if __name__ == "__main__":``."""
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
    elif isinstance(node, ast.Call) and node.args and _callee(node.func) in ("import_module", "__import__"):
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.strip("."):
            level = len(first.value) - len(first.value.lstrip("."))
            module = absolute(path, level, first.value.lstrip(".")[:_LONGEST_NAME])
            yield ImportedName(module, None, None, Location(path, cell, node.lineno), guarded, top)


def _callee(function: ast.expr) -> str:
    return dotted(function).rpartition(".")[2]


def dotted(node: ast.expr) -> str:
    """``os.path.join`` of such an expression; its last names where it does not begin with one, however deep it is."""
    names: list[str] = []
    while isinstance(node, ast.Attribute) and len(names) < _DEEPEST:
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        names.append(node.id)
    return ".".join(reversed(names))


def absolute(path: str, level: int, module: str) -> str:
    """The absolute name of what ``from ..module import`` means in the file of that path."""
    if not level:
        return module
    parts = package_of(path).split(".") if package_of(path) else []
    kept = parts[: len(parts) - (level - 1)] if level > 1 else parts
    return ".".join([*kept, *([module] if module else [])])


def imports_by_line(source: str, path: str, cell: int | None = None) -> Iterator[ImportedName]:
    """The imports of a text that cannot be parsed, as well as lines alone tell them."""
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
    """A code cell with IPython's own lines (``%magic``, ``!command``, ``help?``) made harmless, each in its place.

    Lines keep their numbers. A cell in another language (``%%bash``) becomes empty lines.
    """
    lines = source.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if magic := _CELL_MAGIC.match(lines[first]):
        if magic[1] not in _PYTHON_CELLS:
            return "\n" * (len(lines) - 1)
        lines[first] = ""
    for _ in range(50):
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
    """The code cells that can be parsed once their magics are away, with their numbers from 1."""
    for number, source in enumerate(cells, 1):
        try:
            yield number, parse(strip_magics(source[:LARGEST]), cell=True)
        except SyntaxError:
            continue


def cell_imports(path: str, cells: tuple[str, ...]) -> tuple[ImportedName, ...]:
    """All imports of a notebook's code cells; of cells that cannot be parsed, what their lines tell."""
    parsed = dict(cell_trees(cells))
    found: list[ImportedName] = []
    for number, source in enumerate(cells, 1):
        if number in parsed:
            found += imports_of(parsed[number], path, number)
        else:
            found += imports_by_line(source, path, number)
    return tuple(sorted(found, key=lambda imported: (imported.where, imported.module, imported.name or "")))


def scripts_run(cells: tuple[str, ...]) -> tuple[str, ...]:
    """The paths of the scripts that a notebook starts by ``%run``, as written."""
    return tuple(match[1] for source in cells for match in _RUN.finditer(source))

"""Cells whose first line skips them or ignores their errors, and the source that is run instead.

The cell tags ``skip-execution`` and ``raises-exception`` have no effect in a run, and neither have the equivalent
magics. A removed line becomes a comment, so that the others keep their numbers.
"""

from __future__ import annotations

import ast
import re

from checker.evidence.source.python import parse, strip_magics

_FIRST = re.compile(r"%%(\w+)(.*)")
_QUIET = re.compile(r"(?<=\s)--no-r[a-z-]*")
"""``--no-raise-error``, which may be abbreviated."""
_SHOWING = frozenset({"javascript", "js", "html", "HTML", "svg", "SVG", "latex", "markdown"})
"""Magics that display their lines, which are in another language than Python."""
_INTERPRETER = re.compile(
    r"(?:python|pypy|ipython|bash|sh|zsh|dash|ksh|fish|csh|tcsh|pwsh|powershell|cmd|perl|ruby|node|nodejs|deno|bun|R|"
    r"Rscript|julia|php|lua|sqlite3|psql|mysql|duckdb|awk|make|octave|gnuplot|scala|java|ghci|sbcl|tclsh|bc|dc|ed)[\d.]*"
)
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*")
_STARTERS = frozenset(
    {"env", "sudo", "time", "nice", "nohup", "timeout", "stdbuf", "uv", "conda", "mamba", "micromamba"}
    | {"poetry", "pipenv"}
)
"""Programs that start another program, named in their arguments."""
_WITHOUT_INPUT = frozenset({"-c", "-n", "-e", "-h", "-V", "-m", "--help", "--version"})
"""Options with which an interpreter does not execute its input."""
_SHELLS = frozenset({"bash", "sh"})
_WITH_A_VALUE = frozenset({"--out", "--err", "--proc"})
_STATEMENTS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AugAssign, ast.For, ast.With)
_DEBUGGED = re.compile(r"^([^\S\n]*+)%debug[^\S\n]++(?=[^\s-])", re.MULTILINE)


_INSTALLING = re.compile(
    r"(?:sudo\s++)?(?:(?=\S*python)\S++\s++-m\s++)?(?:pip3?|conda|mamba|micromamba|uv|poetry|apt|apt-get)\s.*"
)


def as_run(source: str) -> str:
    """The source of a code cell as it is run: without the line that skips it or ignores its errors.

    A cell in which a shell installs packages may fail, as ``!pip install`` may, because the sandbox has no network for
    packages.
    """
    first_line, _, body = source.partition("\n")
    lines = [line.strip() for line in body.split("\n")]
    match = _FIRST.match(first_line.strip())
    if match is not None and match[1] in _SHELLS and all(_INSTALLING.fullmatch(line) for line in lines if line):
        return f"{first_line} --no-raise-error\n{body}"
    return _aloud(source)


def _aloud(source: str) -> str:
    lines = source.split("\n")
    number = next((number for number, line in enumerate(lines) if line.strip()), 0)
    match = _FIRST.match(lines[number].strip())
    if match is None:
        return _DEBUGGED.sub(r"\1", source)
    name, rest = match[1], match[2]
    body = "\n".join(lines[number + 1 :])
    words = [word.strip("'\"") for word in rest.split()]
    program = _program(words if name == "script" else [name, *words] if _INTERPRETER.fullmatch(name) else [])
    idle = name in _SHOWING or (bool(program) and not _executes(program))
    if name == "debug" or (idle and _is_python(body)):
        lines[number] = f"# {lines[number]}"
    elif program and any(_PYTHON.fullmatch(_last(word)) for word in program):
        lines[number] = _QUIET.sub("", lines[number])
    return "\n".join(lines)


def muted_cells(cells: tuple[str, ...]) -> tuple[int, ...]:
    """The numbers, from 1, of the cells that skip themselves or ignore their errors."""
    return tuple(number for number, source in enumerate(cells, 1) if _aloud(source) != source)


def _program(words: list[str]) -> list[str]:
    """The words of a ``%%script`` line without the options of the magic itself."""
    remaining, program = iter(words), []
    for word in remaining:
        if word in _WITH_A_VALUE:
            next(remaining, None)
        elif not (word.startswith(("--no-r", "--out=", "--err=", "--proc=")) or word == "--bg"):
            program.append(word)
    return program


def _executes(program: list[str]) -> bool:
    """True where a program executes the lines that it is given."""
    words = program if _last(program[0]) in _STARTERS else program[:1]
    return any(_INTERPRETER.fullmatch(_last(word)) for word in words) and _WITHOUT_INPUT.isdisjoint(program[1:])


def _last(word: str) -> str:
    return word.rpartition("/")[2]


def _is_python(body: str) -> bool:
    """True where lines are Python code with an effect, and not text that happens to parse."""
    try:
        tree = parse(strip_magics(body), cell=True)
    except SyntaxError:
        return False
    calls = (node.value for node in tree.body if isinstance(node, ast.Expr))
    return any(isinstance(node, _STATEMENTS) for node in tree.body) or any(
        isinstance(part, ast.Call | ast.BinOp) for value in calls for part in ast.walk(value)
    )

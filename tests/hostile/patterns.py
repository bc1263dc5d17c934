"""All patterns of the program, and the inputs that make each of them work hardest.

A pattern is found where it is compiled or handed to a function of :mod:`re`, and where a module holds it. Inputs are
made from its own syntax tree: whatever can be repeated is repeated, behind all that leads to it, and with an end that
does not fit.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import checker

ROOT = Path(checker.__file__).parent
METHODS = frozenset({"search", "match", "fullmatch", "findall", "finditer", "sub", "subn", "split"})
_OF_TEXT = frozenset({"split"})
"""Methods that a text has, too."""
_FLAGS_AT = {"compile": 1, "sub": 4, "subn": 4, "split": 3}
_CHARACTERS = "a0 x\t\n_.-,/=:;'\"()[]{}<>#%$\\|&~@+*!?^`éAZ19\x0b\x85\u2028\x1b\x07€s3"
_SINGLE = (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.CATEGORY, sre.IN)
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_SHORT, _MIDDLE, _LONG, _VERY_LONG = 22, 250, 1_000, 8_000
_AT_ONCE = 0.2
"""Milliseconds for which no more is asked, for an input of ``_LONG`` characters."""
_NO_LONGER = 24
"""How much more time eight times the input may take: 8 where time is linear, 64 where it is quadratic."""


@dataclass(frozen=True)
class Use:
    """A pattern, the methods by which it is used, and where it stands."""

    pattern: re.Pattern[Any]
    methods: frozenset[str]
    place: str


@dataclass(frozen=True)
class Slow:
    """An input that takes more than linear time: how it is built, its length, and the milliseconds it took."""

    method: str
    lead: str
    pump: str
    end: str
    length: int
    milliseconds: float


def uses() -> tuple[list[Use], list[str]]:
    """Every pattern of the program, and the places where one is made that cannot be told from the source."""
    files = sorted(path for path in ROOT.rglob("*.py") if path.parent.name != "reproduce")  # shown, never run here
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}
    methods = _methods(trees)
    found: list[Use] = []
    unknown: list[str] = []
    seen: set[tuple[Any, int]] = set()
    modules: dict[Path, tuple[Any, frozenset[str]]] = {}
    for path, tree in trees.items():
        calls = [node for node in ast.walk(tree) if _is_of_re(node)]
        if not calls:
            continue
        module = importlib.import_module(_name(path))
        local = frozenset(m for (where, name), ms in methods.items() if where == path and _is_local(name) for m in ms)
        fallback = (local - _OF_TEXT) or frozenset({"finditer"})
        modules[path] = module, fallback
        names = _assigned(tree)
        for call in calls:
            try:
                pattern = re.compile(*_arguments(call, vars(module)))
            except (NameError, TypeError, ValueError):
                unknown.append(f"{path.relative_to(ROOT)}: {ast.unparse(call.args[0])}")
                continue
            used = frozenset({call.func.attr}) - {"compile"}  # type: ignore[attr-defined]
            used = used or methods.get((path, names.get(id(call), "")), frozenset()) or fallback
            seen.add((pattern.pattern, pattern.flags))
            found.append(Use(pattern, used, f"{path.relative_to(ROOT)}:{call.lineno}"))
    for path, (module, fallback) in modules.items():
        for pattern in _held(vars(module), module.__name__):
            if (pattern.pattern, pattern.flags) not in seen:
                seen.add((pattern.pattern, pattern.flags))
                found.append(Use(pattern, fallback, f"{path.relative_to(ROOT)}: {pattern.pattern!r:.60}"))
    return found, unknown


def _is_local(name: str) -> bool:
    return name.islower() and name != "re"


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def _is_of_re(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in {*METHODS, "compile"}
    )


def _methods(trees: dict[Path, ast.Module]) -> dict[tuple[Path, str], frozenset[str]]:
    """The methods called on each name of each module, those of modules that import the name among them."""
    found: dict[tuple[Path, str], set[str]] = {}
    sources: dict[tuple[Path, str], Path] = {}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("checker."):
                source = ROOT.parent.joinpath(*node.module.split(".")).with_suffix(".py")
                sources |= {(path, alias.asname or alias.name): source for alias in node.names}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS and isinstance(node.value, ast.Name):
                name = node.value.id
                found.setdefault((sources.get((path, name), path), name), set()).add(node.attr)
    return {key: frozenset(methods) for key, methods in found.items()}


def _assigned(tree: ast.Module) -> dict[int, str]:
    names: dict[int, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names[id(node.value)] = node.targets[0].id
    return names


def _arguments(call: ast.Call, names: dict[str, Any]) -> tuple[Any, int]:
    """Pattern and flags of a call; a part that is known only when the program runs stands as two letters."""
    function = call.func.attr  # type: ignore[attr-defined]
    at = _FLAGS_AT.get(function, 2)
    given = call.args[at] if len(call.args) > at else None
    given = next((word.value for word in call.keywords if word.arg == "flags"), given)
    flags = _value(given, names) if given is not None else 0
    return _value(_Filled(names).visit(ast.parse(ast.unparse(call.args[0]), mode="eval").body), names), flags


def _value(node: ast.AST, names: dict[str, Any]) -> Any:
    tree = ast.parse(ast.unparse(node), mode="eval")
    return eval(compile(tree, "<pattern>", "eval"), names)


class _Filled(ast.NodeTransformer):
    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        try:
            _value(node.value, self._names)
        except NameError:
            return ast.Constant("ab")
        return node


def _held(value: Any, module: str, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 4 and isinstance(value, dict):
        for key, inner in list(value.items()):
            if not (isinstance(key, str) and key.startswith("__")):
                yield from _held(key, module, depth + 1)
                yield from _held(inner, module, depth + 1)
    elif depth < 4 and isinstance(value, tuple | list | set | frozenset):
        for inner in value:
            yield from _held(inner, module, depth + 1)


def slow(use: Use, clock: Callable[[], int] = time.thread_time_ns) -> Slow | None:
    """An input on which *use* takes more than linear time, if one is found."""
    inputs = _Inputs(use.pattern)
    for method in sorted(use.methods):

        def spent(lead: str, pump: str, end: str, length: int, times: int = 1, method: str = method) -> float:
            given = inputs.text(lead, pump, end, length)
            return min(_milliseconds(use.pattern, method, given, clock) for _ in range(times))

        enough = _AT_ONCE
        for lead, pump, end in inputs.words():
            for length in (_SHORT, _MIDDLE):
                if (took := spent(lead, pump, end, length)) > 20:
                    return Slow(method, lead, pump, end, length, took)
            if spent(lead, pump, end, _LONG) <= enough or spent(lead, pump, end, _LONG, 3) <= enough:
                continue
            less, more = spent(lead, pump, end, _LONG, 3), spent(lead, pump, end, _VERY_LONG, 2)
            if more > _NO_LONGER * less:
                return Slow(method, lead, pump, end, _VERY_LONG, more)
            enough = max(enough, less)  # so much is a constant of this pattern
    return None


def _milliseconds(pattern: re.Pattern[Any], method: str, given: Any, clock: Callable[[], int]) -> float:
    """Processor time of one call: what else runs on the machine does not count."""
    begin = clock()
    if method in ("sub", "subn"):
        getattr(pattern, method)(given[:0], given)
    elif method == "finditer":
        for _ in pattern.finditer(given):
            pass
    else:
        getattr(pattern, method)(given)
    return (clock() - begin) / 1e6


class _Inputs:
    """Inputs made for one pattern."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self._bytes = isinstance(pattern.pattern, bytes)
        self._tree = _parser.parse(pattern.pattern, pattern.flags & ~(0 if self._bytes else re.UNICODE))
        self._any_case = bool(pattern.flags & re.IGNORECASE)
        self._dot_all = bool(pattern.flags & re.DOTALL)
        singles = list(_singles(self._tree))
        characters = dict.fromkeys(_CHARACTERS + "".join(_literals(singles)))
        self._pool = [each for each in characters if not self._bytes or ord(each) < 0x100]
        alike: dict[tuple[bool, ...], str] = {}
        for each in self._pool:
            kind = (each.isalnum() or each == "_", each.isspace(), each == "\n")
            alike.setdefault((*kind, *(self._accepts(node, each) for node in singles)), each)
        self._alphabet = list(alike.values())

    def text(self, lead: str, pump: str, end: str, length: int) -> Any:
        given = lead + pump * (length // len(pump)) + end
        return given.encode("latin-1") if self._bytes else given

    def words(self) -> Iterator[tuple[str, str, str]]:
        """What comes first, what is repeated, and what comes last."""
        leads = {"": None}
        pumps = dict.fromkeys(self._alphabet)
        for lead, bodies in self._repeats(self._tree):
            leads.setdefault(lead)
            for body in bodies:
                pumps |= {body: None, lead + body: None}
        wholes = [self._sample(self._tree, pick, full=full) for pick in range(3) for full in (False, True)]
        pumps |= {whole[:end]: None for whole in wholes for end in range(1, min(len(whole), 12))}
        pumps |= {whole: None for whole in wholes if whole}
        outside = [each for each in "\0€!" if not self._bytes or ord(each) < 0x100]
        ends = ("", outside[0], "\n" + outside[-1])
        few = list(leads)[:12]
        again = {lead + each for lead in list(leads)[:16] for each in self._alphabet}
        pairs = {a + b for a, b in itertools.permutations(self._alphabet[:9], 2)}
        yield from itertools.product(few, pumps, ends)
        yield from itertools.product(("",), sorted((again | pairs) - set(pumps)), ends[:2])

    def _accepts(self, node: Any, character: str) -> bool:
        kind, value = node
        cases = {character, character.lower(), character.upper()} if self._any_case else {character}
        codes = {ord(each) for each in cases if len(each) == 1}
        if kind is sre.LITERAL:
            return value in codes
        if kind is sre.NOT_LITERAL:
            return value not in codes
        if kind is sre.ANY:
            return self._dot_all or character != "\n"
        if kind is sre.CATEGORY:
            return _in_category(str(value).lower(), character)
        if kind is sre.RANGE:
            return any(value[0] <= code <= value[1] for code in codes)
        if kind is sre.IN:
            negated = value[0][0] is sre.NEGATE
            return any(self._accepts(each, character) for each in value if each[0] is not sre.NEGATE) != negated
        return False

    def _sample(self, items: Any, pick: int = 0, *, full: bool = False) -> str:
        """A text that the *items* of a tree accept: the shortest, or with all that may be left out, too."""
        made = ""
        for node in items:
            kind, value = node
            if kind in _SINGLE:
                fitting = [each for each in self._pool if self._accepts(node, each)] or ["a"]
                made += fitting[pick % len(fitting)]
            elif kind in _REPEATS:
                made += self._sample(value[2], pick, full=full) * max(value[0], int(full))
            elif kind is sre.BRANCH:
                made += self._sample(value[1][pick % len(value[1])], pick, full=full)
            elif kind in (sre.SUBPATTERN, sre.ATOMIC_GROUP):
                made += self._sample(_inner(node)[0], pick, full=full)
        return made

    def _repeats(self, items: Any, before: str = "") -> Iterator[tuple[str, list[str]]]:
        """What leads to each repeat, and what it repeats."""
        for position, node in enumerate(items):
            so_far = list(items)[:position]
            for lead in {before + self._sample(so_far), before + self._sample(so_far, 1, full=True)}:
                if node[0] in _REPEATS and node[1][1] > 8:
                    samples = {self._sample(node[1][2], pick, full=full) for pick in range(4) for full in (False, True)}
                    yield lead, sorted(samples - {""})
                for inner in _inner(node):
                    yield from self._repeats(inner, lead)


def _inner(node: Any) -> list[Any]:
    kind, value = node
    if kind in _REPEATS:
        return [value[2]]
    if kind is sre.SUBPATTERN:
        return [value[3]]
    if kind is sre.ATOMIC_GROUP:
        return [value]
    if kind is sre.BRANCH:
        return list(value[1])
    return [value[1]] if kind in (sre.ASSERT, sre.ASSERT_NOT) else []


def _singles(items: Any) -> Iterator[Any]:
    for node in items:
        if node[0] in _SINGLE:
            yield node
        for inner in _inner(node):
            yield from _singles(inner)


def _literals(singles: list[Any]) -> Iterator[str]:
    for kind, value in singles:
        if kind is sre.LITERAL:
            yield chr(value)
        elif kind is sre.IN:
            yield from (chr(inner) for each, inner in value if each is sre.LITERAL)


def _in_category(name: str, character: str) -> bool:
    kind = name.rpartition("_")[2]
    found = {
        "digit": character.isdigit(),
        "space": character.isspace(),
        "word": character.isalnum() or character == "_",
    }[kind]
    return found != ("_not_" in name)


if __name__ == "__main__":  # all of one part of the program: python -m tests.hostile.patterns evidence/source/python.py
    everything, missing = uses()
    sys.stdout.write("".join(f"?? {each}\n" for each in missing))
    for one in everything:
        if one.place.startswith(tuple(sys.argv[1:]) or ("",)) and (found := slow(one)):
            sys.stdout.write(f"{one.place} {one.pattern.pattern!r:.200}\n    {found}\n")
            sys.stdout.flush()

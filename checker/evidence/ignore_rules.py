"""What a repository's ignore files do, by git's own rules.

libgit2 is asked in an empty repository of ours that holds only the ignore files of the submission: neither the
work tree, nor ``.git/info/exclude``, nor anybody's personal rules have a say.
"""

from __future__ import annotations

import contextlib
import functools
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from types import MappingProxyType

import pygit2

from checker.course import Course
from checker.facts.code import Code, ImportedName
from checker.facts.hygiene import IgnoreRules, Rule, Swallowed
from checker.facts.tree import Tree
from checker.repository import Repository, quieten_libgit2

NAME = ".gitignore"
_LARGEST = 200_000
_LARGEST_KEPT = 50_000
_MOST_FILES = 200
_MOST_RULES = 5_000
_ENVIRONMENT = re.compile(r"(^|/)(site-packages|node_modules)/")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    folder: str
    content: bytes

    @property
    def rules(self) -> tuple[Rule, ...]:
        lines = self.content.decode("utf-8", "surrogateescape").removeprefix("\ufeff").split("\n")
        numbered = ((number, line.rstrip("\r")) for number, line in enumerate(lines[:_MOST_RULES], start=1))
        return tuple(Rule(self.path, number, line) for number, line in numbered if line and not line.startswith("#"))


def decisions(whole: Tree, paths: Iterable[str]) -> Mapping[str, Rule | None]:
    """For each of *paths*, from the repository's root: the rule that ignores it, or None. Existence plays no part."""
    quieten_libgit2()
    files = _ignore_files(whole)
    wanted = tuple(dict.fromkeys(paths))
    small = sum(len(file.content) for file in files) <= _LARGEST_KEPT
    deciding = (_decided_once if small else _decided)(files, wanted)
    return MappingProxyType({path: deciding.get(path) for path in wanted})


def _ignore_files(whole: Tree) -> tuple[_File, ...]:
    found: list[_File] = []
    for path, entry in sorted(whole.entries.items()):
        folder, _, name = path.rpartition("/")
        if name == NAME and entry.is_file and entry.size <= _LARGEST and not _ENVIRONMENT.search(f"{path}/"):
            found.append(_File(path, folder, whole.read(path)))
    return tuple(found[:_MOST_FILES])


def _decided(files: tuple[_File, ...], paths: tuple[str, ...]) -> Mapping[str, Rule]:
    return _deciding(files, _ignored(files, paths))


@functools.lru_cache(maxsize=32)
def _decided_once(files: tuple[_File, ...], paths: tuple[str, ...]) -> Mapping[str, Rule]:
    return _decided(files, paths)


def _ignored(files: Iterable[_File], paths: Iterable[str]) -> frozenset[str]:
    with tempfile.TemporaryDirectory(prefix="ignore-") as scratch:
        repository = pygit2.init_repository(f"{scratch}/git", workdir_path=f"{scratch}/tree")
        for file in files:
            _written(Path(scratch, "tree", file.folder), file.content)
        answers = frozenset(path for path in paths if _asked(repository, path))
        repository.free()
    return answers


def _deciding(files: tuple[_File, ...], ignored: frozenset[str]) -> dict[str, Rule]:
    """For each ignored path the last rule, of the deepest file above it, that ignores it when it stands alone.

    All rules are put to libgit2 at once, each as the only line of an ignore file in a folder of its own.
    """
    found: dict[str, Rule] = {}
    if not ignored:
        return found
    shallow_first = sorted(files, key=lambda file: file.folder.count("/") + bool(file.folder))
    rules = [(file, rule) for file in shallow_first for rule in file.rules if not rule.pattern.startswith("!")]
    with tempfile.TemporaryDirectory(prefix="ignore-") as scratch:
        repository = pygit2.init_repository(f"{scratch}/git", workdir_path=f"{scratch}/tree")
        for number, (file, rule) in enumerate(rules):
            _written(Path(scratch, "tree", f"r{number}"), f"{rule.pattern}\n".encode("utf-8", "surrogateescape"))
            prefix = f"{file.folder}/" if file.folder else ""
            for path in ignored:
                if path.startswith(prefix) and _asked(repository, f"r{number}/{path.removeprefix(prefix)}"):
                    found[path] = rule
        repository.free()
    return found


def _written(folder: Path, content: bytes) -> None:
    # A folder's name that this machine's file system does not take has no sample path below it either.
    with contextlib.suppress(OSError, ValueError):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / NAME).write_bytes(content)


def _asked(repository: pygit2.Repository, path: str) -> bool:
    """Whether *path* or a folder above it is ignored: what lies in an ignored folder cannot be taken back in.

    libgit2 alone lets a negated rule take it back.
    """
    parts = path.split("/")
    above = ["/".join(parts[:depth]) + "/" for depth in range(1, len(parts))]
    try:
        return any(repository.path_is_ignored(place) for place in (*above, path))
    except (ValueError, KeyError, pygit2.GitError):
        return False


def ignore_rules(repository: Repository, course: Course) -> IgnoreRules:
    """The ignore files of the repository, and what they say of the course's sample paths."""
    samples = course.samples
    paths = (*samples.bytecode, *samples.data, *samples.advised.values())
    return rules_of(repository.whole(), repository.folder, paths)


def rules_of(whole: Tree, folder: str, paths: Iterable[str]) -> IgnoreRules:
    """As the probe, for *paths* that are relative to the project's *folder*."""
    prefix = f"{folder}/" if folder else ""
    files = _ignore_files(whole)
    asked = {path: prefix + path for path in paths}
    answers = decisions(whole, asked.values())
    return IgnoreRules(
        files=tuple(_shown(file.path, prefix) for file in files),
        misspelt=tuple(_shown(path, prefix) for path in sorted(whole.entries) if _means_ignore(path)),
        unreadable=tuple(_shown(file.path, prefix) for file in files if file.content.startswith(_UTF16)),
        rules=tuple(_moved(rule, prefix) for file in files for rule in file.rules),
        answers=MappingProxyType(
            {path: _moved(rule, prefix) if (rule := answers[place]) else None for path, place in asked.items()},
        ),
    )


def _shown(path: str, prefix: str) -> str:
    """A path as the report shows it: from the project's folder, or above it."""
    if path.startswith(prefix):
        return path.removeprefix(prefix)
    return "../" * prefix.count("/") + path


def _moved(rule: Rule, prefix: str) -> Rule:
    return Rule(_shown(rule.path, prefix), rule.line, rule.pattern)


def _means_ignore(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    if name == NAME or _ENVIRONMENT.search(f"{path}/") or not 6 <= len(name) <= 20:
        return False
    bare = name.removesuffix(".txt").removesuffix(".md").lstrip("._ ")
    return bare == "gitignore" or SequenceMatcher(None, bare, "gitignore").ratio() > 0.84


def swallowed(repository: Repository, tree: Tree, code: Code, course: Course) -> Swallowed:
    """Files of the project that the ignore rules keep out, or would keep out."""
    prefix = f"{repository.folder}/" if repository.folder else ""
    return swallowed_of(repository.whole(), prefix, tree, code, course)


def swallowed_of(whole: Tree, prefix: str, tree: Tree, code: Code, course: Course) -> Swallowed:
    """As the probe, for a project whose paths start with *prefix* in the *whole* repository."""
    names = course.names
    candidates = [(name, path) for name in code.missing for path in _places(name, code.roots)]
    asked_for = [names.main, names.environment_file, f"{names.notebook_folder}/{names.notebook}"]
    followed = [file.path for file in code.project]
    expected = [*followed, *names.modules]
    paths = (*(path for _, path in candidates), *asked_for, *expected)
    answers = decisions(whole, [prefix + path for path in paths])

    def rule_of(path: str) -> Rule | None:
        rule = answers[prefix + path]
        return _moved(rule, prefix) if rule else None

    modules: dict[str, tuple[ImportedName, str, Rule]] = {}
    for name, path in candidates:
        rule = rule_of(path)
        if rule and name.module not in modules:
            modules[name.module] = (name, path, rule)
    missing = {path for _, path, _ in modules.values()}
    return Swallowed(
        modules=tuple(modules.values()),
        named=tuple((path, rule) for path in asked_for if path not in tree and (rule := rule_of(path))),
        threatened=tuple(
            (path, rule) for path in dict.fromkeys(expected) if path not in missing and (rule := rule_of(path))
        ),
    )


def _places(name: ImportedName, roots: tuple[str, ...]) -> tuple[str, ...]:
    """Where the module that an import names could lie."""
    modules = [name.module]
    if name.name is not None and name.name != "*":
        modules.append(f"{name.module}.{name.name}")
    stems = [module.replace(".", "/") for module in modules]
    return tuple(
        f"{root}/{stem}{end}" if root else f"{stem}{end}"
        for root in roots
        for stem in stems
        for end in (".py", "/__init__.py")
    )


PROBES = (ignore_rules, swallowed)

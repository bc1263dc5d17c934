"""The configuration of a submission, and what follows it: each value is changed in turn, in a copy."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from checker.absences import NotDoneYet
from checker.course import Course
from checker.evidence.addresses import elsewhere
from checker.evidence.data_access import tables_asked
from checker.evidence.ignore_rules import decisions
from checker.evidence.settings import changed, is_candidate, may_be_configuration, read_configuration
from checker.evidence.student_runs import StudentRuns
from checker.evidence.worlds import ordinary_world
from checker.facts.code import Code
from checker.facts.configuration import Configuration, ConfigurationFile, Following, Leaf, Trial
from checker.facts.options import GradingOptions
from checker.facts.program import MainRun
from checker.facts.running import Job, Limits, Script
from checker.facts.tree import TooLarge, Tree
from checker.model import Location, Unavailable, known, text

_MOST_FILES = 12
_MOST_TRIALS = 16
_APART = frozenset({"tests", "docs", "notebooks", "node_modules", "site-packages"})


def configuration(tree: Tree, code: Code, course: Course, run: MainRun | Unavailable | None) -> Configuration:
    """The files that hold configuration, which of them main opens, and those that it lacks.

    Where main was not run here, the names in the source tell which it opens, as where it stops too early.
    """
    run = known(run)
    observation = run.observation if run is not None else None
    opened = [one for one in observation.opened if one.inside] if observation else []
    written = {one.path for one in opened if one.writing}
    touched = {one.path: one.where for one in opened if may_be_configuration(one.path) and one.path not in written}
    named = dict(_named(code))
    candidates = [path for path in _candidates(tree, course) if is_candidate(path) or path in touched or path in named]
    wanted = course.names.configuration
    reached = run is not None and (run.succeeded or bool(touched) or bool(run.finished.requests))
    used = frozenset(path for path in candidates if path in (touched if reached else named))
    candidates.sort(key=lambda path: (path not in used, path != wanted, path.count("/"), path))
    absent: dict[str, tuple[Location, ...]] = {
        path: (where,) if where else () for path, where in touched.items() if path not in tree and is_candidate(path)
    }
    absent |= {path: places for path, places in named.items() if path not in tree and is_candidate(path)}
    if not candidates and not absent:
        raise NotDoneYet(text("There is no {file} yet.", file=wanted))
    paths = sorted(absent, key=lambda path: (path != wanted, path))
    rules = decisions(tree, paths)
    return Configuration(
        files=tuple(_read(tree, path) for path in candidates[:_MOST_FILES]),
        opened=used,
        observed=reached and observation is not None,
        absent=tuple((path, absent[path]) for path in paths),
        ignored=Location(rule.path, line=rule.line) if (rule := rules.get(paths[0]) if paths else None) else None,
        left_out=max(0, len(candidates) - _MOST_FILES),
    )


def _candidates(tree: Tree, course: Course) -> Iterator[str]:
    for entry in tree.files():
        folders = entry.path.split("/")[:-1]
        hidden = any(part.startswith(".") for part in folders)
        other = hidden or _APART.intersection(folders) or entry.path == course.names.environment_file
        if not other and may_be_configuration(entry.path):
            yield entry.path


def _read(tree: Tree, path: str) -> ConfigurationFile:
    try:
        return read_configuration(path, tree.read(path, limit=5_000_000))
    except TooLarge:
        size = tree.entries[path].size
        problem = text("{path} is too large to be a configuration ({size} bytes).", path=path, size=size)
        return ConfigurationFile(path, "yaml", "", problem=problem, problem_where=(Location(path),))


def _named(code: Code) -> Iterator[tuple[str, tuple[Location, ...]]]:
    """The configuration files that constants of the project's code name, as paths from the root."""
    found: dict[str, list[Location]] = {}
    for file in code.project:
        for node in ast.walk(file.tree) if file.tree else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and 4 < len(node.value) < 200:
                path = posixpath.normpath(node.value.lstrip("/"))
                if "\n" not in path and " " not in path and may_be_configuration(path) and not path.startswith(".."):
                    found.setdefault(path, []).append(Location(file.path, line=node.lineno))
    for path, places in found.items():
        yield path, tuple(places)


def following(
    tree: Tree,
    code: Code,
    course: Course,
    run: MainRun,
    configuration: Configuration,
    options: GradingOptions,
    runs: StudentRuns,
) -> Following:
    """What becomes of the requests when each text value of the configuration is changed, one run for each.

    Only values that stand in an address are tried: no other can move it. NotDoneYet where there is nothing to try.
    """
    file = configuration.main
    if file is None or file.problem is not None:
        raise NotDoneYet(text("There is no configuration that can be changed."))
    before = tables_asked(run.finished.requests, course)
    wanted = frozenset(role for role in ("train", "test") if role in before or "data" in before)
    leaves = [leaf for other in _used(configuration) for leaf in other.leaves]
    owners = {leaf: other for other in _used(configuration) for leaf in other.leaves}
    places = " ".join(sorted(place for found in before.values() for place in found)).lower()
    candidates = [leaf for leaf in leaves if _stands_in(leaf.value, places)]

    def attempt(leaf: Leaf) -> Trial:
        value = elsewhere(leaf.value, course)
        owner = owners[leaf]
        copy = tree.with_({owner.path: changed(owner, leaf, value)})
        job = Job(
            tree=copy,
            action=Script(run.path),
            variables=course.data.variables,
            world=ordinary_world(course),
            limits=Limits(seconds=course.limits.other),
        )
        return _trial(leaf, value, before, tables_asked(runs.run(job).requests, course), wanted)

    with ThreadPoolExecutor(max_workers=options.jobs or 1, thread_name_prefix="trial") as pool:
        trials = tuple(pool.map(attempt, candidates[:_MOST_TRIALS])) if wanted else ()
    spoken = _words(code)
    dead = tuple(
        leaf
        for leaf in leaves
        if leaf not in candidates and leaf.names and not any(name in spoken for name in leaf.names[-2:])
    )
    return Following(
        file=file.path,
        wanted=wanted,
        trials=trials,
        dead=dead,
        complete=len(candidates) <= _MOST_TRIALS,
    )


def _used(configuration: Configuration) -> tuple[ConfigurationFile, ...]:
    """The files that main opens; where it opens none, the first one."""
    used = tuple(one for one in configuration.files if one.path in configuration.opened and one.problem is None)
    return used or configuration.files[:1]


def _stands_in(value: str, places: str) -> bool:
    bare = value.strip().lower().partition("://")[2] or value.strip().lower()
    bare = bare.partition("?")[0].strip("/")
    return len(bare) >= 2 and bare in places


def _trial(
    leaf: Leaf,
    value: str,
    before: Mapping[str, frozenset[str]],
    after: Mapping[str, frozenset[str]],
    wanted: frozenset[str],
) -> Trial:
    moved: set[str] = set()
    stayed: set[str] = set()
    for role in wanted:
        old = before.get(role, before.get("data", frozenset()))
        new = after.get(role, after.get("data", frozenset()))
        if new - old:
            moved.add(role)
        if new & old:
            stayed.add(role)
    return Trial(leaf, value, frozenset(moved), frozenset(stayed), places=after)


def _words(code: Code) -> frozenset[str]:
    """Names, attributes and string constants of the project's code: by one of them a value is used."""
    words: set[str] = set()
    for file in code.project:
        for node in ast.walk(file.tree) if file.tree else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
                words.update(node.value.split("."))
            elif isinstance(node, ast.Attribute):
                words.add(node.attr)
            elif isinstance(node, ast.Name):
                words.add(node.id)
            elif isinstance(node, ast.arg):
                words.add(node.arg)
    return frozenset(words)


PROBES = (configuration, following)

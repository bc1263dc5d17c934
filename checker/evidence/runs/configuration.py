"""The configuration of a submission, and its effect: main runs with each value changed in turn, in a copy."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from checker.absences import NotDoneYet
from checker.course import Course
from checker.environment_folders import is_installed
from checker.evidence.datasets.urls import url_elsewhere
from checker.evidence.project.code import script_job
from checker.evidence.project.config_files import is_candidate, may_be_configuration, read_configuration, with_value
from checker.evidence.repository.ignore_rules import decisions
from checker.evidence.runs.data_access import tables_asked
from checker.evidence.runs.student_runs import StudentRuns
from checker.evidence.source.python import words_of
from checker.facts.code import Code
from checker.facts.configuration import Configuration, ConfigurationEffect, ConfigurationFile, Leaf, ValueChange
from checker.facts.job import RunLimits
from checker.facts.main_script import MainRun
from checker.facts.options import GradingOptions
from checker.facts.table_roles import ANY
from checker.facts.tree import TooLarge, Tree
from checker.model import Location, Unavailable, known, text

_MOST_FILES = 12
_MOST_TRIALS = 16
_APART = frozenset({"tests", "docs", "notebooks"})


def configuration(tree: Tree, code: Code, course: Course, run: MainRun | Unavailable | None) -> Configuration:
    """The configuration files, those that main opens, and those that it lacks.

    Where main was not run here, or fails too early, the names in the source decide which files it opens.
    """
    run = known(run)
    observation = run.observation if run is not None else None
    opened = [file for file in observation.opened if file.inside] if observation else []
    written = {file.path for file in opened if file.writing}
    touched = {file.path: file.where for file in opened if may_be_configuration(file.path) and file.path not in written}
    named_in_code = dict(_named(code))
    candidates = [
        path for path in _candidates(tree, course) if is_candidate(path) or path in touched or path in named_in_code
    ]
    usual_name = course.names.configuration
    reached = run is not None and (run.succeeded or bool(touched) or bool(run.finished.requests))
    used = frozenset(path for path in candidates if path in (touched if reached else named_in_code))
    candidates.sort(key=lambda path: (path not in used, path != usual_name, path.count("/"), path))
    absent: dict[str, tuple[Location, ...]] = {
        path: (where,) if where else () for path, where in touched.items() if path not in tree and is_candidate(path)
    }
    absent |= {path: places for path, places in named_in_code.items() if path not in tree and is_candidate(path)}
    if not candidates and not absent:
        raise NotDoneYet(text("There is no {file} yet.", file=usual_name))
    paths = sorted(absent, key=lambda path: (path != usual_name, path))
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
        apart = any(part.startswith(".") for part in folders) or is_installed(entry.path)
        is_excluded = apart or _APART.intersection(folders) or entry.path == course.names.environment_file
        if not is_excluded and may_be_configuration(entry.path):
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
    places_by_path: dict[str, list[Location]] = {}
    for file in code.project:
        for word, line in words_of(file):
            if 4 < len(word) < 200:
                path = posixpath.normpath(word.lstrip("/"))
                if "\n" not in path and " " not in path and may_be_configuration(path) and not path.startswith(".."):
                    places_by_path.setdefault(path, []).append(Location(file.path, line=line))
    for path, places in places_by_path.items():
        yield path, tuple(places)


def configuration_effect(
    tree: Tree,
    code: Code,
    course: Course,
    run: MainRun,
    configuration: Configuration,
    options: GradingOptions,
    runs: StudentRuns,
) -> ConfigurationEffect:
    """The requests of main with each text value of the configuration changed, one run for each value.

    Only values that are part of a requested URL are tried: no other value can change one. NotDoneYet where there is
    nothing to try.
    """
    file = configuration.main
    if file is None or not file.can_be_read:
        raise NotDoneYet(text("There is no configuration that can be changed."))
    before = tables_asked(run.finished.requests, course)
    tables = frozenset(role for role in course.data.roles if role in before or ANY in before)
    leaves = [leaf for other in _used(configuration) for leaf in other.leaves]
    owners = {leaf: other for other in _used(configuration) for leaf in other.leaves}
    places = " ".join(sorted(place for locations in before.values() for place in locations)).lower()
    candidates = [leaf for leaf in leaves if _stands_in(leaf.value, places)]

    def attempt(leaf: Leaf) -> ValueChange:
        value = url_elsewhere(leaf.value, course)
        owner = owners[leaf]
        copy = (run.lent or tree).with_({owner.path: with_value(owner, leaf, value)})
        job = replace(script_job(copy, run.path, course), limits=RunLimits(seconds=course.limits.other))
        after = tables_asked(runs.run(job).requests, course)
        moved = frozenset(role for role in tables if _places(after, role) - _places(before, role))
        stayed = frozenset(role for role in tables if _places(after, role) & _places(before, role))
        return ValueChange(leaf, value, moved, stayed, places=after)

    with ThreadPoolExecutor(max_workers=options.jobs or 1, thread_name_prefix="trial") as pool:
        trials = tuple(pool.map(attempt, candidates[:_MOST_TRIALS])) if tables else ()
    words = _words(code)
    unmoved = (leaf for leaf in leaves if leaf not in candidates and leaf.names)
    dead = tuple(leaf for leaf in unmoved if words.isdisjoint(leaf.names[-2:]))
    return ConfigurationEffect(file.path, tables, trials, dead, complete=len(candidates) <= _MOST_TRIALS)


def _used(configuration: Configuration) -> tuple[ConfigurationFile, ...]:
    """The files that main opens; the first file where main opens none."""
    used = tuple(file for file in configuration.files if file.path in configuration.opened and file.can_be_read)
    return used or configuration.files[:1]


def _stands_in(value: str, places: str) -> bool:
    bare = value.strip().lower().partition("://")[2] or value.strip().lower()
    bare = bare.partition("?")[0].strip("/")
    return len(bare) >= 2 and bare in places


def _places(requested: Mapping[str, frozenset[str]], role: str) -> frozenset[str]:
    return requested.get(role, requested.get(ANY, frozenset()))


def _words(code: Code) -> frozenset[str]:
    """Names, attributes and string constants of the project's code: a value is used through one of them."""
    names: set[str] = set()
    for file in code.project:
        for node in ast.walk(file.tree) if file.tree else ():
            match node:
                case ast.Constant(value=str(word)):
                    names.update((word, *word.split(".")))
                case ast.Attribute(attr=name) | ast.Name(id=name) | ast.arg(arg=name):
                    names.add(name)
                case _:
                    pass
    return frozenset(names)


PROBES = (configuration, configuration_effect)

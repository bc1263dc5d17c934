"""Whether main crashes because of its configuration: main runs again with that file mended."""

from __future__ import annotations

import ast
import json
import re

import yaml

from checker.absences import NotDoneYet
from checker.course import Course
from checker.evidence.project.code import script_job
from checker.evidence.project.config_files import nodes_by_keys
from checker.evidence.runs.student_runs import StudentRuns
from checker.facts.configuration import Configuration, ConfigurationCrash, ConfigurationFile
from checker.facts.job import StudentError
from checker.facts.main_script import MainRun
from checker.facts.tree import Tree
from checker.model import text

_ATTRIBUTE = re.compile(r"has no attribute '(\w{1,200})'")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_MOST_MAPPINGS = 50
_VALUE = "somewhere"


def configuration_crash(
    tree: Tree, course: Course, run: MainRun, configuration: Configuration, runs: StudentRuns
) -> ConfigurationCrash:
    """The cause of a crash of main that follows the opening of a faulty configuration file and precedes any data.

    It costs one run, only in this case. NotDoneYet where there is no such crash.
    """
    error, file = run.finished.error, configuration.main
    read = run.observation.reads if run.observation is not None else ()
    opened = file is not None and configuration.observed and file.path in configuration.opened
    mended = _mended(file, _wanted_name(error)) if error and not read and file and opened else None
    if error is None or file is None or mended is None:
        raise NotDoneYet(text("The main script does not end over its configuration."))
    job = script_job((run.lent or tree).with_({file.path: mended.encode()}), run.path, course, observe={})
    return ConfigurationCrash(by_configuration=not _is_same(error, runs.run(job).error))


def _mended(file: ConfigurationFile, name: str | None) -> str | None:
    """The content of *file* as a mapping with *name*, as far as it can be mended; None where it has no mistake."""
    if file.problem is not None:
        if file.can_be_read:
            return file.text
        key = json.dumps(name or "name")
        return f"{{{key}: {json.dumps(_VALUE)}}}\n" if file.format in ("yaml", "json") else ""
    if name is None or any(leaf.is_place for leaf in file.leaves):
        return None
    return _with_name(file, name)


def _with_name(file: ConfigurationFile, name: str) -> str:
    """The text of a file without mistakes, with a value of that name added to each of its mappings."""
    if file.format not in ("yaml", "json"):
        line = f"{name} = {json.dumps(_VALUE)}\n"
        sections = re.sub(r"(?m)^\[.*\]$", lambda heading: f"{heading[0]}\n{line}", file.text)
        return f"{sections}\n[{name}]\n{line}" if file.format == "ini" else line + sections
    written = file.text
    pair = f"{json.dumps(name)}: {json.dumps(_VALUE)}"
    root = yaml.compose(file.text.replace("\t", " "), Loader=yaml.SafeLoader)
    nodes = (node for _, node in nodes_by_keys(root)) if root else ()
    mappings = (node for node in nodes if isinstance(node, yaml.MappingNode))  # an anchor precedes its mapping
    for node in sorted(mappings, key=lambda node: -node.start_mark.index)[:_MOST_MAPPINGS]:
        start = node.start_mark.index
        flow = written.startswith("{", start)
        added = f"{{{pair}{', ' if node.value else ''}" if flow else f"{pair}\n{' ' * node.start_mark.column}"
        written = written[:start] + added + written[start + flow :]
    return written


def _wanted_name(error: StudentError) -> str | None:
    """The missing key or attribute that an error names."""
    kind = error.name.rpartition(".")[2]
    if kind == "AttributeError":
        match = _ATTRIBUTE.search(error.message)
        return match[1] if match else None
    if kind != "KeyError":
        return None
    try:
        key = ast.literal_eval(error.message)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return key if isinstance(key, str) else None


def _is_same(error: StudentError, later: StudentError | None) -> bool:
    """True where two runs ended in the same error at the same line. An attribute missing on any type is one error."""
    if later is None or error.name != later.name or error.where != later.where:
        return False
    name = _wanted_name(error)
    same_name = name is not None and name == _wanted_name(later)
    return same_name or _ADDRESS.sub("", error.message) == _ADDRESS.sub("", later.message)


PROBES = (configuration_crash,)

"""Environment files as they are found in the wild, each with what it declares; and another reader's word for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from fawltydeps.extract_deps import parse_source, validate_deps_source
from fawltydeps.types import UnparseablePathError
from packaging.utils import canonicalize_name

from checker.absences import NotDoneYet
from checker.course import load
from checker.evidence.runs.environment import declared
from checker.facts.environment import EnvironmentFile, Package
from checker.facts.tree import Tree

FOLDER = Path(__file__).with_name("environments")
CASES = sorted(path.parent.name for path in FOLDER.glob("*/expected.yaml"))
COURSE = load().course


def expected(case: str) -> dict[str, Any]:
    return yaml.safe_load((FOLDER / case / "expected.yaml").read_text(encoding="utf-8"))


def read(case: str) -> EnvironmentFile | None:
    folder = FOLDER / case
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != "expected.yaml"]
    try:
        return declared(Tree.of({str(path.relative_to(folder)): path.read_bytes() for path in paths}), COURSE).main
    except NotDoneYet:
        return None


def told(package: Package) -> dict[str, Any]:
    """A package as ``expected.yaml`` writes it."""
    fields = {
        "name": package.name,
        "bound": package.bound.value,
        "where": str(package.where),
        "version": package.spec,
        "conda": package.conda,
        "build": package.build,
        "channel": package.channel,
        "extras": [*package.extras],
        "marker": package.marker,
    }
    return {name: value for name, value in fields.items() if value}


def test_there_are_thirty():
    assert len(CASES) >= 30


@pytest.mark.parametrize("case", CASES)
def test_what_it_declares(case: str):
    wanted, file = expected(case), read(case)
    if wanted["file"] is None:
        assert file is None
        return
    assert file is not None
    problems = [{"says": str(one.what), "where": str(one.where), "fatal": one.fatal} for one in file.problems]
    assert problems == wanted.get("problems", [])
    assert [told(package) for package in file.declared] == wanted["packages"]
    assert (file.path, file.form.value, file.encoding) == (wanted["file"], wanted["form"], wanted["encoding"])
    assert file.name == wanted.get("name")
    assert (file.python.spec if file.python else None) == wanted.get("python")
    assert (str(file.prefix) if file.prefix else None) == wanted.get("prefix")
    assert [*file.channels] == wanted.get("channels", [])
    assert [*file.included] == wanted.get("included", [])
    assert file.bom == wanted.get("bom", False)
    assert file.exported == wanted.get("exported", False)
    assert (sorted(file.direct) if file.direct is not None else None) == wanted.get("direct")


NOT_ASKED = {
    "conda-bomb": "it writes out all that the aliases stand for",
    "project-settings-only": "there is nothing to read",
    "uv-lock": "it does not read locks",
}
DIFFERENT = {
    "conda-includes-requirements": "it does not follow -r in a pip section",
    "conda-latin1": "it reads UTF-8 only",
    "conda-match-specs": "it does not read conda's brackets",
    "conda-pips-signs": "it leaves out what is written wrong",
    "conda-tag-of-python": "it refuses the file, as conda does",
    "conda-utf16-big-endian-without-mark": "it reads UTF-8 only",
    "conda-utf16-powershell": "it reads UTF-8 only",
    "project-poetry": "it does not know the old section dev-dependencies",
    "requirements-addresses": "it takes a path of this computer for a package",
    "requirements-mistakes": "it leaves out what is written wrong",
    "requirements-includes-and-constraints": "it follows no -r by itself",
}
"""Where the other reader knows less, or other things."""


def agree(case: str) -> bool:
    file = read(case)
    if file is None:
        return False
    source = validate_deps_source(FOLDER / case / file.path)
    if source is None or isinstance(source, UnparseablePathError):
        return False
    try:
        found = [dependency.name for dependency in parse_source(source)]
    except Exception:  # noqa: BLE001  it raises what its own parsers raise
        return False
    names = {canonicalize_name(re.split(r"[\s=<>!~]", name)[0]) for name in found} - {"python"}
    return {package.key for package in file.declared} == names


@pytest.mark.parametrize("case", [case for case in CASES if case not in NOT_ASKED | DIFFERENT])
def test_another_reader_finds_the_same_names(case: str):
    assert agree(case)


@pytest.mark.parametrize("case", sorted(DIFFERENT))
def test_each_exception_is_one(case: str):
    assert not agree(case)

"""Each hostile submission gets the verdict that it must get, and leaves nothing behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from checker.course import load
from checker.locale import Speech
from checker.model import Errored, Failed, Passed
from checker.render.json import message_of
from checker.render.registry import FORMATS, renderer
from checker.sandbox.base import Sandbox
from checker.sandbox.capabilities import capabilities
from checker.sandbox.open import open_sandbox
from checker.session import Outcome, Request, run
from tests.conftest import result_of, shell
from tests.hostile.conftest import Ears, Eyes
from tests.hostile.corpus.model import SECRET, Expected, Hostile
from tests.hostile.corpus.registry import FAMILIES
from tests.mutants.model import Edit, Replace, Shell, Write, apply

pytestmark = pytest.mark.slow

Copy = Callable[[str], Path]
HONEST = ("main-runs", "main-reports")


@pytest.fixture(scope="module")
def real(grader: Path) -> Iterator[Sandbox]:
    """The real sandbox, opened by a grader who has secrets. All hostile submissions go through it, one by one."""
    if capabilities().namespaces is not None:
        pytest.skip(str(capabilities().namespaces))
    with open_sandbox("bubblewrap") as opened:
        yield opened


@pytest.fixture
def hurried(tmp_path: Path) -> Callable[[float], str]:
    """The course with a limit in seconds for each run, as a file."""

    def limited(seconds: float) -> str:
        source = Path(load().path).read_text(encoding="utf-8")
        was = next(line for line in source.splitlines() if line.startswith("limits:"))
        now = f"limits: {{notebook: {seconds}, main: {seconds}, other: {seconds}, history: {seconds}}}"
        path = tmp_path / "course.yaml"
        path.write_text(source.replace(was, now), encoding="utf-8")
        return str(path)

    return limited


def made(case: Hostile, copy_of: Copy, names: dict[str, str]) -> Path:
    """The repository of *case*."""
    folder = copy_of(case.base)
    apply(tuple(_placed(edit, names) for edit in case.edits), folder, lambda line: shell(line, folder))
    if case.commit:
        shell("git add -A && git commit -q --allow-empty --no-verify -m 'Work on it'", folder)
    return folder


def _placed(edit: Edit, names: dict[str, str]) -> Edit:
    def placed(words: str) -> str:
        for name, place in names.items():
            words = words.replace(name, place)
        return words

    match edit:
        case Write(_, str() as content):
            return replace(edit, content=placed(content))
        case Replace(_, _, new):
            return replace(edit, new=placed(new))
        case Shell(line):
            return Shell(placed(line))
        case _:
            return edit


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """All files below *folder*, those of git included: when each was changed, and what it holds."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    small = ((path, path.stat()) for path in files)
    return {str(path): (st.st_mtime_ns, path.read_bytes() if st.st_size < 1_000_000 else b"") for path, st in small}


def sentences(outcome: Outcome, check: str) -> str:
    verdict = result_of(outcome.report, check).verdict
    said = [message_of(verdict)]
    if isinstance(verdict, Failed):
        said += [verdict.expected, verdict.hint]
    return " ".join(Speech("en").say(one) for one in said)


def agrees(outcome: Outcome, expected: Expected) -> None:
    """The verdict is the one that is *expected*."""
    verdict = result_of(outcome.report, expected.check).verdict
    said = sentences(outcome, expected.check)
    assert isinstance(verdict, expected.verdict), f"{expected.check}: {verdict}"
    assert expected.says in said, said
    if isinstance(verdict, Failed):
        places = [str(place) for place in verdict.where]
        assert not expected.where or expected.where in places, places


def shown(outcome: Outcome) -> str:
    """All that can be read of *outcome*, in every format and language, and what a log of faults would hold."""
    written = [renderer(name)(outcome.report, Speech(code)) for name in FORMATS for code in ("en", "fr")]
    return "\n".join([*written, repr(outcome.report), *outcome.faults.values()])


def broken(outcome: Outcome) -> dict[str, str]:
    """The checks that broke, with their faults."""
    results = [check for step in outcome.report.steps for check in step.checks]
    return {one.id: one.verdict.fault for one in results if isinstance(one.verdict, Errored)}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=f"{family}--{case.name}".replace(" ", "-"))
        for family, cases in FAMILIES.items()
        for case in cases
    ],
)
def test_hostile(
    case: Hostile,
    copy_of: Copy,
    hurried: Callable[[float], str],
    real: Sandbox,
    ears: Ears,
    eyes: Eyes,
    grader: Path,
) -> None:
    folder = made(case, copy_of, {**ears.names, "@HOME@": str(grader)})
    before = contents(folder)
    started = time.monotonic()
    checks = () if case.whole else tuple(expected.check for expected in case.expected)
    outcome = run(Request(path=folder, checks=checks, course=hurried(case.seconds), docker="off"), sandbox=real)
    took = time.monotonic() - started
    assert not broken(outcome)
    for expected in case.expected:
        agrees(outcome, expected)
    assert took < case.within
    said = shown(outcome)
    for word in (SECRET, *case.never_says):
        assert word not in said
    assert eyes.left() == []
    assert ears.heard() == []
    assert contents(folder) == before
    honest = run(Request(path=copy_of("1.5"), checks=HONEST, docker="off"), sandbox=real)
    assert [type(result_of(honest.report, check).verdict) for check in HONEST] == [Passed, Passed]

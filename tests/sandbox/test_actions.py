"""Actions: a new kind needs no line elsewhere, and the order to a run is one type."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pytest

import checker
from checker.facts import actions
from checker.facts.actions import (
    Action,
    Cells,
    Command,
    Commands,
    FirstSources,
    Import,
    Notebook,
    Preloaded,
    Program,
    Script,
    Service,
    ShellCommand,
    Tool,
    Traits,
)
from checker.facts.job import End, Finished, Job, RunLimits
from checker.facts.tree import Tree
from checker.sandbox.cache.caching import CachingSandbox, repeatable
from checker.sandbox.cache.dependencies import files_reached
from checker.sandbox.inside.order import (
    AnyOrder,
    BindOrder,
    LoadOrder,
    Order,
    ZygoteOrder,
    order_as_json,
    order_from_json,
)
from checker.sandbox.per_grading.clock import GradingClock, RunSlots
from checker.sandbox.per_grading.timed import TimedSandbox
from tests.sandbox.conftest import Runner


@dataclass(frozen=True, slots=True)
class PackageMain(Action):
    """``python -m PACKAGE``, a kind of run that only this test knows."""

    package: str

    @property
    def traits(self) -> Traits:
        return Traits(inside="programs", preloaded=Preloaded.PROGRAMS, has_network=False)

    def content(self):
        return {"program": "script", "path": f"{self.package}/__main__.py", "arguments": ["1"], "as_module": True}

    def first_sources(self, folder):
        return FirstSources(f"{folder}/{self.package}/__main__.py")

    def program(self, folder):
        return Program(self.package, folder, f"python -m {self.package}")


@dataclass(frozen=True, slots=True)
class Environment(Action):
    """The variables of a run, printed by a program of the system."""

    @property
    def traits(self) -> Traits:
        return Traits(inside="", is_student_code=False, is_repeatable=False, starts_in_root=True)

    def executed(self):
        return ("/usr/bin/env", "sh", "-c", "pwd; echo $A")


FILES = {
    "a/b/__init__.py": "",
    "a/b/other.py": "X = 7",
    "a/b/__main__.py": "import sys\nfrom .other import X\nprint(X, sys.argv[1:])",
}


@pytest.mark.parametrize("kind", ["isolated", "plain"])
def test_a_new_kind_of_program_runs(kind: str, request: pytest.FixtureRequest) -> None:
    runner: Runner = request.getfixturevalue(kind)
    finished = runner.job(PackageMain("b"), FILES, folder="a")
    assert (finished.succeeded, finished.output) == (True, "7 ['1']\n")


def test_a_new_kind_that_executes_a_program_runs_in_the_root(isolated: Runner) -> None:
    finished = isolated.job(Environment(), {"a/x": ""}, folder="a", variables={"A": "b"})
    assert finished.output == "/home/student/project\nb\n"


def test_a_new_kind_without_a_network_has_none(isolated: Runner) -> None:
    source = "import urllib.request\nurllib.request.urlopen('http://example.org/train.csv', timeout=2)"
    finished = isolated.job(PackageMain("b"), {**FILES, "a/b/__main__.py": source}, folder="a")
    assert (finished.succeeded, finished.requests) == (False, ())


class Counting:
    """A sandbox that counts what it runs."""

    kind = "plain"

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def run(self, job, scope=None):
        self.jobs.append(job)
        return Finished(end=End.EXIT, status=0, seconds=0.1)


class Kept(dict):
    """A store in memory."""

    def put(self, key, body):
        self[key] = body


@pytest.mark.parametrize(("action", "runs"), [(PackageMain("b"), 1), (Environment(), 2)])
def test_a_new_kind_is_kept_and_timed_as_it_says(action: Action, runs: int) -> None:
    counting = Counting()
    job = Job(tree=Tree.of(FILES), action=action, folder="a", limits=RunLimits(seconds=5))
    with GradingClock(60) as clock:
        sandbox = CachingSandbox(TimedSandbox(counting, clock, RunSlots(1)), Kept())
        for _ in range(2):
            assert sandbox.run(job).succeeded
        assert {program.name for program in clock._taken()} == {PackageMain("b"): {"b"}, Environment(): set()}[action]
    assert len(counting.jobs) == runs


def test_a_new_kind_says_what_it_reads() -> None:
    job = Job(tree=Tree.of({**FILES, "c.py": ""}), action=PackageMain("b"), folder="a")
    assert files_reached(job) == FILES.keys()
    assert files_reached(replace(job, action=Environment())) is None


def test_what_must_return_is_kept_with_its_value_only() -> None:
    finished = Finished(end=End.EXIT, status=0, seconds=1)
    tool, script = (Job(tree=Tree.of({}), action=action) for action in (Tool("x"), Script("x.py")))
    assert repeatable(script, finished)
    assert not repeatable(tool, finished)
    assert repeatable(tool, replace(finished, result={}))


KINDS = {kind.__name__ for kind in (Script, Notebook, Cells, Import, Command, Commands, Service, Tool)}
TESTED = {
    "evidence/runs/student_runs.py": ["Cells"],
    "sandbox/process/command_sequence.py": ["Commands"],
    "sandbox/process/kernel_session.py": ["Notebook"],
    "sandbox/process/plain_cells.py": ["Cells"],
    "sandbox/process/service_session.py": ["Service"],
}
"""The only places that ask which kind an action is: they need a field that only this kind has."""


def type_tests(source: str) -> list[str]:
    """The kinds of actions for which *source* tests a type, by isinstance, a pattern of match, or type() is."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("isinstance", "issubclass")
        ):
            tested: list[ast.AST] = [node.args[1]]
        elif isinstance(node, ast.MatchClass):
            tested = [node.cls]
        elif isinstance(node, ast.Compare) and any(isinstance(sign, ast.Is | ast.IsNot | ast.Eq) for sign in node.ops):
            tested = [*node.comparators]
        else:
            continue
        found += [name.id for part in tested for name in ast.walk(part) if isinstance(name, ast.Name)]
    return [name for name in found if name in KINDS]


def test_few_places_ask_which_kind_an_action_is() -> None:
    root = Path(checker.__file__).parent
    found = {}
    for path in root.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if "checker.facts.actions" in source and (kinds := type_tests(source)):
            found[path.relative_to(root).as_posix()] = kinds
    assert found == TESTED


@pytest.mark.parametrize(
    "source",
    [
        "isinstance(a, Cells)",
        "isinstance(a, Tool | Cells)",
        "match a:\n    case Cells(path):\n        ...",
        "type(a) is Cells",
    ],
)
def test_a_type_test_is_found(source: str) -> None:
    assert "Cells" in type_tests(source)


COMMANDS = Commands((ShellCommand(lines=""),))


def test_every_module_that_an_action_names_is_inside() -> None:
    folder = Path(checker.__file__).parent / "sandbox" / "inside"
    every = (
        Script(""),
        Notebook(""),
        Cells("", ()),
        Import(""),
        Command(""),
        COMMANDS,
        Service(""),
        Tool("lint"),
        Tool(""),
    )
    assert {type(action) for action in every} == {
        kind for kind in vars(actions).values() if isinstance(kind, type) and issubclass(kind, Action)
    } - {Action}
    for action in every:
        assert bool(action.traits.inside) != bool(action.executed())
        assert not action.traits.inside or (folder / f"{action.traits.inside}.py").exists()


ORDER = Order(
    inside="programs",
    root="/r",
    content={"a": [1, {"b": None}], "c": "\udcff é"},
    executed=("a",),
    folder="f",
    variables={"A": "b"},
    limits={"AS": 1},
    interpreter=("/python", "-S"),
    identity=1000,
    owned=("/o",),
    files={"/f": "x"},
    not_importable=("/n",),
    overlaid=("/l",),
    paths=("src",),
    site="/s",
    packages=("/p",),
    observe={"only_files": True},
    redirect=(1, 2),
    lasting=True,
    shadowed=("yaml",),
    descriptors=("input", "report"),
)
ORDERS = [
    ORDER,
    Order(inside="", root="/"),
    ZygoteOrder({"A": "b"}, ("m",), ("warmup.programs",), ("/n",), ("/l",), ("/r",), more=True),
    LoadOrder(("m",), ("kernel.prepare",), ("channel",)),
    BindOrder(("network", "control")),
]


@pytest.mark.parametrize("order", ORDERS, ids=["run", "bare run", "zygote", "load", "bind"])
def test_an_order_comes_back_as_it_was(order: AnyOrder) -> None:
    assert order_from_json(order_as_json(order)) == order


def test_the_round_trip_covers_every_field() -> None:
    bare = Order(inside="", root="/")
    assert [one.name for one in fields(Order) if getattr(ORDER, one.name) == getattr(bare, one.name)] == []


@pytest.mark.parametrize("order", ORDERS, ids=["run", "bare run", "zygote", "load", "bind"])
def test_a_key_that_one_side_does_not_know_is_refused(order: AnyOrder) -> None:
    written = json.loads(order_as_json(order))
    for name in written:
        without = {key: value for key, value in written.items() if key != name}
        with pytest.raises(ValueError, match=f"'{name}'" if name != "order" else "no order"):
            order_from_json(json.dumps(without).encode())
    with pytest.raises(ValueError, match="'future'"):
        order_from_json(json.dumps({**written, "future": 1}).encode())


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b'{"order": "other"}', b'{"order": []}'])
def test_what_is_no_order_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own words, or ours
        order_from_json(body)

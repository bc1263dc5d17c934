"""An observation comes from the student's process: what does not fit is refused as a whole."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from checker.facts.observation import Forged, Holder, Observation, observation_of
from checker.model import Location

WHERE = ["functions.py", None, 3]
SEEN: dict[str, Any] = {
    "functions": [
        {"path": "functions.py", "cell": None, "name": "load", "line": 2, "holder": "module", "calls": 1},
        {"path": "", "cell": 2, "name": "here", "line": 1, "holder": "cell", "calls": 3},
    ],
    "calls": [
        {
            "function": 0,
            "caller": [None, 3, 1],
            "stack": [1],
            "arguments": [{"name": "path", "path": [], "value": "train.csv", "default": False}],
            "given": [],
            "returned": [{"kind": "pandas.DataFrame", "rows": 3, "columns": ["a"], "holder": "return", "frame": True}],
            "made": ["a"],
            "raised": "",
        }
    ],
    "reads": [{"reader": "pandas.read_csv", "source": "a", "rows": 3, "columns": ["a"], "where": WHERE, "stack": [0]}],
    "splits": [{"means": "rows", "where": None, "stack": [0]}],
    "fits": [
        {
            "model": "RandomForestClassifier",
            "value": 20,
            "rows": 3,
            "columns": [{"name": "a", "differs": True, "made_in": 0}],
            "where": WHERE,
            "stack": [0],
            "process": 7,
            "ones": 1,
        }
    ],
    "evaluations": [{"what": "score", "where": WHERE, "stack": []}],
    "prints": [{"where": WHERE, "times": 2, "stack": []}],
    "opened": [{"path": "train.csv", "inside": True, "writing": False, "where": WHERE, "stack": [0]}],
    "asked": [["pandas", "pyarrow"]],
    "imports": [{"package": "pandas", "where": WHERE}],
    "connections": [{"host": "example.org", "port": 443, "where": None, "stack": []}],
    "replaced": ["functions.py:load"],
    "predictions": [{"rows": 3, "ones": 1, "fits": [0], "matrices": [[2, 0, 0, 1]]}],
    "process": 7,
    "cut": False,
}


def test_numbers_become_functions_and_cells_get_the_numbers_of_the_file() -> None:
    seen = Observation.from_json(SEEN, notebook="titanic.ipynb", cells=(2, 4, 5))
    load, here = seen.functions
    assert load.key == "functions.py:load"
    assert (here.holder, here.where) == (Holder.CELL, Location("titanic.ipynb", 4, 1))
    (call,) = seen.calls
    assert (call.function, call.stack, call.caller) == (load, (here,), Location("titanic.ipynb", 5, 1))
    assert seen.fits[0].columns[0].made_in == load
    assert seen.calls_of(load) == (call,)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("functions", 0, "path"), "/etc/passwd"),
        (("functions", 0, "path"), "a/../../b.py"),
        (("functions", 0, "line"), -1),
        (("functions", 0, "line"), True),
        (("functions", 0, "holder"), "library"),
        (("functions", 0, "name"), "x" * 10_000),
        (("functions",), [{}] * 100_000),
        (("calls", 0, "function"), 2),
        (("calls", 0, "stack"), [0] * 1000),
        (("calls", 0, "arguments", 0, "value"), 1 << 80),
        (("calls", 0, "arguments", 0, "value"), [1]),
        (("calls", 0, "caller"), [None]),
        (("fits", 0, "value"), 2.5),
        (("fits", 0, "columns", 0, "made_in"), 9),
        (("opened", 0, "path"), "../secret"),
        (("fits", 0, "ones"), -1),
        (("predictions",), [{"rows": 3, "ones": 1, "fits": [0], "matrices": []}] * 301),
        (("predictions", 0, "matrices"), [[1, 2, 3]]),
        (("predictions", 0, "rows"), None),
        (("cut",), 0),
        (("process",), None),
    ],
)
def test_what_the_observer_cannot_have_written_is_refused(path: tuple[Any, ...], value: object) -> None:
    forged = copy.deepcopy(SEEN)
    place: Any = forged
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(Forged):
        Observation.from_json(forged)
    assert observation_of(forged) is None


@pytest.mark.parametrize("key", sorted(SEEN))
def test_nothing_may_be_missing(key: str) -> None:
    assert observation_of({name: value for name, value in SEEN.items() if name != key}) is None


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(some.sampled_from(sorted(SEEN)), JSON)
def test_no_json_raises_anything_else(key: str, value: Any) -> None:
    observation_of({**SEEN, key: value})
    observation_of({**SEEN, key: [value]})

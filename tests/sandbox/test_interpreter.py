"""Student code in another environment: its own packages, and nothing of ours but the kernel."""

from __future__ import annotations

import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.facts.actions import Command
from checker.preloading import preloaded_libraries
from checker.sandbox.base import SandboxFault
from checker.sandbox.capabilities import capabilities
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.process import import_filter
from checker.sandbox.process.process_sandbox import ProcessSandbox
from tests.sandbox.conftest import Runner

_PLAIN = pytest.param("plain", marks=pytest.mark.slow)
_KINDS = [_PLAIN] if capabilities().namespaces else ["bubblewrap", _PLAIN]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Interpreter:
    """A virtual environment that holds PyYAML and a package of its own; ipykernel is laid over it."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == folder.stat().st_uid and parent.name:
            parent.chmod(parent.stat().st_mode | 0o755)
    venv.create(folder / "env", symlinks=True, with_pip=False)
    made = Interpreter.of(str(folder / "env/bin/python"))
    site = Path(made.site[0])
    for name, distribution in import_filter.closure(["PyYAML"]).items():
        assert name == "pyyaml"
        for file in distribution.files or ():
            source, target = Path(str(distribution.locate_file(file))), site / file
            if ".." not in file.parts:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read_bytes())
    (site / "theirs.py").write_text("VALUE = 6 * 7\n")
    import_filter.build(import_filter.UNDER_KERNEL, str(folder / "kernel"))
    return Interpreter.of(made.executable, [str(folder / "kernel")])


@pytest.fixture(scope="module", params=_KINDS)
def there(request: pytest.FixtureRequest, elsewhere: Interpreter) -> Iterator[Runner]:
    """Programs in that environment, in each kind of sandbox."""
    with ProcessSandbox(request.param, interpreter=elsewhere, libraries=preloaded_libraries(None)) as sandbox:
        yield Runner(sandbox)


LOOK = """
import importlib, sys
import yaml, theirs
print(theirs.VALUE, yaml.safe_load("a: 1"), sys.prefix, yaml.__file__.startswith(sys.prefix))
for name in ("pandas", "sklearn", "ipykernel", "IPython", "psutil", "traitlets", "nbclient", "checker"):
    try:
        importlib.import_module(name)
        print("there is", name)
    except ModuleNotFoundError:
        pass
"""


def test_a_program_has_its_packages_and_none_of_ours(there: Runner, elsewhere: Interpreter) -> None:
    seen = there.script(LOOK)
    assert seen.succeeded, seen.errors
    assert seen.output == f"42 {{'a': 1}} {elsewhere.prefix} True\n"


def test_a_program_that_needs_a_fresh_start_has_them_too(there: Runner, elsewhere: Interpreter) -> None:
    seen = there.script(LOOK, {"random.py": "MINE = 1"})
    assert seen.succeeded, seen.errors
    assert seen.output == f"42 {{'a': 1}} {elsewhere.prefix} True\n"


def test_a_notebook_finds_its_kernel(there: Runner, elsewhere: Interpreter) -> None:
    seen = there.cells("import sys, theirs, yaml\nprint(theirs.VALUE, sys.prefix)", "1/0")
    assert seen.output == f"42 {elsewhere.prefix}\n"
    assert seen.cells == 1
    assert (seen.error.name, str(seen.error.where[0])) == ("ZeroDivisionError", "a.ipynb[2]:1")


def test_a_notebook_beside_a_module_of_a_known_name(there: Runner) -> None:
    seen = there.cells("import yaml, theirs\nprint(yaml.MINE)", files={"yaml.py": "MINE = 'mine'"})
    assert seen.output == "mine\n", seen.error


def test_what_it_starts_is_the_same_python(there: Runner, elsewhere: Interpreter) -> None:
    seen = there.job(Command("python -c 'import sys, theirs; print(sys.prefix)'; command -v pylint >/dev/null"), {})
    assert (seen.output, seen.status) == (f"{elsewhere.prefix}\n", 0)


def test_only_what_is_declared_of_it(there: Runner) -> None:
    seen = there.script("import yaml\nprint(1)\nimport theirs", distributions=frozenset({"PyYAML"}))
    assert seen.output == "1\n", seen.errors
    assert seen.error.name == "ModuleNotFoundError"


def test_data_come_from_the_gateway(there: Runner) -> None:
    seen = there.script("import urllib.request as u\nprint(u.urlopen('https://a.org/train.csv').readline())")
    assert seen.succeeded, seen.errors
    assert seen.requests[0].url == "https://a.org/train.csv"


def test_the_checkers_own() -> None:
    own = Interpreter.of(sys.executable)
    assert own.is_own
    assert any(folder == sys.prefix or sys.prefix.startswith(folder + "/") for folder in own.folders())


def test_what_is_no_python_is_our_fault() -> None:
    for name in ("/nonexistent/python", "/bin/true", "/bin/false"):
        with pytest.raises(SandboxFault):
            Interpreter.of(name)

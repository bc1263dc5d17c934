"""Cells whose errors Jupyter only shows, or never hears of, beside those that look alike and are right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from checker.evidence.source.cell_magics import as_run, muted_cells
from checker.locale import Speech
from checker.model import Failed, Passed
from checker.render.json import message_of
from checker.sandbox.base import Sandbox
from tests.conftest import result_of, shell
from tests.hostile.corpus.model import cells
from tests.mutants.test_mutants import Grade, reproduced

NOTEBOOK = "notebooks/titanic.ipynb"
CHECK = "notebook-runs"
_MAGIC = "commande magique en tête"
_BROKEN = "import pandas as pd\n\nraise ValueError(pd.__name__)\n"


@dataclass(frozen=True, slots=True)
class Unheard:
    """A cell whose error ends no cell: the place that the report names, and fragments of its two sentences."""

    name: str
    cell: str
    where: str
    says: str
    french: str = "échoue, et Jupyter continue"
    script: str = _BROKEN


UNHEARD = (
    Unheard("a script that fails", "%run tools.py", "notebooks/tools.py:3", "fails, and Jupyter goes on: ValueError"),
    Unheard(
        "a script that leaves with a status", "%run tools.py", "notebooks/tools.py:2", "SystemExit: 3",
        script="import sys\nsys.exit(3)\n",
    ),
    Unheard("captured output", "%%capture\nx = 1\n1 / 0", f"{NOTEBOOK}[2]:3", "Jupyter goes on: ZeroDivisionError"),
    Unheard("a debugger", "%%debug\n1 / 0", f"{NOTEBOOK}[2]:2", "hides its errors", _MAGIC),
    Unheard("a debugged line", "%debug 1 / 0", f"{NOTEBOOK}[2]:1", "hides its errors", _MAGIC),
    Unheard(
        "another program that may fail", "%%script --no-raise-error python3\nraise ValueError(3)", f"{NOTEBOOK}[2]:1",
        "hides its errors", _MAGIC,
    ),
    Unheard("a short option", "%%python3 --no-raise\n1 / 0", f"{NOTEBOOK}[2]:1", "hides its errors", _MAGIC),
    Unheard("echo in place of Python", "%%script echo\n1 / 0", f"{NOTEBOOK}[2]:2", "hides its errors", _MAGIC),
    Unheard(
        "false in place of Python", "%%script false --no-raise-error\nimport nowhere", f"{NOTEBOOK}[2]:2",
        "hides its errors", _MAGIC,
    ),
    Unheard("a shell that reads nothing", "%%bash -n\nx = 1 / 0", f"{NOTEBOOK}[2]:2", "hides its errors", _MAGIC),
    Unheard(
        "Python shown as JavaScript", "%%javascript\nimport nowhere", f"{NOTEBOOK}[2]:2", "hides its errors", _MAGIC,
    ),
    Unheard(
        "a cell in a cell", "get_ipython().run_cell('1 / 0')", f"{NOTEBOOK}[2]:1", "Jupyter goes on: ZeroDivisionError"
    ),
    Unheard(
        "a thread that dies",
        "import threading\n\ndef work():\n    raise ValueError('alone')\n\nthread = threading.Thread(target=work)\n"
        "thread.start()\nthread.join()",
        f"{NOTEBOOK}[2]:4",
        "Jupyter goes on: ValueError: alone",
    ),
    Unheard(
        "a thread that dies after the last cell",
        "import threading, time\n\ndef work():\n    time.sleep(0.5)\n    raise ValueError('late')\n\n"
        "threading.Thread(target=work).start()",
        f"{NOTEBOOK}[2]:5",
        "Jupyter goes on: ValueError: late",
    ),
    Unheard(
        "a timer that dies",
        "import threading\n\nclass Work(threading.Thread):\n    def run(self):\n        self.nothing\n\nWork().start()",
        f"{NOTEBOOK}[2]:5",
        "Jupyter goes on: AttributeError",
    ),
    Unheard(
        "a task that nobody waits for",
        "import asyncio\n\nasync def work():\n    raise ValueError('lost')\n\ntask = asyncio.ensure_future(work())",
        f"{NOTEBOOK}[2]:4",
        "Jupyter goes on: ValueError: lost",
    ),
    Unheard(
        "a task that fails later, and is no more",
        "import asyncio\n\nasync def work():\n    await asyncio.sleep(0.01)\n    raise ValueError('lost')\n\n"
        "asyncio.create_task(work())\nawait asyncio.sleep(0.1)",
        f"{NOTEBOOK}[2]:5",
        "Jupyter goes on: ValueError: lost",
    ),
)  # fmt: skip

HONEST = {
    "time": "%%time\nsum(range(10))",
    "timeit": "%timeit -n1 -r1 sum(range(10))",
    "a module that is written": "%%writefile made.py\nX = 1",
    "a script": "%run tools.py",
    "a script that leaves well": "%run leaving.py",
    "captured output that is used": "%%capture said\nprint(1)",
    "a shell": "%%bash\nls",
    "an installation by a shell": "%%bash\npip install --quiet nowhere-to-be-found",
    "an installation whose output is captured": "%%capture\n!pip install nowhere-to-be-found",
    "a command that fails": "!false",
    "a program that works": "%%script --no-raise-error python3\nprint(1)",
    "a page": "%%html\n<b>x = 1</b>",
    "a script of the page": "%%javascript\nrequire.config({paths: {}}); const f = function(x) { return x; }",
    "formulas": "%%latex\n$x = 1$",
    "text": "%%markdown\nNext",
    "an error that is handled": "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    print(error)",
    "a thread": "import threading\nthread = threading.Thread(target=print)\nthread.start()\nthread.join()",
    "a pool that stays": "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor()\n"
    "print(list(pool.map(str, range(3))))",
    "a thread whose error is handled": "import threading\n\ndef work():\n    try:\n        1 / 0\n"
    "    except ZeroDivisionError:\n        pass\n\nthreading.Thread(target=work).start()",
    "tasks whose errors are looked at": "import asyncio\n\nasync def work():\n    1 / 0\n\n"
    "print(await asyncio.gather(work(), return_exceptions=True))",
    "a task": "import asyncio\n\nasync def work():\n    await asyncio.sleep(0.1)\n\ntask = asyncio.create_task(work())",
}


@pytest.fixture
def with_cell(copy_of: Callable[[str], Path]) -> Callable[..., Path]:
    """The solution of 1.5, whose notebook is one *cell* between two others."""

    def made(cell: str, script: str = "print(1)\n") -> Path:
        folder = copy_of("1.5")
        (folder / NOTEBOOK).write_text(
            cells("import sys\nsys.path.insert(0, '..')", cell, "VALUE = 1"), encoding="utf-8"
        )
        (folder / "notebooks/tools.py").write_text(script, encoding="utf-8")
        (folder / "notebooks/leaving.py").write_text("import sys\nsys.exit()\n", encoding="utf-8")
        shell("git add -A && git commit -q -m 'Try'", folder)
        return folder

    return made


@pytest.mark.slow
@pytest.mark.parametrize("case", UNHEARD, ids=lambda case: case.name)
def test_an_error_that_ends_no_cell_fails_the_notebook(
    case: Unheard, with_cell: Callable[..., Path], grade: Grade, sandbox: Sandbox
) -> None:
    folder = with_cell(case.cell, case.script)
    verdict = result_of(grade(folder, checks=(CHECK,), own=False).report, CHECK).verdict
    assert isinstance(verdict, Failed), verdict
    assert case.where in [str(place) for place in verdict.where]
    said = {
        language: [Speech(language).say(one) for one in (message_of(verdict), verdict.hint)]
        for language in ("en", "fr")
    }
    assert case.says in " ".join(said["en"])
    assert case.french in " ".join(said["fr"])
    assert reproduced(verdict.reproduce, folder, sandbox) != 0
    assert reproduced(verdict.reproduce, with_cell("x = 1"), sandbox) == 0


@pytest.mark.slow
@pytest.mark.parametrize("cell", HONEST.values(), ids=HONEST)
def test_what_looks_alike_and_is_right_passes(cell: str, with_cell: Callable[..., Path], grade: Grade) -> None:
    verdict = result_of(grade(with_cell(cell), checks=(CHECK,), own=False).report, CHECK).verdict
    assert isinstance(verdict, Passed), Speech("en").say(message_of(verdict))


@pytest.mark.parametrize(
    ("source", "run"),
    [
        ("x = 1", "x = 1"),
        ("%%time\nx = 1", "%%time\nx = 1"),
        ("\n%%script echo\nx = 1", "\n# %%script echo\nx = 1"),
        ("%%script /bin/true\nimport pandas", "# %%script /bin/true\nimport pandas"),
        ("%%script --out said cat\nx = 1", "# %%script --out said cat\nx = 1"),
        ("%%script env python3\nx = 1", "%%script env python3\nx = 1"),
        ("%%script python3 -c 1\nx = 1", "# %%script python3 -c 1\nx = 1"),
        ("%%script node\nlet x = 1", "%%script node\nlet x = 1"),
        ("%%script sqlite3 data.db\nSELECT 1", "%%script sqlite3 data.db\nSELECT 1"),
        ("%%script tee notes.txt\nRemember this", "%%script tee notes.txt\nRemember this"),
        ("%%bash --no-raise-error\nls nowhere", "%%bash --no-raise-error\nls nowhere"),
        ("%%html\n<p>x = 1</p>", "%%html\n<p>x = 1</p>"),
        ("%debug", "%debug"),
        ("%%", "%%"),
    ],
)
def test_only_lines_that_keep_a_cell_from_running_are_taken_out(source: str, run: str) -> None:
    assert as_run(source) == run
    assert bool(muted_cells((source,))) == (run != source)

"""What a program can do to what is seen inside of its own process, and the suspicion that it gets for it.

An honest program, however unusual, gets none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from checker.checks.suspicions import SUSPICIONS
from checker.course import Course, load
from checker.evidence.datasets.served import Seeds
from checker.evidence.registry import probes
from checker.facts.absent_modules import AbsentModules
from checker.facts.submission import Submission
from checker.facts.tree import Tree
from checker.grader import Outcome
from checker.model import Failed, Passed, Suspicion
from checker.open_submission import open_submission
from checker.plan import Evidence
from checker.repository.repository import Repository
from checker.sandbox.base import Sandbox
from checker.solutions import steps
from checker.submission_defaults import Defaults, defaults
from tests.conftest import result_of, run_facts, shell
from tests.mutants.model import Variant, apply
from tests.mutants.registry import VARIANTS
from tests.mutants.test_mutants import identity
from tests.sandbox.conftest import notebook

Doubts = Callable[[Path], tuple[Suspicion, ...]]


@pytest.fixture
def doubts(sandbox: Sandbox) -> Doubts:
    """All suspicions that a repository raises, without grading it."""

    def found(folder: Path) -> tuple[Suspicion, ...]:
        with open_submission(folder) as repository:
            tree = repository.tree()
            given = {
                Course: load().course,
                Defaults: defaults(tree),
                Repository: repository,
                Seeds: Seeds(),
                Submission: Submission(path=folder, own=False),
                AbsentModules: AbsentModules(tree, tree),
                Tree: tree,
                **run_facts(sandbox),
            }
            evidence = Evidence(given, probes())
            return tuple(one for doubt in SUSPICIONS for one in evidence.call(doubt))

    return found


@pytest.fixture
def repository(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """A repository of one commit with these files."""

    def made(files: Mapping[str, str]) -> Path:
        folder = tmp_path / "forged"
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content, encoding="utf-8")
        shell("git init -q -b main && git add -A && git commit -q -m Work", folder)
        return folder

    return made


SILENCED = """
shell = get_ipython()
class Result:
    success, error_before_exec, error_in_exec, result, execution_count = True, None, None, None, 1
    def raise_error(self): pass
async def nothing(*args, **kwargs):
    return Result()
shell.run_cell_async = nothing
"""

NOTEBOOKS: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "cells are no longer run": ((SILENCED, "1 / 0", "print(2)"), {"reaches-kernel"}),
    "the same, its name put together": (
        ("s = get_ipython()\nsetattr(type(s), 'run_cell' + '_asy' + 'nc' + '2', None)", "1"),
        {"reaches-libraries"},
    ),
    "the traceback is silenced": (
        ("from IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.showtraceback = print", "1"),
        {"reaches-kernel"},
    ),
    "errors are caught for all": (
        ("get_ipython().set_custom_exc((Exception,), lambda *a, **k: None)", "1"),
        {"reaches-kernel"},
    ),
    "the replies are signed by the student": (
        ("key = get_ipython().kernel.session.key\nprint(len(key))",),
        {"reaches-kernel"},
    ),
    "the kernel's events": (("ip = get_ipython()\nip.events.callbacks['post_run_cell'].clear()",), {"reaches-kernel"}),
    "frames": (("import sys\nnames = sys._getframe(1).f_locals",), {"reaches-frames"}),
    "memory": (("from gc import get_objects\nlen(get_objects())",), {"reaches-memory"}),
    "ctypes": (("c = __import__('ctypes')",), {"reaches-memory"}),
    "a trace": (("from sys import settrace as t\nt(None)",), {"reaches-tracing"}),
    "open files": (
        ("import os\nfor n in range(3, 5):\n    try:\n        os.write(n, b'')\n    except OSError:\n        pass",),
        {"reaches-channels"},
    ),
    "its own process": (("open('/proc/self/maps').read()[:1]",), {"reaches-channels"}),
    "a reader of pandas": (
        ("import pandas as pd\nread = pd.read_csv\npd.read_csv = lambda *a: read(*a)",),
        {"reaches-libraries"},
    ),
    "a forest of one": (
        ("from sklearn.ensemble import RandomForestClassifier as R\nR.n_estimators = property(lambda self: 20)",),
        {"reaches-libraries"},
    ),
    "everything is equal": (
        ("class Yes:\n    def __eq__(self, other):\n        return True\n    __hash__ = None",),
        {"reaches-libraries"},
    ),
    "an end that waits": (("import atexit\natexit.register(print)",), {"reaches-leaving"}),
    "code in a text": (
        ("import base64\nexec(base64.b64decode('cHJpbnQoMSk='))",),
        {"reaches-hidden"},
    ),
}


@pytest.mark.parametrize(
    "name",
    [name if number < 3 else pytest.param(name, marks=pytest.mark.slow) for number, name in enumerate(NOTEBOOKS)],
)
def test_a_notebook_that_reaches_too_far(
    name: str, repository: Callable[[Mapping[str, str]], Path], doubts: Doubts
) -> None:
    cells, wanted = NOTEBOOKS[name]
    found = doubts(repository({"titanic.ipynb": notebook(*cells)}))
    assert wanted <= {one.id for one in found}
    assert all(str(place).startswith("titanic.ipynb[") for one in found for place in one.where)


@pytest.mark.slow
@pytest.mark.parametrize(
    "trick",
    [
        SILENCED,
        # nothing in it can be found by reading
        "shell = get_ipython()\nname = 'run_' + 'cell' + '_async'\n"
        + SILENCED.partition("shell = get_ipython()")[2].replace("shell.run_cell_async = nothing", "")
        + "vars(shell)[name] = nothing",
    ],
    ids=["open", "concealed"],
)
def test_a_kernel_that_runs_nothing_is_contradicted(
    trick: str, repository: Callable[[Mapping[str, str]], Path], doubts: Doubts
) -> None:
    found = {one.id: one for one in doubts(repository({"titanic.ipynb": notebook("x = 1", trick, "1 / 0", "x")}))}
    early = found["notebook-stops-early"]
    assert [str(place) for place in early.where] == ["titanic.ipynb[3]", "titanic.ipynb[3]:1"]
    assert "ZeroDivisionError" in str(early.reason)
    assert early.checks == ("notebook-runs",)


@pytest.mark.parametrize(
    "leaving",
    [
        "exit()",
        "import os\nos._exit(0)",
        *(
            pytest.param(leaving, marks=pytest.mark.slow)
            for leaving in ("quit()", "import sys\nsys.exit()", "raise SystemExit(0)", "exit")
        ),
    ],
)
def test_a_notebook_that_ends_in_the_middle_has_not_run(
    leaving: str, repository: Callable[[Mapping[str, str]], Path], grade: Callable[..., Outcome]
) -> None:
    folder = repository({"titanic.ipynb": notebook("x = 1", leaving, "print('the work')")})
    verdict = result_of(grade(folder, checks=("notebook-runs",)).report, "notebook-runs").verdict
    assert isinstance(verdict, Failed)
    assert str(verdict.where[0]).startswith("titanic.ipynb[2]")


@pytest.mark.slow
@pytest.mark.parametrize("leaving", ["exit()", "quit"])
def test_a_notebook_may_say_goodbye_at_its_end(
    leaving: str, repository: Callable[[Mapping[str, str]], Path], grade: Callable[..., Outcome], doubts: Doubts
) -> None:
    folder = repository({"titanic.ipynb": notebook("x = 1", leaving, "")})
    assert isinstance(result_of(grade(folder, checks=("notebook-runs",)).report, "notebook-runs").verdict, Passed)
    assert doubts(folder) == ()


MAIN = """
import sys
import pandas as pd
train = pd.read_csv("https://data.example/train.csv")
watched = hasattr(__import__("builtins"), "__obs" + "erved__")
print("Score: 0.81")
"""


def test_a_program_that_knows_when_it_is_watched(
    repository: Callable[[Mapping[str, str]], Path], doubts: Doubts
) -> None:
    program = MAIN + "if watched:\n    pd.read_csv('https://data.example/test.csv')\nelse:\n    sys.exit(3)\n"
    found = {one.id: one for one in doubts(repository({"main.py": program}))}
    assert "its exit status" in str(found["main-differs"].reason)
    assert "network" in str(found["main-differs"].reason)


FORGED = """
import json, os
import pandas as pd
pd.DataFrame({"a": [1]}).to_csv("out.csv")
line = json.dumps({"observation": {"functions": []}}).encode() + b"\\n"
numbers = [int(name) for name in os.listdir("/pr" + "oc/se" + "lf/fd")]
for number in numbers:
    if number > 2:
        try:
            os.write(number, line)
        except OSError:
            pass
"""


def test_a_report_of_another_hand(repository: Callable[[Mapping[str, str]], Path], doubts: Doubts) -> None:
    found = {one.id: one for one in doubts(repository({"main.py": FORGED}))}
    assert "more than one report" in str(found["reports-forged"].reason)


def test_words_on_the_line_of_the_observer(repository: Callable[[Mapping[str, str]], Path], doubts: Doubts) -> None:
    program = FORGED.replace('json.dumps({"observation": {"functions": []}}).encode()', "b'full marks'")
    found = {one.id: one for one in doubts(repository({"main.py": program}))}
    assert "words that are not ours" in str(found["reports-forged"].reason)


HONEST = {
    "the usual decoration": (
        "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'\n%load_ext autoreload\n%autoreload 2",
        "from IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.ast_node_interactivity = 'all'",
        (
            "import matplotlib.pyplot as plt\nimport pandas as pd\nimport seaborn as sns\nimport warnings\nimport os\n"
            "plt.rcParams['figure.figsize'] = (8, 6)\npd.options.display.max_columns = 50\nsns.set_theme()\n"
            "os.environ['A'] = 'b'\nwarnings.showwarning = lambda *a, **k: None"
        ),
        "fig, ax = plt.subplots()\nax.plot([1, 2])\nplt.show()\nplt.close()",
        "display(pd.DataFrame({'a': [1]}))\nget_ipython().run_line_magic('matplotlib', 'inline')",
        "%time x = sum(range(10))\n!echo hello\nfiles = !ls\nlen(files), _, Out",
    ),
    "where am I": (
        (
            "import inspect, os, sys\n"
            "here = os.path.dirname(os.path.abspath(inspect.getfile(inspect.currentframe())))\n"
            "inspect.getdoc(os), inspect.signature(print)"
        ),
        (
            "try:\n    kind = get_ipython().__class__.__name__\nexcept NameError:\n    kind = ''\n"
            "'IPKernelApp' in get_ipython().config, hasattr(get_ipython(), 'kernel')"
        ),
        "sys.path.append('..')\nsys.modules.pop('functions', None)",
    ),
    "cells that are no Python": (
        "%%bash\necho hello",
        "%%time\ny = 3",
        "%%html\n<b>bold</b>",
        "%%writefile made.py\ndef f(x):\n    return x + 1",
        "from made import f\nf(y)",
        "%%capture out\nprint(f(1))",
        "assert '2' in out.stdout",
    ),
    "its own source": (
        "import inspect\ndef g():\n    return 1\nh = lambda: 2\ng(), h()\nprint(inspect.getsource(g))",
        (
            "class Model:\n    def fit(self, x):\n        self.n_estimators = 3\n        return self\n"
            "    def __eq__(self, other):\n        return type(self) is type(other)\n    __hash__ = None"
        ),
        "Model().fit([1]) == Model()",
    ),
    "a setup that is repeated": (
        "from pathlib import Path\nimport os\nif Path.cwd().name == 'notebooks':\n    os.chdir('..')",
        "import gc, atexit, sys\ngc.collect()\nsys.stdout.flush()\nsys.setrecursionlimit(3000)",
        "exec('z = 3')\neval('z + 1')",
    ),
    "top-level await": ("import asyncio\nawait asyncio.sleep(0)", "x = 1"),
    "waiting for a figure that nobody looks at": (
        "import warnings\nwarnings.filterwarnings('error', category=UserWarning)\nimport matplotlib.pyplot as plt",
        *["plt.figure()\nplt.plot([1, 2])\nplt.show()"] * 25,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HONEST)
def test_an_honest_notebook_raises_no_doubt(
    name: str,
    repository: Callable[[Mapping[str, str]], Path],
    doubts: Doubts,
    grade: Callable[..., Outcome],
) -> None:
    folder = repository({"titanic.ipynb": notebook(*HONEST[name])})
    assert isinstance(result_of(grade(folder, checks=("notebook-runs",)).report, "notebook-runs").verdict, Passed)
    assert doubts(folder) == ()


@pytest.mark.slow
@pytest.mark.parametrize("step", steps())
def test_a_solution_raises_no_doubt(step: str, solution: Callable[[str], Path], doubts: Doubts) -> None:
    assert doubts(solution(step)) == ()


_WITHOUT_CODE = re.compile(
    r"\.gitignore|\.dockerignore|Dockerfile|(config|environment)\w*\.ya?ml|requirements.*|.*\.(txt|csv|pkl|json|example)"
)


def has_own_code(case: Variant) -> bool:
    """True where an edit may change a program: in all other variants, those of the solution run."""
    paths = (getattr(edit, "path", None) for edit in case.edits)
    return any(path is None or not _WITHOUT_CODE.fullmatch(path.rsplit("/", 1)[-1]) for path in paths)


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in VARIANTS if has_own_code(case)], ids=identity)
def test_a_variant_raises_no_doubt(case: Variant, copy_of: Callable[[str], Path], doubts: Doubts) -> None:
    folder = copy_of(case.base)
    apply(case.edits, folder)
    assert doubts(folder) == ()


def test_a_doubt_changes_neither_points_nor_the_exit_code(
    repository: Callable[[Mapping[str, str]], Path], grade: Callable[..., Outcome]
) -> None:
    honest = notebook("x = 1")
    forged = notebook("import sys\nsys._getframe()")
    folder = repository({"titanic.ipynb": honest})
    before = grade(folder, up_to="1.1")
    (folder / "titanic.ipynb").write_text(forged, encoding="utf-8")
    after = grade(folder, up_to="1.1")
    assert before.report.suspicions == ()
    assert [one.id for one in after.report.suspicions] == ["reaches-frames"]
    assert (before.report.points, before.exit_code) == (after.report.points, after.exit_code)

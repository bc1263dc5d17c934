"""The figures are pylint's own, whatever the student writes for pylint."""

from __future__ import annotations

import os
import re
import sys

import pytest

from checker.absences import NotDoneYet, UnavailableHere, VerdictInstead
from checker.course import load
from checker.evidence.project.code import read_code
from checker.evidence.runs.lint import handed_over, lint_scores, own_names
from checker.evidence.source.lint_dependencies import lint_dependencies
from checker.facts.actions import Tool
from checker.facts.history import Commit, History
from checker.facts.job import End, Finished, Job
from checker.facts.tree import Tree
from checker.model import Failed, Location
from checker.sandbox.cache.caching import CachingSandbox
from checker.sandbox.cache.store import ResultStore
from tests.other_courses import with_pylint
from tests.processes import ended

COURSE = load().course

HURRIED = """import os, sys
import pandas as pd
from functions import load
def f(x):
    Y = pd.read_csv(x)
    for i in range(len(Y)):
        if Y["a"][i] == None:
            print(i)
    return load(Y).nothing_at_all
print(f("x.csv"))
"""
FUNCTIONS = '''"""Functions."""
import pandas as pd
from helping import Gone


def load(table):
    """Return it."""
    unused = 3
    return pd.concat([table, table])
'''
TREES = {
    "flat": {"main.py": HURRIED, "functions.py": FUNCTIONS, "helping.py": "Present = 1\n"},
    "packages": {
        "main.py": "from src.data.load import load\nprint(load(3))\n",
        "src/data/load.py": FUNCTIONS.replace("from helping import Gone", "from src.data.more import b"),
        "src/data/more.py": "import os\ndef b(): return 1\n",
        "src/models/load.py": "import sys\nx = 1\n",
    },
    "no packages": {
        "main.py": "from sub.one import a\nfrom sub import two\nprint(a, two)\n",
        "sub/one.py": "from . import two\nimport two as three\na = two, three\n",
        "sub/two.py": "X=[1 for x in range(3)]\n",
    },
    "good": {
        "main.py": '"""Say hello."""\n\nfrom functions import hello\n\nhello()\n',
        "functions.py": '"""F."""\n\n\ndef hello():\n    """Hi."""\n    print("hello")\n',
    },
}


def scores_of(files, sandbox, history=None):
    tree = Tree.of(files)
    return lint_scores(tree, read_code(tree, COURSE, None), COURSE, sandbox, history)


def by_command_line(files, paths, folder, *options):
    for path, source in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(source)
    line = [sys.executable, "-m", "pylint", "--rcfile=/dev/null", "--disable=duplicate-code,cyclic-import", *options]
    surroundings = {"PYTHONPATH": ".", "PYLINTHOME": str(folder / ".home"), "PATH": os.environ["PATH"]}
    done = ended([*line, *paths], cwd=folder, env=surroundings, timeout=120)
    return float(re.search(r"rated at (-?[\d.]+)/10", done.stdout)[1])


@pytest.mark.slow
@pytest.mark.parametrize("name", TREES)
def test_the_figures_are_those_of_the_command_line(name, sandbox, tmp_path):
    scores = scores_of(TREES[name], sandbox)
    assert scores.main.value == by_command_line(TREES[name], scores.main.paths, tmp_path)
    assert scores.modules.value == by_command_line(TREES[name], scores.modules.paths, tmp_path)


@pytest.mark.slow
def test_comments_for_the_linter_do_not_count_but_are_told(sandbox):
    files = {"main.py": "# pylint: skip-file\n" + HURRIED, "functions.py": "# pylint: disable=all\n" + FUNCTIONS}
    plain = scores_of({"main.py": "#\n" + HURRIED, "functions.py": "#\n" + FUNCTIONS}, sandbox)
    scores = scores_of(files, sandbox)
    assert scores.main.value == plain.main.value
    assert scores.modules.value == plain.modules.value
    assert scores.main.honoured is None
    assert [str(place) for place in scores.main.pragmas] == ["main.py:1"]
    assert plain.main.honoured == plain.main.value


@pytest.mark.slow
def test_a_configuration_of_the_student_is_not_read(sandbox, tmp_path):
    mark = tmp_path / "ran"
    hook = f"open({str(mark)!r}, 'w')"
    files = {
        "main.py": HURRIED,
        ".pylintrc": f"[MAIN]\ninit-hook={hook}\n[MESSAGES CONTROL]\ndisable=all\n",
        "pylintrc": "[MESSAGES CONTROL]\ndisable=all\n",
        "pyproject.toml": '[tool.pylint.main]\ndisable = ["all"]\n',
        "setup.cfg": "[pylint]\ndisable=all\n",
    }
    assert scores_of(files, sandbox).main.value == scores_of({"main.py": HURRIED}, sandbox).main.value
    assert not mark.exists()


def test_import_errors_of_libraries_and_of_what_a_run_charges_are_left_out_and_other_names_stay(sandbox):
    files = {
        "main.py": '"""Main."""\nimport exotic_library\nfrom src.gone import load\nfrom src.here import other\n\n'
        "print(exotic_library, load, other)\n",
        "src/here.py": "",
    }
    scores = scores_of(files, sandbox)
    assert scores.main.left_out == ("exotic_library",)
    (group,) = scores.main.groups
    assert group.symbol == "no-name-in-module"
    assert (group.where, group.texts) == (
        (Location("main.py", line=4, column=1),),
        ("No name 'other' in module 'src.here'",),
    )
    assert str(scores.main.groups[0].where[0]) == "main.py:4"


def test_a_file_that_cannot_be_parsed_is_named_and_is_in_no_figure(sandbox):
    scores = scores_of(TREES["flat"] | {"helping.py": "<<<<<<< HEAD\nx = 1\n=======\n"}, sandbox)
    assert [str(where) for where, _ in scores.modules.unreadable] == ["helping.py:1"]
    assert [file.path for file in scores.modules.files] == ["functions.py"]


def test_files_without_a_statement_have_no_score(sandbox):
    scores = scores_of(
        {"main.py": "import empty\nimport words\n", "empty.py": "", "words.py": '"""Only words."""\n'}, sandbox
    )
    assert scores.modules.value is None
    assert scores.modules.statements == 0


def test_groups_say_what_each_kind_of_message_costs(sandbox):
    scores = scores_of(TREES["flat"], sandbox)
    assert sum(group.cost for group in scores.main.groups) == pytest.approx(10 - scores.main.value, abs=0.1)
    costs = [group.cost for group in scores.main.groups]
    assert costs == sorted(costs, reverse=True)
    assert all(group.where and group.example for group in scores.main.groups)


def test_no_code_is_to_do(sandbox):
    with pytest.raises(NotDoneYet):
        scores_of({"README.md": ""}, sandbox)


def test_another_pylint_than_the_course_asks_for_is_not_here(sandbox):
    tree = Tree.of({"main.py": "x = 1\n"})
    other = with_pylint(COURSE, version="2.17")
    with pytest.raises(UnavailableHere):
        lint_scores(tree, read_code(tree, other, None), other, sandbox, None)


def test_the_first_scores_are_those_of_the_first_commits_that_had_the_files(sandbox):
    def commit(number, files, own=True):
        return Commit(f"{number}" * 40, (), "A", number, "m", own, lambda: Tree.of(files))

    steps = [
        commit(1, {"main.py": "x = 1\n"}, own=False),
        commit(2, {"functions.py": "import os\n"}),
        commit(3, TREES["flat"]),
        commit(4, TREES["good"]),
    ]
    history = History(tuple(steps[::-1]), (), None, None, None)
    scores = scores_of(TREES["good"], sandbox, history)
    assert scores.main.value == 10
    assert scores.first["main"].commit == "33333333"
    assert scores.first["main"].value == scores_of(TREES["flat"], sandbox).main.value
    assert scores.first["modules"].commit == "22222222"


def handed(main, **others):
    tree = Tree.of({"main.py": main, **{path.replace("__", "/") + ".py": body for path, body in others.items()}})
    paths, hidden = handed_over(read_code(tree, COURSE, None))
    return paths, [str(place) for place in hidden]


@pytest.mark.parametrize(
    "main",
    [
        "from src.run import main\nmain()\n",
        '"""Doc."""\nfrom src.run import main\n\ndef start():\n    main()\n\nif __name__ == "__main__":\n    start()\n',
        "import src.run as r\nr.main()\n",
        "exec(open('src/run.py').read())\n",
        "import runpy\nrunpy.run_path('src/run.py')\n",
        "import os\nos.system('python src/run.py')\n",
        "import os\nos.system('python -m src.run')\n",
    ],
)
def test_a_main_that_only_hands_over(main):
    assert handed(main, src__run="x = 1\n") == (("src/run.py",), [])


@pytest.mark.parametrize(
    "main",
    [
        "from src.run import load, train\ntrain(load())\n",
        "from src.run import load\nx = 1\ny = 2\nz = 3\nload()\n",
        "import pandas as pd\nprint(pd.read_csv('x'))\n",
    ],
)
def test_a_main_with_work_of_its_own(main):
    assert handed(main, src__run="x = 1\n") == ((), [])


@pytest.mark.parametrize(
    "line",
    [
        "os.system('jupyter nbconvert --execute titanic.ipynb')",
        "subprocess.run(['jupyter', 'nbconvert', '--execute', NAME], check=True)",
        "papermill.execute_notebook('titanic.ipynb', 'out.ipynb')",
        "ExecutePreprocessor(timeout=600).preprocess(notebook)",
        "shell.run_cell(source)",
    ],
)
def test_a_notebook_that_is_started_is_hidden_from_the_linter(line):
    assert handed(f"import os\n\n{line}\n") == ((), ["main.py:3"])


@pytest.mark.parametrize("line", ["os.system('clear')", "subprocess.run(['git', 'log'])", "forest.run(cells)"])
def test_other_programs_hide_nothing(line):
    assert handed(f"import os\n\n{line}\n") == ((), [])


def test_text_that_is_executed_from_another_file_is_hidden():
    assert handed("exec(open('hidden.txt').read())\n") == ((), ["main.py:1"])
    assert handed("import pandas as pd\nprint(pd.eval('1'))\n") == ((), [])


def test_names_that_mean_the_project():
    tree = Tree.of({"main.py": "import gone.here\nfrom src.lost import a\n", "src/x.py": "", "lib/src.py": ""})
    names = own_names(read_code(tree, COURSE, None), COURSE)
    assert {"main", "src", "lib"} <= names
    assert "gone" not in names


def test_a_linter_of_the_students_own_is_not_the_one_that_judges(sandbox):
    forged = "class nodes:\n    pass\nraise SystemExit(0)\n"
    files = {"a.py": "import os\n", "astroid/__init__.py": forged, "isort.py": forged, "tomlkit.py": forged}
    payload = {"rounds": [{"root": "", "paths": ["a.py"], "only": "a.py", "own": []}]}
    seen = sandbox.run(Job(tree=Tree.of(files), action=Tool("lint", payload)))
    assert seen.succeeded, seen.errors
    assert [group["symbol"] for group in seen.result["rounds"][0]["groups"]] == [
        "missing-module-docstring",
        "unused-import",
    ]


EDITED = "\nimport sys\nfor i in range(3): added = i\n"


@pytest.mark.slow
@pytest.mark.parametrize("name", TREES)
def test_what_is_known_of_the_other_files_is_what_a_run_of_all_would_say(name, sandbox, tmp_path):
    remembering = CachingSandbox(sandbox, ResultStore(tmp_path))
    files = TREES[name]
    assert scores_of(files, remembering) == scores_of(files, sandbox)
    for path, source in TREES[name].items():
        for edited in (source + EDITED, "x = (\n"):
            changed = files | {path: edited}
            assert scores_of(changed, remembering) == scores_of(changed, sandbox)
    more = files | {"src/__init__.py": "", "two.py": "x = 1\n", "requests.py": "get = 3\n"}
    assert scores_of(more, remembering) == scores_of(more, sandbox)


class Asked:
    """A sandbox that notes which files it is asked to lint, and lints none."""

    kind = "bubblewrap"

    def __init__(self):
        self.files = []

    def run(self, job):
        rounds = job.action.payload["rounds"]
        self.files.append([one["only"] for one in rounds])
        counted = {"statements": 1, "faults": {}}
        told = {"problem": None, **counted, "honoured": counted, "groups": [], "left_out": [], "crashed": False}
        result = {"version": "3.3.9", "rounds": [{**told, "pragmas": []} for _ in rounds]}
        return Finished(end=End.EXIT, status=0, seconds=1, result=result)


class Dying:
    """A sandbox whose linter ends without a result on what holds one of *words*."""

    kind = "bubblewrap"

    def __init__(self, *words):
        self.words = words

    def run(self, job):
        content = b"".join(job.tree.read(path) for path in job.tree.entries)
        dies = any(word in content for word in self.words)
        return Finished(end=End.EXIT, status=1, seconds=1, result=None if dies else {"version": "3.3.9", "rounds": []})


def test_a_linter_that_dies_on_this_code_alone_is_the_students_failure():
    with pytest.raises(VerdictInstead) as raised:
        scores_of({"main.py": "evil = 1\n"}, Dying(b"evil"))
    assert isinstance(raised.value.verdict, Failed)


def test_a_linter_that_dies_on_any_code_is_a_fault_of_ours():
    with pytest.raises(RuntimeError, match="no result"):
        scores_of({"main.py": "evil = 1\n"}, Dying(b"evil", b"hello"))


def test_code_on_which_the_linter_fails_is_told_with_its_line(sandbox, tmp_path):
    source = "import os\n\nTOTAL = " + "+".join(["1"] * 900) + "\nprint(os, TOTAL)\n"
    remembering = CachingSandbox(sandbox, ResultStore(tmp_path))
    for _ in range(2):
        found = scores_of({"main.py": source}, remembering)
        assert found.main.crashed == (Location("main.py", line=3),)
        assert found.main.sound


SPLIT = {
    "main.py": "from src.model import train\nfrom src.plots import draw\ntrain()\ndraw()\nprint(1)\nprint(2)\n",
    "src/model.py": "from src.data import load\ndef train(): return load()\n",
    "src/data.py": "def load(): pass\n",
    "src/plots.py": "def draw(): pass\n",
}


@pytest.mark.parametrize(
    ("edit", "again"),
    [
        ({"main.py": SPLIT["main.py"] + "print(3)\n"}, ["main.py"]),
        ({"src/plots.py": "x = 1\n"}, ["main.py", "src/plots.py"]),
        ({"src/model.py": "from src.data import load\n"}, ["main.py", "src/model.py"]),
        ({"src/data.py": "x = 1\n"}, ["main.py", "src/data.py", "src/model.py"]),
        ({"src/more.py": "x = 1\n"}, ["main.py", "src/data.py", "src/model.py", "src/plots.py"]),
        ({"README.md": "words", "notes.ipynb": "{}"}, []),
    ],
)
def test_only_what_may_look_into_an_edited_file_is_linted_again(edit, again, tmp_path):
    asked = Asked()
    remembering = CachingSandbox(asked, ResultStore(tmp_path))
    scores_of(SPLIT, remembering)
    scores_of(SPLIT, remembering)
    assert [sorted(files) for files in asked.files] == [sorted(SPLIT)]
    asked.files.clear()
    scores_of(SPLIT | edit, remembering)
    assert [sorted(files) for files in asked.files] == ([again] if again else [])


@pytest.mark.parametrize(
    ("files", "path", "others"),
    [
        ({"a.py": "import b", "b.py": "import c", "c.py": "", "d.py": ""}, "a.py", {"b.py", "c.py"}),
        ({"a.py": "x = 'b'", "b.py": ""}, "a.py", {"b.py"}),
        ({"a.py": "from p.q import *", "p/__init__.py": "import d", "p/q.py": "", "d.py": ""}, "a.py",
         {"p/__init__.py", "p/q.py", "d.py"}),
        ({"a.py": "", "requests.py": "import b", "b.py": ""}, "a.py", {"requests.py", "b.py"}),
        ({"a.py": "", "b.pyi": ""}, "a.py", {"b.pyi"}),
        ({"a.py": "import \uff42", "b.py": ""}, "a.py", {"b.py"}),
        ({"a.py": b"# coding: latin-1\nimport caf\xe9", "caf\u00e9.py": ""}, "a.py", {"caf\u00e9.py"}),
        ({"a.py": "", "b.py": "import a"}, "a.py", set()),
    ],
)  # fmt: skip
def test_which_sources_the_linter_may_look_into(files, path, others):
    assert lint_dependencies(Tree.of(files), [*files])[path] == {path} | others

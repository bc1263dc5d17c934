from __future__ import annotations

import ast

import pytest

from checker.course import load
from checker.evidence.project.code import candidates, code, own_python_files, read_code
from checker.evidence.runs.lint import handed_over
from checker.evidence.source.python import decode, parse, python_file, scripts_run, strip_magics
from checker.facts.notebook import NotebookFile
from checker.facts.tree import Tree

COURSE = load().course


def code_of(files, cells=(), notebook="titanic.ipynb"):
    return read_code(Tree.of(files), COURSE, NotebookFile(notebook, tuple(cells)) if cells else None)


def missing(code):
    return [(imported.module, imported.name, str(imported.where)) for imported in code.missing]


def test_modules_are_what_main_reaches_directly_or_not():
    code = code_of(
        {
            "main.py": "from src.data import import_data\nimport functions as f\n",
            "functions.py": "def g():\n    from other import h\n",
            "other.py": "h = 1\n",
            "src/data/import_data.py": "from . import sibling\n",
            "src/data/sibling.py": "",
            "src/__init__.py": "",
            "old.py": "print(1)\n",
            "tests/test_it.py": "import functions\n",
            "setup.py": "",
        }
    )
    assert code.main == "main.py"
    assert not code.substitute
    assert code.modules == (
        "functions.py",
        "other.py",
        "src/__init__.py",
        "src/data/import_data.py",
        "src/data/sibling.py",
    )
    assert code.unreached == ("old.py",)
    assert code.missing == ()


@pytest.mark.parametrize(
    ("paths", "main", "substitute"),
    [
        (("main.py", "train.py"), "train.py", False),
        (("main.py", "other.py"), "main.py", False),
        (("Train.py", "other.py"), "other.py", True),
        (("docs/main.py",), "docs/main.py", False),
    ],
)
def test_the_main_script_is_the_first_of_the_course_that_is_there(paths, main, substitute):
    names = COURSE.names.model_copy(update={"scripts": ("train.py", "main.py", "docs/main.py")})
    other = COURSE.model_copy(update={"names": names})
    code = read_code(Tree.of(dict.fromkeys(paths, "x = 1\n")), other, None, main="other.py" if substitute else None)
    assert (code.main, code.substitute) == (main, substitute)
    assert code.unreached == tuple(sorted({*paths} - {main}))


def test_a_notebook_reaches_modules_by_a_path_that_it_adds():
    files = {"src/features/build.py": "X = 1\n", "src/deep.py": ""}
    cells = (
        "import sys\nsys.path.insert(0, '..')\n%matplotlib inline",
        "from src.features.build import X",
        "import deep",
    )
    assert code_of(files, cells, "notebooks/titanic.ipynb").modules == ("src/features/build.py",)
    cells = (*cells, "sys.path.append(os.path.join('..', 'src'))")
    assert code_of(files, cells, "notebooks/titanic.ipynb").modules == ("src/deep.py", "src/features/build.py")


@pytest.mark.parametrize(
    "line",
    [
        "sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))",
        "sys.path.append(str(Path(__file__).parent.parent))",
        "sys.path.append(os.path.join(os.path.dirname(__file__), '..'))",
    ],
)
def test_ways_to_put_the_root_on_the_path(line):
    assert "" in code_of({"main.py": "import a.b\n", "a/b.py": f"{line}\n", "pack/c.py": ""}).roots


def test_a_script_that_the_notebook_runs_is_reached():
    assert scripts_run(("%run -i '../functions.py' 3",)) == ("../functions.py",)
    code = code_of({"functions.py": "import deeper\n", "deeper.py": ""}, ("%run functions.py",))
    assert code.modules == ("deeper.py", "functions.py")


def test_an_environment_that_was_committed_is_not_read():
    tree = Tree.of(
        {
            "venv/pyvenv.cfg": "",
            "venv/lib/python3.11/site-packages/pandas/x.py": "",
            "venv/a.py": "",
            "env2/lib/site-packages/y.py": "",
            "main.py": "",
        }
    )
    assert own_python_files(tree) == ("main.py",)


def test_a_forgotten_module_is_missing_and_a_library_is_not():
    code = code_of(
        {
            "main.py": (
                "from src.data.import_data import load\nfrom src.models import train_evaluate\nimport polars\n"
                "import functions\ntry:\n    import utils\nexcept ImportError:\n    pass\nimport os.path\n"
            ),
            "src/models/other.py": "",
        }
    )
    assert missing(code) == [
        ("src.data.import_data", "load", "main.py:1"),
        ("src.models", "train_evaluate", "main.py:2"),
        ("functions", None, "main.py:4"),
    ]


def test_a_package_that_gives_a_name_by_its_own_file_lacks_nothing():
    code = code_of(
        {
            "main.py": "from pack import load, VERSION, gone\n",
            "pack/__init__.py": "from .a import load\nVERSION = 1\n",
            "pack/a.py": "load = 1",
        }
    )
    assert missing(code) == [("pack", "gone", "main.py:1")]


def test_a_folder_named_as_a_library_hides_nothing():
    assert code_of({"main.py": "from yaml import safe_load\n", "yaml/tool.py": "x = 1\n"}).missing == ()


def test_imports_of_a_main_that_cannot_be_parsed_still_make_modules():
    code = code_of({"main.py": "from functions import (\n<<<<<<< HEAD\n", "functions.py": "x = 1\n"})
    assert code.modules == ("functions.py",)
    assert "merge conflict" in str(code.files["main.py"].problem)
    assert [str(place) for place in code.files["main.py"].problem_where] == ["main.py:2"]


def test_only_a_script_that_works_and_knows_of_the_forest_may_play_main():
    fits = "from sklearn.ensemble import RandomForestClassifier as F\ndef train(x):\n    return F().fit(x, x)\n"
    files = {
        "functions.py": fits,
        "run.py": "from functions import train\ntrain(1, 2)\n",
        "plot.py": "print(3)\n",
        "lone.py": fits,
    }
    assert candidates(code_of(files), COURSE.model) == ("run.py",)
    files["guard.py"] = fits + "if __name__ == '__main__':\n    train(1, 2)\n"
    assert candidates(code_of(files), COURSE.model) == ("guard.py", "run.py")
    assert "app.py" not in candidates(code_of({"app.py": fits + "train(1, 2)\n"}), COURSE.model)


@pytest.mark.parametrize(
    ("content", "fragment", "line"),
    [
        ("x = 1\n".encode("utf-16"), "UTF-16", 1),
        ("x = 1\n".encode("utf-16-le"), "UTF-16", 1),
        (b"# a long comment, so that one byte is little\nx = '\0'\n", "null byte", 2),
        ("a = 1\nb = 'é'\n".encode("latin-1"), "not written in UTF-8", 2),
        (b"# -*- coding: klingon -*-\n", "encoding that does not exist", 1),
        (b"def f(:\n", "not valid Python", 1),
        (b"x = 1\n  y = 2\n", "unexpected indent", 2),
        (b"(" * 5000 + b")" * 5000, "not valid Python", None),
        (b"-" * 200_000 + b"1", "not valid Python", None),
        (b"x = 1\n" * 200_000, "too large", None),
        (b"9" * 5000, "not valid Python", None),
    ],
)
def test_a_file_that_python_cannot_read_says_why_and_where(content, fragment, line):
    file = python_file("main.py", content)
    assert file.tree is None
    assert fragment in str(file.problem)
    assert file.problem_where[0].path == "main.py"
    if line is not None:
        assert file.problem_where[0].line == line


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xef\xbb\xbfx = 1\r\n",
        "# coding: latin-1\nx = 'é'\n".encode("latin-1"),
        b"x = 1\r\ty = 2\r".replace(b"\t", b""),
        b"s = '\\d'\n",
    ],
)
def test_unusual_files_that_python_reads(content):
    assert python_file("main.py", content).tree is not None


def test_a_declared_encoding_is_used():
    assert decode("a.py", "# coding: latin-1\nx = 'é'\n".encode("latin-1")).source.endswith("x = 'é'\n")


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("%matplotlib inline\nimport a", {"a"}),
        ("!pip install x\nfiles = !ls\nimport a", {"a"}),
        ("%%time\nimport a", {"a"}),
        ("%%bash\nimport nothing", set()),
        ("x = ('%s'\n  % 3)\nimport a", {"a"}),
        ("text = '''\n!not a command\n'''\nimport a", {"a"}),
        ("import a\ndf.head?", {"a"}),
        ("for i in range(3):\n    %time f(i)\nimport a", {"a"}),
        ("await f()\nimport a", {"a"}),
        ("\n".join(["!ls"] * 200) + "\nimport a", {"a"}),
    ],
)
def test_magics_do_not_stop_the_reading(cell, names):
    stripped = strip_magics(cell)
    assert stripped.count("\n") == cell.count("\n")
    tree = parse(stripped, cell=True)
    assert {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names} == names


def test_imports_say_where_whether_guarded_and_whether_run_on_import():
    file = python_file(
        "src/a.py",
        b"import x\ntry:\n    import y\nexcept ImportError:\n    import z\ndef f():\n    from ..up import w\n"
        b"if __name__ == '__main__':\n    import v\nimport importlib\nimportlib.import_module('k.l')\n",
    )
    seen = {i.module: (i.name, i.guarded, i.top, i.where.line) for i in file.imports}
    assert seen["x"] == (None, False, True, 1)
    assert seen["y"] == (None, True, True, 3)
    assert seen["z"] == (None, True, True, 5)
    assert seen["up"] == ("w", False, False, 7)
    assert seen["v"][2] is False
    assert seen["k.l"] == (None, False, True, 11)


def test_an_import_for_another_system_or_for_types_is_guarded():
    file = python_file(
        "a.py",
        b"import os, sys\nfrom typing import TYPE_CHECKING\nif sys.platform == 'win32':\n    import winthing\nelse:\n"
        b"    import other\nif TYPE_CHECKING:\n    import hints\nelse:\n    import real\n"
        b"if sys.version_info >= (3, 11):\n    import new\ntry:\n    import needed\nfinally:\n    pass\n"
        b"if len(sys.argv) > 1:\n    import asked\nif os.name == 'nt':\n    import msthing\n",
    )
    assert {i.module for i in file.imports if i.guarded} == {"winthing", "other", "hints", "new", "msthing"}
    assert {i.module for i in file.imports if not i.top} == {"hints"}


FITS = (
    "from sklearn.ensemble import RandomForestClassifier\n"
    "RandomForestClassifier(n_estimators=3).fit([[0], [1], [0], [1]], [0, 1, 0, 1])\n"
)


def probed(files, sandbox):
    return code(Tree.of(files), COURSE, None, sandbox)


def test_of_two_scripts_the_one_that_fits_the_forest_plays_main(sandbox):
    found = probed({"run.py": FITS, "draw.py": "# a Forest that nobody can fit\nprint(1)\n"}, sandbox)
    assert (found.main, found.substitute) == ("run.py", True)


def test_a_script_that_fits_nothing_is_no_main(sandbox):
    assert probed({"draw.py": "# a Forest that nobody can fit\nprint(1)\n"}, sandbox).main is None


def test_the_only_script_is_judged_also_where_it_fails(sandbox):
    assert probed({"run.py": "import nothing_here\n" + FITS}, sandbox).main == "run.py"


def test_main_needs_no_run():
    class Never:
        def run(self, job):
            raise AssertionError

    assert probed({"main.py": "x = 1\n", "run.py": FITS}, Never()).main == "main.py"


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nsys.path.append(" + "a." * 800 + "b)\n" + "a" + ".b" * 900 + "()\n",
        "x = " + " + ".join(["1"] * 900) + "\n",
        "x = " + "[" * 90 + "]" * 90 + "\n",
        "x = " + "f(" * 90 + ")" * 90 + "\n",
    ],
    ids=["attributes", "sum", "lists", "calls"],
)
def test_deep_code_is_read_all_the_same(source):
    found = code_of({"main.py": source + "from functions import f\nf()\n", "functions.py": "f = 1\n"})
    assert found.modules == ("functions.py",)
    assert handed_over(found)[1] == ()

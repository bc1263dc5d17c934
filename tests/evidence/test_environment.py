"""Environment files of every kind and encoding, what they declare, and what the project needs of it."""

from __future__ import annotations

import time

import pytest

from checker.absences import NotDoneYet
from checker.course import load
from checker.evidence.packages.conda import read_conda
from checker.evidence.packages.distributions import (
    admits,
    closure,
    distributions_of,
    names_of,
    python_minors,
    shown_name,
)
from checker.evidence.packages.requirements import bound_of, read_lock, read_project, read_requirements, requirement
from checker.evidence.project.code import read_code
from checker.evidence.runs.environment import declared, environment_use, filtered_run
from checker.evidence.runs.notebook import find_notebook
from checker.facts.environment import Bound, Form, Package, Problem
from checker.facts.job import End, Finished
from checker.facts.main_script import MainRun
from checker.facts.observation import Observation
from checker.facts.tree import Tree
from checker.model import Location

COURSE = load().course
HERE = Location("x", line=1)

EXPORT = """name: basesspcloud
channels:
  - conda-forge
dependencies:
  - _libgcc_mutex=0.1=conda_forge
  - conda-forge::pandas=2.2.1=py311h320fe9a_0
  - python=3.11.6=hab00c5b_0_cpython
  - scikit-learn >=1.4,<2
  - pip
  - pip:
      - s3fs==2024.3.1
      - -r deps/requirements.txt
prefix: /opt/mamba
"""


def conda(source, **others):
    return read_conda(Tree.of({"environment.yml": source, **others}), "environment.yml")


def said(file):
    return [str(problem.what) for problem in file.problems]


def test_an_export_is_read_with_its_lines():
    file = read_conda(
        Tree.of(
            {"environment.yml": EXPORT, "deps/requirements.txt": "seaborn\n-r more.txt\n", "deps/more.txt": "PyYAML>=6"}
        ),
        "environment.yml",
    )
    assert [(package.key, package.spec, str(package.where)) for package in file.declared] == [
        ("-libgcc-mutex", "==0.1", "environment.yml:5"),
        ("pandas", "==2.2.1", "environment.yml:6"),
        ("scikit-learn", ">=1.4,<2", "environment.yml:8"),
        ("pip", "", "environment.yml:9"),
        ("s3fs", "==2024.3.1", "environment.yml:11"),
        ("seaborn", "", "deps/requirements.txt:1"),
        ("pyyaml", ">=6", "deps/more.txt:1"),
    ]
    assert file.declared[1].build == "py311h320fe9a_0"
    assert file.declared[1].channel == "conda-forge"
    assert file.python is not None
    assert file.one_python
    assert (file.name, str(file.name_line), str(file.prefix)) == (
        "basesspcloud",
        "environment.yml:1",
        "environment.yml:13",
    )
    assert file.included == ("deps/requirements.txt", "deps/more.txt")
    assert file.problems == ()


@pytest.mark.parametrize(
    ("content", "encoding", "bom"),
    [
        (EXPORT.encode(), "utf-8", False),
        (b"\xef\xbb\xbf" + EXPORT.encode(), "utf-8", True),
        (EXPORT.replace("\n", "\r\n").encode(), "utf-8", False),
        (EXPORT.encode("utf-16"), "utf-16", True),
        (EXPORT.encode("utf-16-le"), "utf-16", False),
        (EXPORT.replace("name:", "# créé\nname:").encode("latin-1"), "latin-1", False),
    ],
)
def test_any_encoding_is_read_and_only_utf_8_is_right_for_conda(content, encoding, bom):
    file = conda(content, **{"deps/requirements.txt": "seaborn\n"})
    assert {package.key for package in file.declared} >= {"pandas", "scikit-learn", "s3fs", "seaborn"}
    assert (file.encoding, file.bom) == (encoding, bom)
    assert bool(file.fatal) == (encoding != "utf-8")


@pytest.mark.parametrize(
    ("source", "fragment", "line"),
    [
        ("", "is empty", 1),
        ("- pandas\n", "no mapping", 1),
        ("name: x\n", "no key dependencies", 1),
        ("dependencies: pandas\n", "is no list", 1),
        ("name: x\ndependencies:\n\t- pandas\n", "a tab stands", 3),
        ("dependencies:\n  - pandas\n<<<<<<< HEAD\n  - numpy\n=======\n>>>>>>> x\n", "merge conflict", 3),
        ("dependencies:\n  - pandas>=2.0,\n", "conda cannot read pandas>=2.0,", 2),
        ("dependencies:\n  - pandas: 2.0\n", "pandas: 2.0: conda wants pandas=2.0.", 2),
        ("dependencies:\n  - pandas: {}\n", "pandas is no package", 2),
        ("dependencies:\n  - pandas=>2.0\n", "pandas=>2.0: conda wants pandas>=2.0.", 2),
        ("dependencies:\n  - pandas==\n", "pandas==: the version is missing.", 2),
        ("dependencies:\n  - -r requirements.txt\n", "conda knows no such line", 2),
        ("dependencies:\n  - pip\n    - pandas==2.0\n", "a colon is missing after pip", 2),
        ("dependencies:\n  - pandas=2\n    - numpy=1\n", "two lines are read as one", 2),
        ("dependencies:\n  -pandas\n  -numpy\n", "a hyphen and a space", 2),
        ("dependencies:\n  - pandas\n  -numpy\n", "or the space after the hyphen", 3),
        ("dependencies:\n  - pandas\n - numpy\n", "begins in another column", 3),
        ("name: x\n dependencies:\n  - pandas\n", "indented too far", 2),
        ("name: 'x\ndependencies:\n  - pandas\n", "opened and not closed", 1),
        ("name: x\ndependencies:\n  - pand\0as\n", "an invisible character (U+0000)", 3),
        ("name: x\ndependencies:\n  - pandas\ndependencies:\n  - numpy\n", "dependencies is there twice", 4),
        ("name: x\ndependances:\n  - pandas\n", "the key dependances. Did you mean dependencies?", 2),
        ("name: x\npackages:\n  - pandas\n", "the key packages. Did you mean dependencies?", 2),
        ("dependencies:\n  - pip:\n    - pandas==\n", "pandas==: the version is missing.", 3),
        ("dependencies:\n  - pip:\n    - python==3.11\n", "pip does not install Python itself", 3),
        ("dependencies:\n  - pip:\n    - requirements.txt\n", "pip wants -r requirements.txt.", 3),
        ("dependencies:\n  - pip:\n    - pandas 2.0\n", "pip wants pandas==2.0.", 3),
        ("dependencies:\n  - pip:\n    - pip install pandas==2.0\n", "pip wants pandas==2.0.", 3),
        ("dependencies:\n  - pip:\n    - pandas=2.0\n", "two equals signs (pandas==2.0)", 3),
        ("dependencies:\n  - pip:\n    - -r gone.txt\n", "gone.txt is asked for", 3),
        ("dependencies:\n  - pip:\n    - -r ../../../etc/passwd\n", "is asked for", 3),
        ("dependencies:\n  - pip: pandas\n", "What stands under pip", 2),
        ("dependencies: [pandas\n", "environment.yml, line", None),
        ("a: " + "[" * 5000, "environment.yml, line", None),
        ("dependencies:\n" + "  - pandas\n" * 60_000, "too large", None),
    ],
)
def test_what_conda_stumbles_over_is_said_with_its_line(source, fragment, line):
    file = conda(source)
    assert file.fatal
    assert fragment in " ".join(said(file))
    if line is not None:
        assert file.fatal[0].where == Location("environment.yml", line=line)


@pytest.mark.parametrize(
    ("source", "fragment"),
    [
        ("name: x\nchanels: [a]\ndependencies: [pandas]\n", "the key chanels. Did you mean channels?"),
        ("name: x\ndependencies: [pandas]\npip: [numpy]\n", "conda ignores the key pip here"),
        ("name: x\ndependencies:\n  - pip:\n  - pandas\n", "Nothing stands under pip"),
        ("name: x\ndependencies:\n  - pandas\n  - pip: [a]\n  - pip: [b]\n", "There are two lists for pip"),
    ],
)
def test_what_conda_reads_otherwise_than_it_looks_is_told(source, fragment):
    file = conda(source)
    assert [fragment in one for one in said(file)] == [True]
    assert not file.fatal
    assert "pandas" in {package.key for package in file.declared}


def test_keys_of_ones_own_for_anchors_are_nobodys_business():
    assert conda("x-lib: &lib pandas=2\ndependencies: [*lib]\n").problems == ()


@pytest.mark.parametrize(
    ("line", "fragment", "meant"),
    [
        ("- pandas==2.2", "pip wants pandas==2.2.", ("pandas", "==2.2", Bound.UPPER)),
        ('"pandas==2.2"', "pip wants pandas==2.2.", ("pandas", "==2.2", Bound.UPPER)),
        ("pandas=2.2.0=py311_0", "pip wants pandas==2.2.0.", ("pandas", "==2.2.0", Bound.UPPER)),
        ("pandas=>2.2", "pip wants pandas>=2.2.", ("pandas", ">=2.2", Bound.LOWER)),
        ("pandas = 2.2", "pip wants two equals signs (pandas==2.2).", ("pandas", "==2.2", Bound.UPPER)),
        ("pandas  2.2", "pip wants pandas==2.2.", ("pandas", "==2.2", Bound.UPPER)),
        ("pandas: 2.2", "pip wants pandas==2.2.", ("pandas", "==2.2", Bound.UPPER)),
        ("pip install pandas", "pip wants pandas.", ("pandas", "", Bound.NONE)),
        ("!pip3 install pandas==2", "pip wants pandas==2.", ("pandas", "==2", Bound.UPPER)),
        ("pandas==", "the version is missing.", ("pandas", "", Bound.NONE)),
        ("pandas[aws]==2.2.x", "pip cannot read pandas[aws]==2.2.x.", ("pandas", "", Bound.UPPER)),
        ("pandas==*", "pip cannot read pandas==*.", ("pandas", "", Bound.NONE)),
        ("Package Version", "pip cannot read Package Version.", None),
        ("pip install -r requirements.txt", "pip cannot read", None),
        ("python>=3.11", "pip does not install Python itself.", None),
        ("requirements/dev.txt", "pip wants -r requirements/dev.txt.", None),
    ],
)
def test_a_line_for_pip_that_is_wrong_says_what_was_meant(line, fragment, meant):
    problem = requirement(line, HERE)
    assert isinstance(problem, Problem)
    assert str(problem.what).endswith(fragment) or fragment in str(problem.what)
    found = problem.meant
    assert (None if found is None else (found.name, found.spec, found.bound)) == meant


def test_a_list_that_is_named_without_its_sign_is_read_all_the_same():
    lists = {"requirements.txt": "seaborn\n"}
    for file in (
        conda("dependencies:\n  - pip:\n    - requirements.txt\n", **lists),
        conda("dependencies:\n  - -r requirements.txt\n", **lists),
        read_requirements(Tree.of({"all.txt": "requirements.txt\n", **lists}), "all.txt"),
    ):
        assert [package.key for package in file.declared] == ["seaborn"]
        assert len(file.fatal) == 1


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("git+https://github.com/pandas-dev/pandas.git@v2.2.0", "pandas"),
        ("git+https://github.com/mwaskom/seaborn", "seaborn"),
        ("git+ssh://git@github.com/ensae/outils.git#subdirectory=x", "outils"),
        ("git+https://github.com/a/b.git@main#egg=c", "c"),
    ],
)
def test_a_repository_gives_the_package_of_its_name(url, name):
    assert requirement(url, HERE).name == name


NEAR = {"requirements.txt": "seaborn\n", "data/train.txt": "x\n", "deps/base.txt": "numpy\n"}


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("requirement.txt", "requirements.txt"),
        ("Requirements.txt", "requirements.txt"),
        ("../requirements.txt", "requirements.txt"),
        ("/home/zoe/titanic/requirements.txt", "requirements.txt"),
        ("C:\\titanic\\requirements.txt", "requirements.txt"),
        ("deps/bases.txt", "deps/base.txt"),
        ("requirements/base.txt", "deps/base.txt"),
        ("dev.txt", None),
    ],
)
def test_a_missing_list_is_told_with_the_one_that_was_meant(asked, near):
    question = f" Did you mean {near}?" if near else ""
    line = f"-r {asked}"
    wanted = [f"{asked} is asked for, and is not in the repository.{question}"]
    assert said(conda(f"dependencies:\n  - pip:\n    - {line}\n", **NEAR)) == wanted
    file = read_requirements(Tree.of(NEAR | {"all.txt": f"{line}\n"}), "all.txt")
    assert [str(problem.where) for problem in file.problems] == ["all.txt:1"]
    assert said(file)[0].endswith(question or "in the repository.")


def test_a_list_that_was_meant_is_told_as_it_is_written_where_it_is_asked_for():
    file = read_requirements(
        Tree.of({"deps/all.txt": "-r ../requirement.txt\n", "requirements.txt": "x"}), "deps/all.txt"
    )
    assert said(file)[0].endswith("Did you mean ../requirements.txt?")


def test_lists_by_address():
    lists = {"requirements.txt": "seaborn\n"}
    for file in (
        conda("dependencies:\n  - pip:\n    - -r file:requirements.txt\n", **lists),
        read_requirements(Tree.of({"all.txt": "-r file:requirements.txt\n", **lists}), "all.txt"),
    ):
        assert [package.key for package in file.declared] == ["seaborn"]
        assert file.problems == ()
    for file in (
        conda("dependencies:\n  - pip:\n    - -r https://example.org/requirements.txt\n", **lists),
        read_requirements(Tree.of({"all.txt": "-r https://example.org/requirements.txt\n", **lists}), "all.txt"),
    ):
        assert said(file) == ["https://example.org/requirements.txt lies on the network, and was not read."]
        assert not file.fatal


def test_neither_tags_nor_aliases_are_obeyed():
    bomb = "a: &a [x, x, x]\n" + "\n".join(f"b{n}: &b{n} [*{'a' if n == 0 else f'b{n - 1}'}, *a]" for n in range(60))
    started = time.monotonic()
    file = conda(bomb + "\ndependencies:\n  - !!python/object/apply:os.system [touch /tmp/x]\n  - pandas=2\n")
    assert time.monotonic() - started < 5
    assert [package.key for package in file.declared] == ["pandas"]


def test_a_key_that_is_there_twice_is_told():
    file = conda("name: a\nname: b\ndependencies:\n  - pandas=2\n")
    assert not file.fatal
    assert said(file) == ["The key name is there twice; only one of them counts."]


def test_a_base_that_was_exported_is_known_as_one():
    assert conda("name: base\ndependencies: [pandas]\nprefix: /x\n").exported
    assert not conda("name: monenv\ndependencies: [pandas]\nprefix: /x\n").exported


@pytest.mark.parametrize(
    ("line", "name", "spec", "bound"),
    [
        ("pandas==2.2  # pinned", "pandas", "==2.2", Bound.UPPER),
        ("pandas[excel]>=2,<3", "pandas", "<3,>=2", Bound.UPPER),
        ("Scikit_Learn ~= 1.4", "Scikit_Learn", "~=1.4", Bound.UPPER),
        ("s3fs>=2024", "s3fs", ">=2024", Bound.LOWER),
        ("numpy!=1.0", "numpy", "!=1.0", Bound.LOWER),
        ("pandas", "pandas", "", Bound.NONE),
        ("pandas==2.2 --hash=sha256:abc", "pandas", "==2.2", Bound.UPPER),
        ("tool @ git+https://example.org/a/b@v1.2", "tool", "git+https://example.org/a/b@v1.2", Bound.UPPER),
        ("pandas @ file:///croot/pandas_1", "pandas", "file:///croot/pandas_1", Bound.NONE),
        ("colorama==0.4; sys_platform == 'win32'", "colorama", "==0.4", Bound.UPPER),
    ],
)
def test_lines_for_pip(line, name, spec, bound):
    package = requirement(line, HERE)
    assert (package.name, package.spec, package.bound) == (name, spec, bound)


@pytest.mark.parametrize("line", ["", "# only words", "-e .", "./local", "--index-url https://example.org"])
def test_lines_that_name_no_package(line):
    assert requirement(line, HERE) is None


@pytest.mark.parametrize("line", ["pandas=2", "not a package", "pandas 2.0"])
def test_lines_that_pip_cannot_read(line):
    assert isinstance(requirement(line, HERE), Problem)


@pytest.mark.parametrize(
    ("spec", "bound"),
    [
        ("3.10.*", Bound.UPPER),
        ("==2.2", Bound.UPPER),
        (">=2,<3", Bound.UPPER),
        ("<=2", Bound.UPPER),
        (">=2", Bound.LOWER),
        (">=2|==1.4", Bound.LOWER),
        ("==1.3|==1.4", Bound.UPPER),
        ("*", Bound.NONE),
        ("", Bound.NONE),
    ],
)
def test_bounds_of_conda_and_pip(spec, bound):
    assert bound_of(spec) is bound


def test_requirements_that_include_each_other_end():
    tree = Tree.of({"requirements.txt": "-r a.txt\n", "a.txt": "-r requirements.txt\npandas\n-r a.txt\n"})
    assert [package.name for package in read_requirements(tree, "requirements.txt").declared] == ["pandas"]


def test_requirements_in_utf_16_and_in_several_lines():
    tree = Tree.of({"requirements.txt": "pandas==2.2 \\\n  --hash=sha256:0\nnumpy\n".encode("utf-16")})
    file = read_requirements(tree, "requirements.txt")
    assert [(package.name, package.spec, package.where.line) for package in file.declared] == [
        ("pandas", "==2.2", 1),
        ("numpy", "", 3),
    ]
    assert file.problems == ()


def test_a_project_file_declares_and_one_for_tools_does_not():
    project = '[project]\nname = "x"\nrequires-python = ">=3.11"\ndependencies = [\n  "pandas>=2,<3",\n]\n'
    file = read_project(Tree.of({"pyproject.toml": project}), "pyproject.toml")
    assert file is not None
    assert [(package.name, str(package.where)) for package in file.declared] == [("pandas", "pyproject.toml:5")]
    assert file.python is not None
    poetry = '[tool.poetry.dependencies]\npython = "^3.11"\npandas = "^2.1"\n'
    by_poetry = read_project(Tree.of({"pyproject.toml": poetry}), "pyproject.toml")
    assert by_poetry is not None
    assert [(package.name, package.bound) for package in by_poetry.declared] == [("pandas", Bound.UPPER)]
    assert read_project(Tree.of({"pyproject.toml": "[tool.ruff]\nline-length = 100\n"}), "pyproject.toml") is None
    assert read_project(Tree.of({"pyproject.toml": "a = [\n"}), "pyproject.toml").fatal


@pytest.mark.parametrize("wrong", ['dependencies = "pandas"', '[project.dependencies]\npandas = "2.2"'])
def test_a_project_whose_dependencies_are_no_list(wrong):
    file = read_project(Tree.of({"pyproject.toml": f'[project]\nname = "t"\n{wrong}\n'}), "pyproject.toml")
    assert file is not None
    assert said(file) == ['In pyproject.toml, dependencies is no list of names in quotes: dependencies = ["…"].']
    assert [str(problem.where) for problem in file.problems] == ["pyproject.toml:3"]


def test_the_older_development_dependencies_of_uv():
    source = '[project]\nname = "t"\ndependencies = []\n[tool.uv]\ndev-dependencies = ["PyYAML==6"]\n'
    file = read_project(Tree.of({"pyproject.toml": source}), "pyproject.toml")
    assert file is not None
    assert [(package.key, str(package.where)) for package in file.declared] == [("pyyaml", "pyproject.toml:5")]


def test_locks_of_all_kinds():
    uv = (
        'version = 1\n\n[[package]]\nname = "titanic"\nversion = "0.1"\nsource = { virtual = "." }\n'
        'dependencies = [\n    { name = "pandas" },\n]\n\n[[package]]\nname = "pandas"\nversion = "2.2.1"\n'
        '\n[[package]]\nname = "numpy"\nversion = "1.26"\n'
    )
    pipenv = '{"default": {"pandas": {"version": "==2.2"}}, "develop": {"pytest": {}}}'
    pixi = "packages:\n- conda: https://example.org/linux-64/pandas-2.2.1-py311_0.conda\n"
    conda_lock = "package:\n- name: pandas\n  version: 2.2.1\n  manager: conda\n"
    tree = Tree.of(
        {"uv.lock": uv, "Pipfile.lock": pipenv, "pixi.lock": pixi, "conda-lock.yml": conda_lock, "pdm.lock": "["}
    )
    locked = read_lock(tree, "uv.lock")
    assert [(package.name, package.spec) for package in locked.declared] == [("pandas", "==2.2.1"), ("numpy", "==1.26")]
    assert locked.direct == {"pandas"}
    assert locked.declared[0].where == Location("uv.lock", line=11)
    assert [package.name for package in read_lock(tree, "Pipfile.lock").declared] == ["pandas", "pytest"]
    assert [package.spec for package in read_lock(tree, "pixi.lock").declared] == ["==2.2.1"]
    assert [package.spec for package in read_lock(tree, "conda-lock.yml").declared] == ["==2.2.1"]
    assert read_lock(tree, "pdm.lock").fatal


@pytest.mark.parametrize(
    ("files", "order"),
    [
        (("requirements.txt", "environment.yml", "uv.lock"), ["environment.yml", "uv.lock", "requirements.txt"]),
        (("environment.yaml", "env.yml"), ["environment.yaml", "env.yml"]),
        (("requirements-dev.txt", "requirements.txt"), ["requirements.txt", "requirements-dev.txt"]),
        (("binder/environment.yml",), ["binder/environment.yml"]),
        (("environnement.yml",), ["environnement.yml"]),
        (("uv.lock", "venv/environment.yml", "config.yml"), ["uv.lock"]),
    ],
)
def test_which_file_counts(files, order):
    tree = Tree.of({path: "dependencies: [pandas]\n" if path.endswith("ml") else "" for path in files})
    assert [file.path for file in declared(tree, COURSE).files] == order


def test_what_is_included_is_no_file_of_its_own():
    tree = Tree.of({"environment.yml": "dependencies: [{pip: ['-r requirements.txt']}]", "requirements.txt": "pandas"})
    assert [file.path for file in declared(tree, COURSE).files] == ["environment.yml"]


@pytest.mark.parametrize("name", ["environment.yml.txt", "environment.txt", "environment", "requierments.txt"])
@pytest.mark.parametrize("content", [EXPORT, "pandas==2.2\n"])
def test_a_list_under_a_name_that_no_tool_looks_for_is_found(name, content):
    found = declared(Tree.of({name: content, "x.md": content}), COURSE)
    assert [file.path for file in found.files] == [name]
    assert "pandas" in {package.key for package in found.main.declared}
    assert [file.path for file in declared(Tree.of({name: content, "uv.lock": ""}), COURSE).files] == ["uv.lock"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("environment.py", EXPORT),
        ("notes.txt", EXPORT),
        ("environment.txt", "What we installed, and why:\nfirst of all pandas\nthen numpy\n"),
        ("environment.txt", ""),
    ],
)
def test_what_lists_nothing_or_is_named_quite_otherwise_is_no_environment(name, content):
    with pytest.raises(NotDoneYet):
        declared(Tree.of({name: content}), COURSE)


def test_a_file_may_have_the_name_of_the_environment():
    assert declared(Tree.of({"monenv.yml": EXPORT, "other.yml": EXPORT}), COURSE).main.path == "monenv.yml"


def test_no_file_is_to_do():
    with pytest.raises(NotDoneYet):
        declared(Tree.of({"main.py": ""}), COURSE)


def test_versions_that_this_machine_lacks():
    tree = Tree.of(
        {
            "environment.yml": "dependencies: [python=3.8, pandas=1.4, scikit-learn>=1, catboost=1.2,"
            " {pip: [seaborn==0.1]}]"
        }
    )
    unmet = {one.package.key: one.here for one in declared(tree, COURSE).unmet}
    assert set(unmet) == {"python", "pandas", "catboost", "seaborn"}
    assert unmet["catboost"] == ""
    assert unmet["pandas"].startswith("3.")


@pytest.mark.parametrize(
    ("package", "name", "shown"),
    [
        ("sklearn", "scikit-learn", "scikit-learn"),
        ("yaml", "pyyaml", "PyYAML"),
        ("PIL", "pillow", "pillow"),
        ("cv2", "opencv", "opencv-python"),
        ("pandas", "pandas", "pandas"),
        ("nowhere_known", "nowhere-known", "nowhere-known"),
    ],
)
def test_import_names_and_the_names_to_declare(package, name, shown):
    assert name in distributions_of(package, COURSE)
    assert shown_name(package, COURSE) == shown


def test_variants_of_a_name_declare_it():
    assert "matplotlib" in names_of("matplotlib-base")
    assert "opencv-python" in names_of("opencv-python-headless")
    assert names_of("pandas-profiling") == ("pandas-profiling",)


def test_what_comes_along():
    brought = closure(["pandas", "seaborn"], COURSE)
    assert brought["numpy"] == "pandas"
    assert brought["matplotlib"] == "seaborn"
    assert "pandas" not in brought
    assert "pytz" in brought


@pytest.mark.parametrize(
    ("spec", "minors"), [("3.10.*", {10}), ("==3.10.0", {10}), (">=3.10,<3.11", {10}), ("==3.11", {11}), ("3.10", {10})]
)
def test_one_minor_version_of_python(spec, minors):
    assert python_minors(Package("python", spec, Bound.UPPER, conda=True, where=HERE)) == minors


def test_several_minor_versions_of_python():
    assert len(python_minors(Package("python", ">=3.10", Bound.LOWER, conda=True, where=HERE))) > 2
    assert len(python_minors(Package("python", "3.*", Bound.UPPER, conda=True, where=HERE))) > 2


def test_a_declaration_that_nobody_understands_allows_all():
    assert admits(Package("a", "@@", Bound.NONE, conda=True, where=HERE), "1.0")
    assert admits(Package("a", "@@", Bound.NONE, conda=False, where=HERE), "1.0")


MAIN = (
    "import os\nimport pandas as pd\nfrom sklearn.ensemble import X\nimport functions\n"
    "try:\n    import polars\nexcept ImportError:\n    pass\n"
)
NOTEBOOK = '{"nbformat": 4, "cells": [{"cell_type": "code", "source": "import seaborn\\nimport functions"}]}'


def use_of(files):
    tree = Tree.of(files)
    notebook = find_notebook(tree, COURSE)
    return environment_use(tree, read_code(tree, COURSE, notebook), declared(tree, COURSE), COURSE, notebook)


def test_what_is_imported_and_by_whom():
    use = use_of(
        {
            "main.py": MAIN,
            "functions.py": "import numpy as np\nimport yaml\n",
            "titanic.ipynb": NOTEBOOK,
            "environment.yml": "dependencies: [pandas=3, pyyaml]\n",
            "requirements.txt": "scikit-learn\n",
        }
    )
    found = {one.package: one for one in use.required}
    assert set(found) == {"numpy", "pandas", "polars", "seaborn", "sklearn", "yaml"}
    assert found["numpy"].declared is None
    assert found["numpy"].via == "pandas"
    assert found["polars"].optional
    assert not found["seaborn"].scripts
    assert found["sklearn"].elsewhere == "requirements.txt"
    assert found["yaml"].declared is not None
    assert [str(place) for place in found["pandas"].where] == ["main.py:2"]
    assert use.unknown == ("polars",)


def test_a_name_that_is_unknown_here_may_be_declared_by_a_longer_one():
    files = {
        "main.py": "from google.cloud import storage\nimport serial\nimport pandas\nimport graphviz\n",
        "requirements.txt": "google-cloud-storage==2.0\npyserial==3.5\npandas-profiling==3\n",
    }
    use = use_of(files)
    found = {one.package: one.declared.key if one.declared else None for one in use.required}
    assert found == {"google": "google-cloud-storage", "serial": "pyserial", "pandas": None, "graphviz": None}
    assert {one.package.key for one in use.unneeded} == {"pandas-profiling"}


def test_modules_of_python_of_any_version_are_no_libraries():
    files = {
        "main.py": "import imp, distutils.core, compression.zstd, tomllib, telnetlib\n",
        "requirements.txt": "os\nrandom\nzlib\npandas\n",
    }
    use = use_of(files)
    assert use.required == ()
    assert [str(package.where) for package in use.standard] == ["requirements.txt:1", "requirements.txt:2"]


def test_a_forgotten_module_is_no_library():
    use = use_of({"main.py": "import functions\nfrom src.a import b\n", "environment.yml": "dependencies: [pandas]"})
    assert use.required == ()


def test_what_nothing_needs():
    use = use_of(
        {
            "main.py": "import pandas as pd\npd.read_csv('x', engine='fastparquet')\n",
            "report.qmd": "text\n```{python}\nimport plotnine\n```\nimport nothing\n",
            "other.ipynb": NOTEBOOK.replace("functions", "altair"),
            "environment.yml": "dependencies: [pandas, numpy, pytz, fastparquet, plotnine, seaborn, altair,"
            " libmamba, openssl, pip, jupyter, s3fs, aiohttp, pytorch, flask, python=3.11]\n",
        }
    )
    assert [one.package.name for one in use.unneeded] == ["pytorch", "flask"]


def test_a_lock_is_judged_by_what_was_asked_for():
    lock = (
        '[[package]]\nname = "x"\nversion = "0"\nsource = { virtual = "." }\ndependencies = [{ name = "pandas" }, '
        '{ name = "flask" }]\n'
        + "".join(f'[[package]]\nname = "p{n}"\nversion = "1"\n' for n in range(30))
        + '[[package]]\nname = "pandas"\nversion = "2"\n[[package]]\nname = "flask"\nversion = "3"\n'
    )
    assert [one.package.name for one in use_of({"main.py": "import pandas\n", "uv.lock": lock}).unneeded] == ["flask"]


def filtered(files, sandbox, *, succeeded=True):
    tree = Tree.of(files)
    main = MainRun("main.py", False, Finished(end=End.EXIT, status=0 if succeeded else 1, seconds=0))
    facts = declared(tree, COURSE)
    code = read_code(tree, COURSE, None)
    use = environment_use(tree, code, facts, COURSE, None)
    return filtered_run(tree, COURSE, facts, use, code, main, sandbox)


def test_main_with_what_is_declared_alone(sandbox):
    source = "import pandas as pd\nprint(pd.DataFrame({'a': [1]}).mean())\n"
    run = filtered({"main.py": source, "requirements.txt": "pandas\n"}, sandbox)
    assert run.ran
    assert run.lacking is None
    assert run.message == ""


def test_an_engine_that_no_import_names_is_missed(sandbox):
    source = "import pandas as pd\npd.DataFrame({'a': [1]}).to_excel('x.xlsx')\n"
    run = filtered({"main.py": source, "requirements.txt": "pandas\n"}, sandbox)
    assert run.ran
    assert run.lacking == "openpyxl"
    assert [str(place) for place in run.where] == ["main.py:2"]


def watched(files, asked, sandbox, *, cut=False):
    tree = Tree.of(files)
    seen = Observation(asked=asked, cut=cut)
    main = MainRun("main.py", False, Finished(end=End.EXIT, status=0, seconds=0), observation=seen)
    facts = declared(tree, COURSE)
    code = read_code(tree, COURSE, None)
    use = environment_use(tree, code, facts, COURSE, None)
    return filtered_run(tree, COURSE, facts, use, code, main, sandbox)


class NoSandbox:
    kind = "none"

    def run(self, job):
        raise AssertionError("was run")


SEEN = (("main", "pandas"), ("pandas", "pyarrow"), ("sklearn", "scipy"), ("main", "src"), ("main", "sklearn"))
FILES = {
    "main.py": "import pandas\nimport sklearn\nimport src.a\n",
    "src/a.py": "",
    "requirements.txt": "pandas\nscikit-learn\n",
}


def test_what_was_seen_to_import_nothing_else_is_not_run_again():
    run = watched(FILES, SEEN, NoSandbox())
    assert (run.ran, run.lacking, sorted(run.distributions)) == (True, None, ["pandas", "scikit-learn"])


@pytest.mark.parametrize(
    ("files", "asked", "cut"),
    [
        (FILES, (*SEEN, ("pandas", "openpyxl")), False),
        (FILES, (*SEEN, ("fsspec", "s3fs")), False),
        (FILES, SEEN, True),
        (FILES, (), False),
        (FILES | {"src/a.py": "import pandas\npandas.read_parquet('x')\n"}, SEEN, False),
        (FILES | {"src/a.py": "import subprocess\n"}, SEEN, False),
        (FILES | {"requirements.txt": "pandas\n", "main.py": "import pandas\n"}, SEEN, False),
    ],
)
def test_a_doubt_has_main_run_with_what_is_declared_alone(files, asked, cut):
    with pytest.raises(AssertionError, match="was run"):
        watched(files, asked, NoSandbox(), cut=cut)


def test_another_failure_is_no_lack(sandbox):
    run = filtered(
        {"main.py": "import sys\nsys.exit('no: this is something else')\n", "requirements.txt": "pandas\n"}, sandbox
    )
    assert run.ran
    assert run.lacking is None
    assert "something else" in run.message


def test_nothing_is_run_where_the_imports_tell_it_or_main_does_not_run():
    class Never:
        def run(self, job):
            raise AssertionError

    run = filtered({"main.py": "import pandas\n", "requirements.txt": "numpy\n"}, Never())
    assert (run.ran, run.lacking, run.package) == (False, "pandas", "pandas")
    run = filtered({"main.py": "import pandas\n", "requirements.txt": "pandas\n"}, Never(), succeeded=False)
    assert (run.ran, run.lacking) == (False, None)


def test_forms():
    tree = Tree.of(
        {
            "environment.yml": EXPORT,
            "requirements.txt": "x",
            "uv.lock": "",
            "pyproject.toml": "[project]\ndependencies=['x']",
        }
    )
    assert [file.form for file in declared(tree, COURSE).files] == [
        Form.CONDA,
        Form.LOCK,
        Form.REQUIREMENTS,
        Form.PROJECT,
    ]


def test_jupyter_is_welcome_with_all_that_it_brings_along():
    names = (
        "jupyter, jupyterlab, notebook, nbconvert-core, argon2-cffi, terminado, httpx, webcolors, widgetsnbextension"
    )
    use = use_of(
        {"main.py": "import pandas\n", "environment.yml": f"dependencies: [pandas, {names}, aws-c-io, libarrow]\n"}
    )
    assert use.unneeded == ()
    without = use_of(
        {"main.py": "import pandas\n", "environment.yml": "dependencies: [pandas, jupyterlab, terminado]\n"}
    )
    assert [one.package.name for one in without.unneeded] == ["jupyterlab", "terminado"]


def test_what_is_imported_and_not_declared_brings_along_all_the_same():
    use = use_of({"main.py": "import sklearn\n", "environment.yml": "dependencies: [scipy, joblib]\n"})
    assert use.unneeded == ()

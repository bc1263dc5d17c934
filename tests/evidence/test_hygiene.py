"""Data, clutter, ignore rules and leftovers, seen in trees and repositories."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import subprocess
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import joblib
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from checker.course import load
from checker.environment_folders import environments
from checker.evidence.repository.build_artifacts import artifact_kind
from checker.evidence.repository.data_files import data_files, data_of, passengers
from checker.evidence.repository.history import history
from checker.evidence.repository.ignore_rules import decisions, ignored_sources_of, rules_of
from checker.evidence.repository.pickles import Pickled, pickled_kind
from checker.evidence.repository.secrets_and_conflicts import leftovers, secrets_of
from checker.facts.code import Code, ImportedName
from checker.facts.hygiene import DataFiles, Rule
from checker.facts.leftovers import Leftovers, RepositorySecret
from checker.facts.submission import Submission
from checker.facts.tree import Tree
from checker.model import Location
from checker.open_submission import open_submission
from checker.submission_defaults import Defaults
from tests.conftest import shell
from tests.processes import ended
from tests.repositories import commit_all

COURSE = load().course
PEOPLE = passengers(COURSE)
TRAIN = (Path(load().path).parent / "data/train.csv").read_bytes()
TABLE = pd.read_csv(io.BytesIO(TRAIN))


def bytes_of(write: Callable[[io.BytesIO], object]) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def forest() -> object:
    return make_pipeline(OneHotEncoder(), RandomForestClassifier(3)).fit(TABLE[["Sex", "Pclass"]], TABLE.Survived)


def notebook(source: str, output: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": [source], "outputs": [{"text": output}]}]})


def zip_of(name: str, content: bytes) -> bytes:
    def write(buffer: io.BytesIO) -> None:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(name, content)

    return bytes_of(write)


DATA: Mapping[str, bytes | str] = {
    "data/raw/train.csv": TRAIN,
    "renamed.txt": TRAIN,
    "semicolons.dat": TABLE.to_csv(sep=";", index=False),
    "tabs": TABLE.to_csv(sep="\t", index=False),
    "without_names.log": TABLE.drop(columns="Name").to_csv(index=False),
    "some_columns.txt": TABLE[["Name", "Survived"]].to_csv(index=False),
    "half.txt": TABLE[::2].to_csv(index=False, header=False),
    "windows.txt": TRAIN.decode().encode("utf-16"),
    "packed.csv.gz": gzip.compress(TRAIN),
    "packed.bin": gzip.compress(TRAIN),
    "packed.zip": zip_of("inner", TRAIN),
    "twice.bin": gzip.compress(gzip.compress(TRAIN)),
    "columns.json": TABLE.to_json(),
    "records.json": TABLE.to_json(orient="records"),
    "others.json": json.dumps([{"city": f"c{number}", "people": number} for number in range(50)]),
    "table.parquet": bytes_of(TABLE.to_parquet),
    "model.bin": bytes_of(TABLE.to_parquet),
    "table.pkl": pickle.dumps(TABLE),
    "old.pkl": pickle.dumps(TABLE, protocol=0),
    "table.joblib": bytes_of(lambda file: joblib.dump(TABLE, file)),
    "packed.joblib": bytes_of(lambda file: joblib.dump(TABLE, file, compress=3)),
    "arrays.pkl": pickle.dumps(TABLE[["Age", "Fare"]].to_numpy()),
    "passengers.py": f"PEOPLE = {TABLE.to_dict('records')!r}",
    "pasted.ipynb": notebook(f"people = '''{TRAIN.decode()}'''", ""),
    "upper.CSV": "a,b\n1,2\n",
    "book.xlsx": zip_of("xl/workbook.xml", b"<workbook/>"),
}
NO_DATA: Mapping[str, bytes | str] = {
    "outputs.ipynb": notebook("train.head(891)", TABLE.to_string()),
    "model.pkl": pickle.dumps(forest()),
    "model_old.pkl": pickle.dumps(forest(), protocol=0),
    "model.joblib": bytes_of(lambda file: joblib.dump(forest(), file)),
    "model_packed.joblib": bytes_of(lambda file: joblib.dump(forest(), file, compress=3)),
    "score.pkl": pickle.dumps({"accuracy": TABLE.Age.mean()}),
    "README.md": f"```\n{TABLE.head(10).to_string()}\n```",
    "main.py": "import pandas as pd\n" * 40,
    "settings.json": json.dumps({"python": {"a": 1}, "editor": {"b": 2}}),
    "metrics.json": json.dumps([{"run": 1, "score": 0.8}, {"run": 2, "score": 0.9}]),
    "environment.yml": "name: monenv\n",
    "empty.csv": "",
    ".venv/pyvenv.cfg": "home = /usr\n",
    ".venv/lib/python3.11/site-packages/sklearn/iris.csv": "a,b\n1,2\n",
    "column_names.py": "COLUMNS = 'PassengerId,Survived,Pclass,Name,Sex,Age'\n",
    "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(100),
}


@pytest.mark.parametrize("path", DATA)
def test_data_is_found(path: str) -> None:
    found, _ = data_of(Tree.of({path: DATA[path]}), PEOPLE)
    assert [file.path for file in found] == [path]
    assert not found[0].fixture


@pytest.mark.parametrize("path", NO_DATA)
def test_what_is_no_data_is_left_alone(path: str) -> None:
    assert data_of(Tree.of({**NO_DATA} if path.startswith(".venv") else {path: NO_DATA[path]}), PEOPLE)[0] == ()


def test_fitted_models_are_told() -> None:
    _, models = data_of(Tree.of(NO_DATA), PEOPLE)
    assert set(models) == {"model.pkl", "model_old.pkl", "model.joblib", "model_packed.joblib"}


def test_a_sample_beside_the_tests_is_a_fixture() -> None:
    found, _ = data_of(Tree.of({"tests/data/three.csv": "a\n1\n", "tests/train.csv": TRAIN}), PEOPLE)
    assert [(file.path, file.fixture) for file in found] == [("tests/data/three.csv", True), ("tests/train.csv", False)]


def test_a_pointer_is_told() -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 61194\n"
    found, _ = data_of(Tree.of({"data/train.csv": pointer}), PEOPLE)
    assert found[0].pointer


class Trap:
    """Creates a file when it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> object:
        return subprocess.call, (["touch", str(self.mark)],)


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    mark = tmp_path / "loaded"
    content = pickle.dumps(Trap(mark))
    data_of(Tree.of({"model.pkl": content, "table.csv": content}), PEOPLE)
    assert not mark.exists()
    pickle.loads(content)
    assert mark.exists(), "the trap works"


@settings(max_examples=200)
@given(st.binary(max_size=300), st.sampled_from([b"", b"\x80\x04", b"\x1f\x8b", b"PK\x03\x04", b"BZh9", b"PAR1", b"("]))
def test_any_bytes_are_read_without_a_fault(content: bytes, start: bytes) -> None:
    data_of(Tree.of({"x.pkl": start + content, "x.ipynb": start + content, "x.json": content}), PEOPLE)
    secrets_of("x.ipynb", start + content)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(100_000_000), compresslevel=1)
    started = time.process_time()
    assert data_of(Tree.of({"x.bin": gzip.compress(bomb)}), PEOPLE)[0] == ()
    assert time.process_time() - started < 5


def test_a_pickle_that_lies_about_its_length() -> None:
    assert pickled_kind(b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xff") is Pickled.OTHER


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train.csv").write_bytes(TRAIN)
    (tmp_path / "main.py").write_text("x = 1\n", encoding="utf-8")
    commit_all(tmp_path, "Start")
    return tmp_path


def data_in(folder: Path) -> DataFiles:
    with open_submission(folder) as repository:
        past = history(repository, COURSE, Submission(path=Path()), Defaults())
        return data_files(repository, repository.tree(), COURSE, past)


def test_a_copy_that_stays_on_the_disk_is_not_tracked(project: Path) -> None:
    shell("git rm -r -q --cached data", project)
    found = data_in(project)
    assert found.tracked == ()
    assert [file.path for file in found.waiting] == ["data/train.csv"]


def test_data_of_the_past_are_named_with_their_commit(project: Path) -> None:
    before = shell("git rev-parse --short=8 HEAD", project).strip()
    shell("git rm -r -q data && git commit -q -m 'Data to S3'", project)
    found = data_in(project)
    assert (found.tracked, found.past, found.past_commit) == ((), ("data/train.csv",), before)


def test_a_rule_has_no_effect_on_what_is_tracked(project: Path) -> None:
    (project / ".gitignore").write_text("# data\n/data/\n", encoding="utf-8")
    assert data_in(project).tracked[0].rule == Rule(".gitignore", 2, "/data/")


# Clutter


def test_what_programs_make_is_found() -> None:
    paths = [
        "__pycache__/main.cpython-311.pyc",
        "src/data/__pycache__/a.cpython-311.pyc",
        "src/data/__pycache__/b.cpython-311.pyc",
        "old.pyc",
        "notebooks/.ipynb_checkpoints/titanic-checkpoint.ipynb",
        ".DS_Store",
        "data/.DS_Store",
        "dist/x.whl",
        "titanic.egg-info/PKG-INFO",
        ".vscode/settings.json",
        "main.py",
    ]
    found = artifact_kind(paths, COURSE.samples.unclean, None)
    assert {(item.path, item.count) for item in found.tracked} == {
        (".DS_Store", 1),
        ("__pycache__", 1),
        ("data/.DS_Store", 1),
        ("dist", 1),
        ("notebooks/.ipynb_checkpoints", 1),
        ("old.pyc", 1),
        ("src/data/__pycache__", 2),
        ("titanic.egg-info", 1),
    }
    assert found.editors == (".vscode",)


@pytest.mark.parametrize(
    ("paths", "folders"),
    [
        (["monenv/pyvenv.cfg", "monenv/bin/python"], {"monenv"}),
        (["env/lib/python3.11/site-packages/pandas/__init__.py"], {"env"}),
        (["env/Lib/site-packages/pandas/__init__.py", "env/Scripts/python.exe"], {"env"}),
        (["tools/conda/conda-meta/history"], {"tools/conda"}),
        (["src/environment/model.py", "env/readme.md"], set()),
    ],
)
def test_environments_are_known_by_what_they_hold(paths: list[str], folders: set[str]) -> None:
    assert environments(paths) == folders


def test_a_folder_build_with_a_module_of_the_project_is_source() -> None:
    code = Code(files={}, main=None, substitute=False, modules=())
    assert artifact_kind(["src/build/features.py"], COURSE.samples.unclean, code).tracked == ()
    assert artifact_kind(["build/lib/x.py"], COURSE.samples.unclean, code).tracked[0].path == "build"


# Ignore rules

PATTERNS = [
    "__pycache__/", "*.py[cod]", "/data/", "data/", "data", "**/data", "data/**", "data/*", "!data/raw", "*.csv",
    "src/", "/src/data/", "a b", "\\#x", "# comment", "", "*.pyc ", "*", "!*.py", "[", "**", "/", "data/raw/../raw",
]  # fmt: skip
PATHS = ["data/raw/train.csv", "src/data/import_data.py", "main.py", "__pycache__/x.pyc", "src/a/b.pyc", "a b", "#x"]


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which only the rules change."""
    folder = tmp_path_factory.mktemp("rules")
    shell("git init -q && mkdir src", folder)
    return folder


@settings(max_examples=30)
@given(st.lists(st.sampled_from(PATTERNS), max_size=6), st.lists(st.sampled_from(PATTERNS), max_size=3))
def test_the_rules_are_those_of_git(ruled: Path, root: list[str], below: list[str]) -> None:
    files = {".gitignore": "\n".join(root), "src/.gitignore": "\n".join(below)}
    for path, content in files.items():
        (ruled / path).write_text(content, encoding="utf-8")
    asked = ended(["git", "check-ignore", "--no-index", "--stdin"], cwd=ruled, input="\n".join(PATHS))
    seen = decisions(Tree.of(files), PATHS)
    assert {path for path in PATHS if seen[path]} == set(asked.stdout.splitlines())


def test_the_deciding_rule_is_named() -> None:
    tree = Tree.of({".gitignore": "*.log\n\n# data\n*.csv\ndata/\n", "src/.gitignore": "*.pyc\r\n"})
    seen = decisions(tree, ["data/raw/train.csv", "src/x.pyc", "main.py", "src/data/x.py"])
    assert seen == {
        "data/raw/train.csv": Rule(".gitignore", 5, "data/"),
        "src/x.pyc": Rule("src/.gitignore", 1, "*.pyc"),
        "main.py": None,
        "src/data/x.py": Rule(".gitignore", 5, "data/"),
    }


def test_rules_of_a_sub_folder_project_may_lie_in_either_root() -> None:
    tree = Tree.of({".gitignore": "*.pyc\n", "titanic/.gitignore": "/data/\n", "titanic/main.py": ""})
    seen = rules_of(tree, "titanic", ["data/raw/train.csv", "src/x.pyc"])
    assert seen.answers["data/raw/train.csv"] == Rule(".gitignore", 1, "/data/")
    assert seen.answers["src/x.pyc"] == Rule("../.gitignore", 1, "*.pyc")


@pytest.mark.parametrize(
    "name", ["gitignore", ".gitignore.txt", "gitignore.txt", ".gitgnore", ".gitingore", ".Gitignore", "_gitignore"]
)
def test_a_misspelt_name_is_seen(name: str) -> None:
    seen = rules_of(Tree.of({name: "__pycache__/\n"}), "", ["__pycache__/x.pyc"])
    if name == ".Gitignore":
        assert seen.files == ()
        return
    assert seen.misspelt == (name,)
    assert seen.files == ()


def test_other_names_are_not_taken_for_misspelt() -> None:
    assert rules_of(Tree.of({".dockerignore": "", ".gitattributes": "", "ignore.py": ""}), "", []).misspelt == ()


def test_a_file_in_utf16_is_seen() -> None:
    seen = rules_of(Tree.of({".gitignore": "__pycache__/\n".encode("utf-16")}), "", ["__pycache__/x.pyc"])
    assert seen.unreadable == (".gitignore",)
    assert seen.answers["__pycache__/x.pyc"] is None


def test_a_module_that_a_rule_swallowed_is_found() -> None:
    tree = Tree.of({".gitignore": "data/\n", "main.py": "from src.data.import_data import load\n"})
    name = ImportedName("src.data.import_data", "load", None, Location("main.py", line=1))
    code = Code(files={}, main=None, substitute=False, modules=(), missing=(name,))
    seen = ignored_sources_of(tree, "", tree, code, COURSE)
    assert seen.modules == ((name, "src/data/import_data.py", Rule(".gitignore", 1, "data/")),)
    assert all(path != "src/data/import_data.py" for path, _ in seen.threatened)


def test_a_thousand_rules_are_judged_quickly() -> None:
    rules = "\n".join(f"folder{number}/" for number in range(1000))
    started = time.process_time()
    assert decisions(Tree.of({".gitignore": f"{rules}\ndata/\n"}), ["data/x"])["data/x"] == Rule(
        ".gitignore", 1001, "data/"
    )
    assert time.process_time() - started < 3


# Leftovers

CONFLICT = "a = 1\n<<<<<<< HEAD\na = 2\n=======\na = 3\n>>>>>>> other\n"
TOKEN = "ghp_" + "a1B2" * 9
SIGNED = f"https://minio.lab.sspcloud.fr/b/train.csv?X-Amz-Signature={'0a' * 32}"


def left_in(folder: Path) -> Leftovers:
    with open_submission(folder) as repository:
        past = history(repository, COURSE, Submission(path=Path()), Defaults())
        return leftovers(repository, repository.tree(), past)


def test_each_file_with_conflict_markers_is_named_once(project: Path) -> None:
    (project / "main.py").write_text(CONFLICT * 2, encoding="utf-8")
    (project / "config.yaml").write_text(CONFLICT, encoding="utf-8")
    (project / "notes.rst").write_text("Title\n=======\n\n>>>>>>> a prompt\n", encoding="utf-8")
    assert [str(place) for place in left_in(project).conflicts] == ["config.yaml:2", "main.py:2"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (f"token = '{TOKEN}'", "GitHub token"),
        ("key = 'AKIAIOSFODNN7EXAMPLE'", "AWS access key"),
        (f"AWS_SECRET_ACCESS_KEY: {'aB3/' * 10}", "AWS secret key"),
        (f"os.environ['AWS_SECRET_ACCESS_KEY'] = '{'aB3/' * 10}'", "AWS secret key"),
        (f"url: {SIGNED}", "presigned link"),
        (f"AWS_SESSION_TOKEN={'eyJ' + 'a' * 20}.{'eyJ' + 'b' * 20}.{'c' * 20}", "session token"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "private key"),
        ("git clone https://me:s3cr3tword@github.com/a/b", "password in an address"),
    ],
)
def test_secrets_are_found_by_kind_and_place(content: str, kind: str) -> None:
    assert secrets_of("src/a.py", f"# first line\n{content}\n".encode()) == (
        RepositorySecret(kind, Location("src/a.py", line=2)),
    )


@pytest.mark.parametrize(
    "content",
    [
        'os.environ["AWS_SECRET_ACCESS_KEY"]',
        "url = f'https://{user}:{password}@host/x'",
        "https://github.com/a/b:c@d",
        "eyJhbGciOi",
        "ghp_TOKEN",
        "git clone https://YOUR_TOKEN@github.com/a/b",
    ],
)
def test_what_only_looks_like_a_secret_is_none(content: str) -> None:
    assert secrets_of("a.py", content.encode()) == ()


_TOKEN = f"{'eyJ' + 'a' * 20}.{'eyJ' + 'b' * 20}.{'c' * 20}"
_NAMES = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261101%2Fus-east-1"
_SIGNATURE = f"X-Amz-Signature={'0a' * 32}"


@pytest.mark.parametrize(
    "query",
    [
        f"{_NAMES}&{_SIGNATURE}",
        f"{_SIGNATURE}&{_NAMES}&X-Amz-Security-Token={_TOKEN}",
        f"AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature={'a' * 27}%3D&Expires=1",
    ],
)
def test_what_a_signed_link_names_is_part_of_the_link(query: str) -> None:
    found = secrets_of("config.yaml", f"url: https://minio.lab.sspcloud.fr/b/train.csv?{query}\n".encode())
    assert found == (RepositorySecret("presigned link", Location("config.yaml", line=1)),)


@pytest.mark.parametrize(
    "line",
    [
        f"https://h/b/train.csv?{_NAMES}",
        f"https://h/b/train.csv?{_NAMES}&{_SIGNATURE} key: AKIAIOSFODNN7EXAMPLE",
        f"https://h/b/train.csv?{_SIGNATURE}&key=AKIAIOSFODNN7EXAMPLE",
    ],
)
def test_a_key_beside_a_signed_link_is_a_key(line: str) -> None:
    assert "AWS access key" in [secret.kind for secret in secrets_of("config.yaml", line.encode())]


def test_a_secret_of_a_notebook_is_found_in_its_cell() -> None:
    content = notebook(f"x = 1\ny = '{TOKEN}'", f"{SIGNED}\n").encode()
    assert secrets_of("n.ipynb", content) == (
        RepositorySecret("GitHub token", Location("n.ipynb", cell=1, line=2)),
        RepositorySecret("presigned link", Location("n.ipynb", cell=1)),
    )


def test_a_secret_of_an_earlier_commit_is_named_with_it(project: Path) -> None:
    (project / "secret.py").write_text(f"x = 1\ntoken = '{TOKEN}'\n", encoding="utf-8")
    commit = commit_all(project, "Oops")[:8]
    shell("git rm -q secret.py && git commit -q -m 'Remove it'", project)
    found = left_in(project)
    assert found.secrets == (RepositorySecret("GitHub token", Location("secret.py", line=2), commit),)
    assert TOKEN not in repr(found)


def test_odd_paths_are_named(project: Path) -> None:
    (project / "Main.py").write_text("x = 2\n", encoding="utf-8")
    (project / "passwords").symlink_to("/etc/passwd")
    (project / "inside").symlink_to("main.py")
    found = left_in(project)
    assert found.clashes == (("Main.py", "main.py"),)
    assert found.outward == ("passwords",)

"""Configuration files are read without being trusted, and changed in one place only."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checker.evidence.project.config_files import is_candidate, may_be_configuration, read_configuration, with_value

MIXED = """\
# where the data is
s3: &place
  bucket: &name jdupont   # mine
  "folder": 'titanic/raw'
  files: [train.csv, "test.csv"]
again: *place
alias: *name
trees: 20
empty:
long: |
  one
  two
folded: >-
  x y
last: é
"""


def read(content, path="config.yaml"):
    return read_configuration(path, content if isinstance(content, bytes) else content.encode())


def test_the_text_values_are_found_with_their_names_and_lines():
    file = read(MIXED)

    assert file.problem is None
    assert [(leaf.key, leaf.value, str(leaf.where)) for leaf in file.leaves] == [
        ("s3.bucket", "jdupont", "config.yaml:3"),
        ("s3.folder", "titanic/raw", "config.yaml:4"),
        ("s3.files.0", "train.csv", "config.yaml:5"),
        ("s3.files.1", "test.csv", "config.yaml:5"),
        ("long", "one\ntwo\n", "config.yaml:10"),
        ("folded", "x y", "config.yaml:13"),
        ("last", "é", "config.yaml:15"),
    ]


def test_one_value_changes_and_nothing_else():
    file = read(MIXED)
    before = yaml.safe_load(MIXED)

    after = yaml.safe_load(with_value(file, file.leaves[1], 'moved "é"'))

    assert after["s3"]["folder"] == after["again"]["folder"] == 'moved "é"'
    before["s3"]["folder"] = after["s3"]["folder"]
    assert after == before


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text(min_size=1), min_size=1), st.text())
def test_any_value_can_be_changed_into_any_other(content, value):
    written = yaml.safe_dump(content, allow_unicode=True)
    file, before = read(written), yaml.safe_load(written)
    for leaf in file.leaves:
        after = yaml.safe_load(with_value(file, leaf, value))

        assert after == {**before, leaf.key: value}


@pytest.mark.parametrize(
    ("path", "content", "key", "expected"),
    [
        ("config.toml", '[s3]\nbucket = "jdupont"\ntrees = 20\n', "s3.bucket", '[s3]\nbucket = "moved"\ntrees = 20\n'),
        ("config.ini", "[s3]\nbucket = jdupont\n", "s3.bucket", "[s3]\nbucket = moved\n"),
        (".env", "BUCKET='jdupont'\n", "BUCKET", 'BUCKET="moved"\n'),
        ("config.json", '{\n\t"bucket": "jdupont"\n}\n', "bucket", '{\n\t"bucket": "moved"\n}\n'),
    ],
)
def test_other_formats_are_read_by_their_lines(path, content, key, expected):
    file = read(content, path)

    assert [leaf.key for leaf in file.leaves] == [key]
    assert file.leaves[0].value == "jdupont"
    assert with_value(file, file.leaves[0], "moved").decode() == expected


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("bucket:jdupont\nfolder:raw\n", "config.yaml is no mapping: a space is missing after the colons."),
        ("s3:\n\tbucket: x\n", "config.yaml, line 2: a tab stands where only spaces may."),
        ("a: [1, 2\nb: 3\n", "config.yaml, line 2: not YAML"),
        ("- a\n- b\n", "config.yaml is no mapping of names to values."),
        ("# nothing\n", "config.yaml is empty."),
        ("<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> x\n", "config.yaml holds the marks of a merge conflict"),
        ("a: !!python/object/apply:os.system [ls]\n", "config.yaml asks for a special object"),
        ("a: \0\n", "config.yaml, line 1: not YAML"),
        ("[" * 5000, "config.yaml, line 1: not YAML"),
        ("a" * 200_000, "config.yaml is too large to be a configuration (200000 bytes)."),
    ],
)
def test_what_is_wrong_has_a_sentence_and_a_place(content, problem):
    file = read(content)

    assert str(file.problem).startswith(problem)
    assert file.problem_where
    assert file.leaves == ()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a: é€\n".encode("cp1252"), "config.yaml is not written in UTF-8 (line 1)."),
        ("a: é€\n".encode("utf-16"), "config.yaml is written in UTF-16"),
    ],
)
def test_values_are_read_in_spite_of_their_encoding(content, problem):
    file = read(content)

    assert str(file.problem).startswith(problem)
    assert file.can_be_read
    assert [leaf.value for leaf in file.leaves] == ["é€"]


def test_a_bomb_of_aliases_is_no_danger():
    bomb = 'a0: &a0 ["x", "x"]\n' + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    started = time.monotonic()

    file = read(bomb)

    assert [leaf.value for leaf in file.leaves] == ["x", "x"]
    assert time.monotonic() - started < 5


def test_a_circle_of_aliases_ends():
    assert read("a: &a\n  b: c\n  again: *a\n").leaves[0].key == "a.b"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("secret_access_key: 0d9f8s7dfg6s5df7g6\n", [False]),
        ("note: ghp_0123456789abcdefghijABCDEFGHIJ012345\n", [False]),
        ("url: https://host/b/train.csv?X-Amz-Signature=0123&X-Amz-Expires=60\n", [True]),
        ("secret_access_key: AWS_SECRET_ACCESS_KEY\n", []),
        ("token: <your token>\n", []),
        ("bucket: jdupont\nurl: https://host/train.csv?version=2\n", []),
    ],
)
def test_secrets_are_seen_and_told_from_signed_links(content, found):
    assert [secret.presigned for secret in read(content).secrets] == found


@pytest.mark.parametrize("path", ["config.yaml", "conf/settings.yml", "configuration_prod.json", "parametres.toml"])
def test_names_of_configurations(path):
    assert is_candidate(path)
    assert may_be_configuration(path)


@pytest.mark.parametrize(
    "path",
    ["environment.yml", "docker-compose.yml", "pyproject.toml", "setup.cfg", ".pre-commit-config.yaml", "package.json"],
)
def test_files_of_other_tools_are_none(path):
    assert not is_candidate(path)
    assert not may_be_configuration(path)

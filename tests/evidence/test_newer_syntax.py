"""The version of Python that a source needs: told for what is new, and for nothing else."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys

import pytest

from checker.evidence.source.newer_syntax import python_needed
from checker.evidence.source.python import python_file

NEW = {
    "an outer quote in an f-string": ('seen = {"a": 1}\nprint(f"{seen["a"]}")\n', "3.12"),
    "a backslash in an f-string": ("print(f\"{'\\n'.join(['a'])}\")\n", "3.12"),
    "a comment in an f-string": ("print(f'''{\n1  # one\n}''')\nprint(f\"{\n1  # one\n}\")\n", "3.12"),
    "a type statement": ("type Table = dict[str, int]\n", "3.12"),
    "a generic function": ("def first[T](values: list[T]) -> T:\n    return values[0]\n", "3.12"),
    "a generic class": ("class Box[T]:\n    pass\n", "3.12"),
    "a default of a type parameter": ("class Box[T = int]:\n    pass\n", "3.13"),
    "exceptions without brackets": ("try:\n    pass\nexcept ValueError, KeyError:\n    pass\n", "3.14"),
    "a template string": ('name = "x"\nprint(t"{name}")\n', "3.14"),
}
OLD = {
    "a bracket left open": "def main(:\n    pass\n",
    "a print of Python 2": 'print "hello"\n',
    "an except of Python 2": "try:\n    pass\nexcept ValueError, error:\n    print error\n",
    "a quote left open": "print(f'{1}\n",
    "indentation": "if True:\npass\n",
    "a magic": "%matplotlib inline\n",
    "a shell command": "!pip install pandas\n",
    "new syntax beside a mistake": "type Table = dict\ndef main(:\n    pass\n",
    "a remark that silences ruff": "# ruff: noqa\ndef main(:  # noqa\n    pass\n",
    "prose": "Hello, this is my project.\n",
}


@pytest.mark.parametrize("name", NEW)
def test_what_a_newer_python_reads_needs_its_version(name):
    source, version = NEW[name]
    assert python_needed(source, 11) == version
    assert python_needed(source, int(version[2:])) is None


@functools.cache
def pythons():
    """The minor versions of Python 3 on this machine, with their programs: at least the one that runs the tests."""
    found = {sys.version_info.minor: sys.executable}
    for minor in range(11, 15):
        program = shutil.which(f"python3.{minor}")
        # A shim of pyenv exists for versions that are not installed, and ends with an error.
        if program and not subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode:
            found[minor] = program
    return found


@pytest.mark.parametrize("name", NEW)
def test_each_python_that_is_here_agrees(name):
    source, version = NEW[name]
    for minor, program in pythons().items():
        read = subprocess.run([program, "-"], input=source.encode(), capture_output=True, check=False)
        assert (b"SyntaxError" not in read.stderr) == (minor >= int(version[2:])), (minor, read.stderr)


@pytest.mark.parametrize("name", OLD)
def test_a_mistake_is_one_in_each_version(name):
    assert python_needed(OLD[name], 11) is None


def test_what_every_python_reads_needs_none():
    assert python_needed("print(1)\n", 11) is None


def test_what_is_nested_too_deeply_needs_none():
    assert python_needed("(" * 200_000, 11) is None


def test_a_file_says_which_version_it_needs():
    file = python_file("main.py", b"class Box[T = int]:\n    pass\n")
    assert file.tree is not None or file.python == "3.13"
    assert python_file("main.py", b"def main(:\n").python is None

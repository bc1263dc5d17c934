"""One submission with all the oddities at once is graded to the end: no check of ours breaks on it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from checker.grader import Outcome
from checker.model import Errored
from tests.conftest import shell

HUGE = ("huge.csv", "huge.py", "huge.ipynb", "config.yml", "requirements-dev.txt", "environment-old.yml")
ODD = {
    b"caf\xe9.py": b"x = 1\n",
    b"src/data/\xe9.py": b"x = '\xe9'\n",
    b"note\xff.ipynb": b"{}",
    b"environment\xff.yml": b"a: 1",
    b"-rf.py": b"import os\n",
    b"a\nb.py": b"import a.b.c\n",
    b"$(touch x).csv": b"a,b\n",
    "\u202egnp.ipynb".encode(): b"[]",
    b"bom.py": b"\xef\xbb\xbfx = 1\n",
    b"wide.py": "x = 1\n".encode("utf-16"),
    b"null.py": b"x = 1\0\n",
    b"deep.py": b"(" * 5000,
    b"deep.yaml": b"[" * 5000,
    b"deep.json": b"[" * 100_000,
    b"bomb.yaml": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n".encode() for n in range(12)),
    b"Dockerfile.old": b"\xff\xfe",
    b".gitattributes": b"* filter=evil\n",
}


@pytest.mark.slow
def test_no_check_breaks(copy_of: Callable[[str], Path], grade: Callable[..., Outcome]) -> None:
    folder = copy_of("2.3")
    for name, content in ODD.items():
        (folder / os.fsdecode(name)).write_bytes(content)
    for name in HUGE:
        with (folder / name).open("wb") as file:
            file.truncate(200_000_000)
    (folder / "passwords.py").symlink_to("/etc/passwd")
    (folder / "etc").symlink_to("/etc")
    os.mkfifo(folder / "pipe.py")
    shell("git init -q sub && cd sub && touch main.py && git add -A && git commit -q -m Sub", folder)
    outcome = grade(folder, docker="off")
    broken = {
        check.id: check.verdict.fault
        for step in outcome.report.steps
        for check in step.checks
        if isinstance(check.verdict, Errored)
    }
    assert not broken
    assert outcome.exit_code in (0, 1)
    assert outcome.report.points > 15
    assert "root:" not in repr(outcome.report)

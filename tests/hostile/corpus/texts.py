"""Text that is made to occupy, swell or mislead the one who reads it, in the grader's own process."""

from __future__ import annotations

from tests.hostile.corpus.model import Hostile, cells, fails, first, passes
from tests.mutants.model import Move, Shell, Write

_MANY = 60_000

CORPUS = (
    Hostile(
        name="a cell with blanks before a bracket",
        edits=(Write("notebooks/titanic.ipynb", cells("x = 1\n" + " " * _MANY + "(")),),
        expected=(fails("notebook-runs"), passes("main-runs")),
        whole=True,
    ),
    Hostile(
        name="five megabytes of lines that look like tokens",
        edits=(
            Shell(
                "python3 -c \"print(('eyJ' + 'a' * 20 + '-\\n' + 'AKIA' + 'A' * 16 + '\\n') * 100_000)\" > notes.txt"
            ),
        ),
        expected=(passes("main-runs"), passes("notebook-runs")),
        whole=True,
        commit=True,
        seconds=20,
        within=120,
    ),
    Hostile(
        name="a bracket and line ends in what is printed",
        edits=first(f'print("[1" + "\\n" * {_MANY} + "[[1" + " " * {_MANY})\n'),
        expected=(passes("main-runs"),),
        whole=True,
        within=120,
    ),
    Hostile(
        name="an import of dots in a file that does not parse",
        edits=(Write("src/data/dots.py", "from " + "." * _MANY + " import a\nfrom " + "." * _MANY + "\nx = (\n"),),
        expected=(passes("main-runs"),),
        whole=True,
        within=120,
    ),
    Hostile(
        name="a mistake in the configuration beside line ends of Unicode",
        base="2.3",
        edits=(Write("config.yaml", "a: b\u2028c: d\re: :\n"),),
        expected=(fails("config-file", where="config.yaml:3"),),
        whole=True,
        within=120,
    ),
    Hostile(
        name="a character beyond Unicode in the configuration",
        base="2.3",
        edits=(Write("config.yaml", 'a: "\\UFFFFFFFF"\n'),),
        expected=(fails("config-file"),),
        whole=True,
        within=120,
    ),
    Hostile(
        name="a notebook of lists",
        traps=(28,),
        edits=(Shell("python3 -c \"print('[' + '[],' * 33_000_000 + '0]')\" > notebooks/titanic.ipynb"),),
        expected=(fails("notebook-runs", "million values"),),
        whole=True,
        within=180,
    ),
    Hostile(
        name="a sum on which the linter fails",
        base="1.8",
        traps=(25, 31),
        edits=first("TOTAL = " + "+".join(["1"] * 900) + "\n"),
        expected=(fails("lint-main", "Pylint itself fails", where="main.py:13"), passes("main-runs")),
        seconds=20,
        within=120,
    ),
    Hostile(
        name="nine hundred calls in a row",
        edits=first("x = str\nif x is None:\n    x" + ".a()" * 900 + "\n"),
        expected=(passes("main-runs"),),
        whole=True,
        within=120,
    ),
    Hostile(
        name="a name that a hint would run",
        traps=(29,),
        edits=(Move("main.py", "m;touch X;.py"),),
        expected=(fails("main-runs", "git mv 'm;touch X;.py' main.py"),),
        commit=True,
        never_says=("git mv m;touch",),
    ),
)

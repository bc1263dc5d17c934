"""Text that is made to occupy, swell or mislead the one who reads it, in the grader's own process."""

from __future__ import annotations

from tests.hostile.corpus.model import cells, fails, first, hostile, passes
from tests.mutants.model import Move, Shell, Write

_MANY = 60_000

CORPUS = (
    hostile(
        "a cell with blanks before a bracket",
        Write("notebooks/titanic.ipynb", cells("x = 1\n" + " " * _MANY + "(")),
        expected=(fails("notebook-runs"), passes("main-runs")),
        whole=True,
    ),
    hostile(
        "five megabytes of lines that look like tokens",
        Shell("python3 -c \"print(('eyJ' + 'a' * 20 + '-\\n' + 'AKIA' + 'A' * 16 + '\\n') * 100_000)\" > notes.txt"),
        expected=(passes("main-runs"), passes("notebook-runs")),
        whole=True,
        commit=True,
        seconds=20,
        within=120,
    ),
    hostile(
        "a bracket and line ends in what is printed",
        first(f'print("[1" + "\\n" * {_MANY} + "[[1" + " " * {_MANY})\n'),
        expected=(passes("main-runs"),),
        whole=True,
        within=120,
    ),
    hostile(
        "an import of dots in a file that does not parse",
        Write("src/data/dots.py", "from " + "." * _MANY + " import a\nfrom " + "." * _MANY + "\nx = (\n"),
        expected=(passes("main-runs"),),
        whole=True,
        within=120,
    ),
    hostile(
        "a mistake in the configuration beside line ends of Unicode",
        Write("config.yaml", "a: b\u2028c: d\re: :\n"),
        base="2.3",
        expected=(fails("config-file", where="config.yaml:3"),),
        whole=True,
        within=120,
    ),
    hostile(
        "a character beyond Unicode in the configuration",
        Write("config.yaml", 'a: "\\UFFFFFFFF"\n'),
        base="2.3",
        expected=(fails("config-file"),),
        whole=True,
        within=120,
    ),
    hostile(
        "a notebook of lists",
        Shell("python3 -c \"print('[' + '[],' * 33_000_000 + '0]')\" > notebooks/titanic.ipynb"),
        traps=(28,),
        expected=(fails("notebook-runs", "million values"),),
        whole=True,
        within=180,
    ),
    hostile(
        "a sum on which the linter fails",
        first("TOTAL = " + "+".join(["1"] * 900) + "\n"),
        base="1.8",
        traps=(25, 31),
        expected=(fails("lint-main", "Pylint itself fails", where="main.py:13"), passes("main-runs")),
        seconds=20,
        within=120,
    ),
    hostile(
        "nine hundred calls in a row",
        first("x = str\nif x is None:\n    x" + ".a()" * 900 + "\n"),
        expected=(passes("main-runs"),),
        whole=True,
        within=120,
    ),
    hostile(
        "a name that a hint would run",
        Move("main.py", "m;touch X;.py"),
        traps=(29,),
        expected=(fails("main-runs", "git mv 'm;touch X;.py' main.py"),),
        commit=True,
        never_says=("git mv m;touch",),
    ),
)

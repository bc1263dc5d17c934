"""What the tools of the grader would read of a submission: configuration, lint, settings, names."""

from __future__ import annotations

from tests.hostile.corpus.model import MARK, fails, hostile, passes
from tests.mutants.model import Replace, Shell, Write

_TOUCH = f"import os; os.system('touch /tmp/{MARK}')"
_SPY = f"import os\nos.system('touch /tmp/{MARK}')\n"

CORPUS = (
    hostile(
        "configuration of pylint that runs code and switches everything off",
        *(
            Write(name, f'[MAIN]\ninit-hook="{_TOUCH}"\nload-plugins=evil\ndisable=all\n[REPORTS]\nevaluation=10\n')
            for name in (".pylintrc", "pylintrc", "setup.cfg", "tox.ini")
        ),
        Write(
            "pyproject.toml", f'[tool.pylint.main]\ninit-hook = "{_TOUCH}"\nload-plugins = ["evil"]\ndisable = "all"\n'
        ),
        Write("evil.py", _SPY + "def register(linter):\n    pass\n"),
        Write("astroid/__init__.py", _SPY),
        Write("pylint.py", _SPY),
        traps=(19, 31),
        base="1.3",
        expected=(fails("lint-main", "Pylint"),),
        seconds=60,
    ),
    hostile(
        "configuration of the other tools",
        *(
            Write(folder + name, f"c = get_config()\n{_SPY}c.InteractiveShellApp.exec_lines = ['1 / 0']\n")
            for folder in ("", "notebooks/")
            for name in (
                "ipython_config.py",
                "ipython_kernel_config.py",
                "jupyter_config.py",
                "jupyter_client_config.py",
                "jupyter_nbconvert_config.py",
                ".ipython/profile_default/startup/00-evil.py",
                ".ipython/profile_default/ipython_kernel_config.py",
                ".jupyter/jupyter_config.py",
            )
        ),
        Write("conftest.py", _SPY),
        Write("pytest.ini", "[pytest]\naddopts = -p evil\n"),
        Write(".condarc", "channels: [https://evil.example]\n"),
        Write("pip.conf", "[global]\nindex-url = https://evil.example\n"),
        Write(".streamlit/config.toml", "[server]\nport = 80\n"),
        Write(".python-version", "$(touch /tmp/x)\n"),
        Write(".envrc", f"touch /tmp/{MARK}\n"),
        Write("Makefile", f"all:\n\ttouch /tmp/{MARK}\n"),
        traps=(19,),
        expected=(passes("notebook-runs"), passes("main-runs")),
        seconds=30,
    ),
    hostile(
        "pragmas in every place",
        Shell("sed -i '1i # pylint: skip-file' main.py"),
        Shell("sed -i '1i # pylint: disable=all' functions.py"),
        traps=(31,),
        base="1.3",
        expected=(fails("lint-main", "Pylint"), fails("lint-modules", "Pylint")),
        seconds=60,
    ),
    hostile(
        "five thousand trivial statements",
        Shell("python3 -c \"print('pass\\n' * 2000 + '0\\n' * 2000 + 'None\\n' * 1000)\" >> main.py"),
        Shell("python3 -c \"print('X = 1\\n' * 5000)\" >> functions.py"),
        traps=(31,),
        base="1.3",
        expected=(fails("lint-main"),),
        seconds=60,
    ),
    hostile(
        "a main script that hides in a text file",
        Shell("git mv main.py hidden.txt"),
        Write(
            "main.py",
            '"""Do the work."""\n\nwith open("hidden.txt", encoding="utf-8") as file:\n    exec(file.read())\n',
        ),
        traps=(31,),
        base="1.3",
        expected=(fails("lint-main"),),
        seconds=60,
    ),
    hostile(
        "a syntax that explodes in the linter",
        Write(
            "src/explode.py",
            '"""Explode."""\n'
            "A0 = [1, 'a', None]\n"
            + "".join(f"A{n + 1} = [A{n}, A{n}, A{n}] + A{n} * 9\n" for n in range(40))
            + "X = "
            + "(" * 90
            + "1"
            + ")" * 90
            + "\n"
            + "Y = "
            + "+".join(["A40"] * 2000)
            + "\n"
            + "Z = 9 ** 9 ** 9 ** 9\nS = 'a' * 10 ** 12\nT = 1 << (1 << 60)\nU = [0] * 10 ** 12\n",
        ),
        Replace("main.py", "N_TREES = 20\n", "N_TREES = 20\nLATE = False\nif LATE:\n    import src.explode\n"),
        traps=(31,),
        expected=(passes("main-runs"), fails("lint-modules")),
        seconds=12,
        within=90,
    ),
    hostile(
        "settings of the checker that ask for points",
        Write(
            ".checker.yml",
            "course: ../../../../tmp/evil\nedition: ../../evil\nlanguage: ../xx\nupstream: '--upload-pack=touch x'\n"
            "points: 20\nlimits: {main: 100000}\nsteps: []\nstarter_tree: '; rm -rf /'\n",
        ),
        Write(".github/workflows/checker.yml", "on: push\njobs: {x: {steps: [{run: echo points=20}]}}\n"),
        Write("main.py", "while True: pass\n"),
        traps=(20,),
        expected=(fails("main-runs", "Too slow"),),
        seconds=3,
    ),
)

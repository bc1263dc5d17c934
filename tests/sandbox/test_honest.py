"""What honest programs need works as it does outside."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from checker.facts.actions import Command, Import, Script
from checker.facts.job import End, ServedData
from tests.sandbox.conftest import Runner


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("import multiprocessing\nwith multiprocessing.Lock():\n    print('held')", "held\n"),
        ("import colorsys\nprint(colorsys.rgb_to_hsv(0, 0, 0))", "(0.0, 0.0, 0)\n"),
        ('print("é".encode("idna"))', "b'xn--9ca'\n"),
        ("import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(6 * 7)'], check=True)", "42\n"),
        ("import subprocess\nsubprocess.run(['sh', '-c', 'echo from a shell'], check=True)", "from a shell\n"),
        ("import threading\nt = threading.Thread(target=print, args=['thread'])\nt.start()", "thread\n"),
        ("import tempfile\nwith tempfile.TemporaryFile() as f:\n    print(f.write(b'ab'))", "2\n"),
        ("import getpass, socket\nprint(getpass.getuser(), socket.gethostbyname('localhost'))", "student 127.0.0.1\n"),
        ("import sys\nprint(sys.stdin.read() == '', sys.argv)", "True ['main.py']\n"),
        ("print(__name__, __file__.endswith('/main.py'), __spec__)", "__main__ True None\n"),
        ("import atexit\natexit.register(print, 'at exit')\nprint('end')", "end\nat exit\n"),
        ("from zoneinfo import ZoneInfo\nprint(ZoneInfo('Europe/Paris'))", "Europe/Paris\n"),
        ("print('é', ascii('é'))", "é '\\xe9'\n"),
        ("import sys\nprint(type(exit).__name__)\nexit()", "Quitter\n"),
    ],
    ids=lambda value: value.split("\n")[0][:40],
)
def test_small_programs(either: Runner, source: str, output: str) -> None:
    seen = either.script(source)
    assert (seen.end, seen.status, seen.errors, seen.output) == (End.EXIT, 0, "", output)


@pytest.mark.slow
def test_a_grid_search_on_all_processors(either: Runner) -> None:
    seen = either.script(
        """
        import numpy as np
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.model_selection import GridSearchCV
        x = np.arange(300).reshape(100, 3)
        search = GridSearchCV(RandomForestClassifier(), {"n_estimators": [2, 3]}, n_jobs=-1)
        print(search.fit(x, x[:, 0] > 150).best_score_ > 0.5)
        """,
        seconds=90,
    )
    assert seen.output == "True\n", seen.errors


def test_a_pool_of_processes(either: Runner) -> None:
    seen = either.script("""
        from multiprocessing import Pool
        def double(x):
            return 2 * x
        if __name__ == "__main__":
            with Pool(2) as pool:
                print(pool.map(double, range(4)))
    """)
    assert seen.output == "[0, 2, 4, 6]\n", seen.errors


@pytest.mark.parametrize(
    "source", ["import numpy as np\nprint(np.random.rand())", "import random\nprint(random.random())"]
)
def test_random_numbers_differ_between_runs(either: Runner, source: str) -> None:
    assert either.script(source).output != either.script(source).output


def test_seeded_random_numbers_are_the_same(either: Runner) -> None:
    source = "import numpy as np\nnp.random.seed(1)\nprint(np.random.rand())"
    assert either.script(source).output == "0.417022004702574\n"


def test_a_figure_is_drawn_without_a_display(either: Runner) -> None:
    seen = either.script("""
        import matplotlib
        import matplotlib.pyplot as plt
        plt.plot([1, 2])
        plt.savefig("figure.png")
        plt.show()
        print(matplotlib.get_backend(), open("figure.png", "rb").read(4))
    """)
    assert seen.output == "agg b'\\x89PNG'\n"


def test_a_file_left_open_is_written_at_the_end(either: Runner) -> None:
    seen = either.script("out = open('/dev/stdout', 'w')\nprint('kept', file=out)\nkeep = lambda: out")
    assert seen.error is None
    assert seen.output == "kept\n"
    seen = either.script("""
        import os, sys
        class Loud:
            def __del__(self):
                os.write(1, b"freed\\n")
        loud = Loud()
    """)
    assert seen.output == "freed\n"


def test_imports_beside_the_script_and_from_the_root(either: Runner) -> None:
    files = {
        "src/main.py": "import beside\nprint(beside.NAME)",
        "src/beside.py": "NAME = 'beside'",
        "src/__init__.py": "",
        "top.py": "from src.beside import NAME\nprint(NAME)",
    }
    assert either.job(Script("src/main.py"), files).output == "beside\n"
    assert either.job(Script("main.py"), files, folder="src").output == "beside\n"
    assert either.job(Script("top.py"), files).output == "beside\n"
    assert either.job(Import("src.beside"), files).succeeded


@pytest.mark.parametrize("name", ["random", "yaml", "json", "tempfile", "utils"])
def test_a_module_of_the_project_wins_over_its_namesake(either: Runner, name: str) -> None:
    seen = either.script(f"import {name}\nprint({name}.MINE)", {f"{name}.py": "MINE = 'mine'"})
    assert seen.output == "mine\n", seen.errors


def test_commands_know_the_tools(either: Runner) -> None:
    line = "python -V && jupyter --version >/dev/null && pylint --version | head -1 && git --version"
    seen = either.job(Command(line), {}, seconds=60)
    assert seen.succeeded, seen.errors
    assert "Python 3" in seen.output
    assert "pylint 3.3" in seen.output


def test_a_command_keeps_its_status(either: Runner) -> None:
    seen = either.job(Command("pwd >&2; exit 7"), {"a/b": ""}, folder="a")
    assert (seen.end, seen.status) == (End.EXIT, 7)
    assert seen.errors.rstrip().endswith("/project/a")


def test_only_some_distributions_can_be_imported(either: Runner) -> None:
    seen = either.script(
        """
        import importlib.metadata, pandas
        print(importlib.metadata.version("pandas") == pandas.__version__)
        try:
            import sklearn
        except ModuleNotFoundError as absent:
            print(absent)
        import yaml
        """,
        distributions=frozenset({"Pandas"}),
    )
    assert seen.output == "True\nNo module named 'sklearn'\n"
    assert seen.error.message == "No module named 'yaml'"


def test_tables_come_over_the_network(either: Runner) -> None:
    seen = either.script("""
        import pandas as pd, requests
        print(pd.read_csv("https://minio.example.org/bucket/train.csv").shape)
        print(pd.read_csv("s3://bucket/folder/test.csv", storage_options={"anon": True}).shape)
        print(requests.get("http://example.org/no.csv").status_code)
    """)
    assert seen.output == "(2, 2)\n(1, 1)\n404\n", seen.errors
    requested = [(request.scheme, request.host, request.path, request.status) for request in seen.requests]
    assert requested[0] == ("https", "minio.example.org", "/bucket/train.csv", 200)
    assert requested[-1] == ("http", "example.org", "/no.csv", 404)
    assert all(0 <= request.seconds < 10 for request in seen.requests)


def test_two_worlds_at_the_same_time_are_not_mixed_up(either: Runner) -> None:

    def served(content: str) -> str:
        source = "import urllib.request\nprint(urllib.request.urlopen('http://a.org/train.csv').read().decode())"
        return either.script(source, served_data=ServedData(tables={"train": content.encode()})).output.strip()

    contents = [f"number\n{number}" for number in range(6)]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(served, contents)) == contents

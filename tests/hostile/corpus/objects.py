"""Objects that lie or bite when somebody looks at them, and texts that break who reads them."""

from __future__ import annotations

from tests.hostile.corpus.model import cells, fails, first, hostile, instead, module, passes
from tests.mutants.model import Replace, Write

_LYING = """
class Liar(pd.DataFrame):
    @property
    def __class__(self):
        raise SystemExit(0)

    @property
    def columns(self):
        import os
        os._exit(0)

    def __len__(self):
        while True:
            pass

    __repr__ = __eq__ = __hash__ = __iter__ = __len__
"""

CORPUS = (
    hostile(
        "an exception whose words never end",
        instead("class E(Exception):\n    def __str__(self):\n        while True:\n            pass\nraise E\n"),
        expected=(fails("main-runs", "Too slow"),),
        seconds=3,
    ),
    hostile(
        "an exception whose words end everything",
        instead(
            "import os\nclass E(Exception):\n    def __str__(self):\n        os._exit(0)\n    __repr__ = __str__\nraise E\n"
        ),
        expected=(fails("main-reports"),),
    ),
    hostile(
        "an exception with a message of 500 MB",
        instead("raise ValueError('é' * 250_000_000)\n"),
        expected=(fails("main-runs"),),
        seconds=20,
    ),
    hostile(
        "an exception with a chain without end",
        instead("e = ValueError('a')\nf = ValueError('b')\ne.__cause__ = f\nf.__cause__ = e\nraise e\n"),
        expected=(fails("main-runs", "ValueError"),),
    ),
    hostile(
        "an end that never comes",
        first(
            "import atexit, threading\n"
            "class Last:\n"
            "    def __del__(self):\n"
            "        while True:\n"
            "            pass\n"
            "LAST = Last()\n"
        ),
        expected=(fails("main-runs", "Too slow"),),
        seconds=5,
    ),
    hostile(
        "a time bomb",
        first(
            "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_DFL)\nsignal.setitimer(signal.ITIMER_REAL, 0.01)\n"
        ),
        expected=(fails("main-runs", "signal 14"),),
    ),
    hostile(
        "tables that lie about what they are",
        Replace("src/data/import_data.py", "import pandas as pd\n", "import pandas as pd\n" + _LYING),
        Replace(
            "src/data/import_data.py",
            "    return pd.read_csv(train_path), pd.read_csv(test_path)",
            "    return Liar(pd.read_csv(train_path)), Liar(pd.read_csv(test_path))",
        ),
        expected=(fails("main-reports"),),
        seconds=5,
    ),
    hostile(
        "arguments that break who writes them down",
        first(
            "deep = []\n"
            "for _ in range(100_000):\n"
            "    deep = [deep]\n"
            "class Bomb(int):\n"
            "    __str__ = __repr__ = __index__ = __int__ = lambda self: 1 // 0\n"
            "class Word(str):\n"
            "    def __len__(self):\n"
            "        raise SystemExit(0)\n"
            "real = split_data\n"
            "def work(numbers, number, word, lone, bomb, infinite):\n"
            "    return number\n"
            "work(deep, 10 ** 100_000, Word('x'), '\\ud800', Bomb(3), float('nan'))\n"
            "from src.models.train_evaluate import train_forest as honest\n"
            "honest.__name__ = honest.__qualname__ = '\\ud800\\x1b[2J<script>' * 1000\n"
            "honest.__defaults__ = (10 ** 5000, deep)\n"
            "honest.__module__ = deep\n"
        ),
        expected=(passes("main-runs"), passes("main-reports")),
        seconds=20,
    ),
    hostile(
        "words of a terminal, of a page and of a workflow",
        instead(
            "words = ('\\x1b[2J\\x1b]0;owned\\x07::error file=x::pwned\\n::stop-commands::x\\n##[command]x\\n'\n"
            "         '<script>alert(1)</script> [x](javascript:alert(1)) | a ` b\\u202e\\x00 =cmd|x!A1')\n"
            "print(words)\n"
            "class Evil(Exception):\n"
            "    pass\n"
            "Evil.__name__ = Evil.__qualname__ = 'E\\x1b[2J\\n::error::owned'\n"
            "raise Evil(words)\n"
        ),
        traps=(8, 22, 29),
        expected=(fails("main-runs", where="main.py:7"),),
        never_says=("\x1b[2J", "\x1b]0", "\n::error", "\n::stop", "\x07", "\x00"),
    ),
    hostile(
        "expressions nested without end",
        Write("src/sum.py", "X = " + " + ".join(["1"] * 3000) + "\n"),
        Write("src/dots.py", "X = a" + ".b" * 1500 + "\n"),
        Write("src/minus.py", "X = " + "-" * 1500 + "1\n"),
        Write("src/calls.py", "X = " + "f(" * 150 + ")" * 150 + "\n"),
        Write("src/chain.py", "X = f" + "()" * 1500 + "\n"),
        Write("src/elif.py", "if a:\n    pass\n" + "elif a:\n    pass\n" * 1200),
        Write("src/long.py", "X = '" + "http://a.b/" * 200_000 + "'\n"),
        Write("src/many.py", "".join(f"def f{n}(a={n}):\n    return a\n" for n in range(5000))),
        Replace(
            "main.py",
            "N_TREES = 20\n",
            "N_TREES = 20\nLATE = False\nif LATE:\n    from src import sum, dots, minus, calls, chain, elif_, long, many\n",
        ),
        traps=(28, 31),
        expected=(passes("main-runs"),),
        seconds=20,
        whole=True,
        within=250,
    ),
    hostile(
        "a notebook of 20,000 cells",
        Write("notebooks/titanic.ipynb", cells(*["x = 1"] * 20_000)),
        traps=(28,),
        expected=(fails("notebook-runs", "Too slow"),),
        seconds=5,
    ),
    hostile(
        "a sparse file of 100 GB",
        first("with open('sparse', 'wb') as f:\n    f.truncate(100_000_000_000)\n"),
        traps=(30,),
        expected=(fails("main-runs", "OSError"),),
    ),
    hostile(
        "a module that rewrites the program while it runs",
        module(
            "import os, glob\n"
            "for path in glob.glob('**/*.py', recursive=True):\n"
            "    open(path, 'w').write('raise SystemExit(0)\\n')\n"
        ),
        traps=(30, 6),
        expected=(fails("main-reports"),),
    ),
)

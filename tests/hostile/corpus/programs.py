"""Programs that never end, want too much, or attack what surrounds them."""

from __future__ import annotations

from tests.hostile.corpus.model import MARK, fails, first, hostile, instead, module, passes

_RUNS = "main-runs"

CORPUS = (
    hostile(
        "a module that never returns from import",
        module("while True: pass\n"),
        traps=(30,),
        expected=(fails(_RUNS, "Too slow", "src/data/import_data.py:5"), fails("functions-standalone")),
        seconds=3,
    ),
    hostile(
        "deletes its own files",
        first(
            "import os, shutil\n"
            "for _folder in ('/home/student', '/tmp', '/dev/shm', '/'):\n"
            "    shutil.rmtree(_folder, ignore_errors=True)\n"
        ),
        traps=(30,),
        expected=(fails(_RUNS),),
    ),
    hostile(
        "forks for ever",
        instead("import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n"),
        traps=(30, 24),
        expected=(fails(_RUNS, "Too slow"),),
        seconds=3,
    ),
    hostile(
        "fills the disk with one file",
        first(f"with open('{MARK}', 'wb') as f:\n    while True:\n        f.write(bytes(10_000_000))\n"),
        traps=(30,),
        expected=(fails(_RUNS, "OSError"),),
        seconds=10,
    ),
    hostile(
        "fills the disk with many files",
        first(
            "import itertools\n"
            "for n in itertools.count():\n"
            "    with open(f'/tmp/{n}', 'wb') as f:\n"
            "        f.write(bytes(20_000_000))\n"
        ),
        traps=(30,),
        expected=(fails(_RUNS),),
        seconds=10,
    ),
    hostile(
        "ignores SIGTERM and every other signal",
        instead(
            "import signal, time\n"
            "for number in range(1, 65):\n"
            "    try:\n"
            "        signal.signal(number, signal.SIG_IGN)\n"
            "    except (OSError, ValueError):\n"
            "        pass\n"
            "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"
            "while True:\n"
            "    time.sleep(100)\n"
        ),
        traps=(30,),
        expected=(fails(_RUNS, "Too slow"),),
        seconds=3,
    ),
    hostile(
        "a daemon by double fork",
        first(
            "import os, time\n"
            "if os.fork() == 0:\n"
            "    os.setsid()\n"
            "    if os.fork() == 0:\n"
            "        for number in range(3, 1000):\n"
            "            try:\n"
            "                os.close(number)\n"
            "            except OSError:\n"
            "                pass\n"
            "        while True:\n"
            "            time.sleep(0.05)\n"
            f"            open('/tmp/{MARK}', 'w').close()\n"
            "    os._exit(0)\n"
        ),
        traps=(30, 24, 33),
        expected=(passes(_RUNS), passes("main-reports")),
        within=30,
    ),
    hostile(
        "opens 100,000 files",
        first("_held = [open('/dev/null') for _ in range(100_000)]\n"),
        traps=(30,),
        expected=(fails(_RUNS, "Too many open files"),),
    ),
    hostile(
        "a million lines a second",
        instead("while True:\n    print('x\\n' * 1000)\n"),
        traps=(30, 10),
        expected=(fails(_RUNS, "far too much output"),),
        seconds=10,
    ),
    hostile(
        "a million lines a second on the error stream",
        instead("import os\nwhile True:\n    os.write(2, b'Traceback\\n' * 10000)\n"),
        traps=(30, 10),
        expected=(fails(_RUNS, "far too much output"),),
        seconds=10,
    ),
    hostile(
        "allocates 50 GB at once",
        first("import numpy as np\n_held = np.ones(50_000_000_000, dtype='uint8')\n"),
        traps=(30,),
        expected=(fails(_RUNS, "memory"),),
        seconds=20,
    ),
    hostile(
        "allocates 50 GB bit by bit in many processes",
        first(
            "import os\n"
            "for _ in range(20):\n"
            "    if os.fork() == 0:\n"
            "        held = []\n"
            "        while True:\n"
            "            held.append(b'x' * 50_000_000)\n"
            "while True:\n"
            "    os.wait()\n"
        ),
        traps=(30,),
        expected=(fails(_RUNS),),
        seconds=10,
    ),
    hostile(
        "leaves at once",
        instead("import os\nprint('Accuracy: 0.99')\nprint('[[52 1] [0 37]]', flush=True)\nos._exit(0)\n"),
        traps=(30, 5),
        expected=(fails("main-reports"),),
    ),
    hostile(
        "leaves in the middle as if all were well",
        module("raise SystemExit(0)\n"),
        traps=(30, 5),
        expected=(fails("main-reports"), fails("functions-standalone")),
    ),
    hostile(
        "kills its parent and everything that it can",
        instead(
            "import os\n"
            "for number in (os.getppid(), 1, 2, 3, 4, -1, 0):\n"
            "    try:\n"
            "        os.kill(number, 9)\n"
            "    except OSError:\n"
            "        pass\n"
        ),
        traps=(30, 25),
        expected=(fails(_RUNS, "signal 9"),),
    ),
    hostile(
        "closes all descriptors",
        instead("import os\nos.closerange(0, 10000)\nwhile True:\n    pass\n"),
        traps=(30,),
        expected=(fails(_RUNS, "Too slow"),),
        seconds=3,
    ),
    hostile(
        "closes all descriptors and ends",
        first("import os\nos.closerange(3, 10000)\n"),
        traps=(30, 2),
        expected=(passes(_RUNS), passes("main-reports")),
    ),
    hostile(
        "sets sys.stdout to something else",
        first(
            "import sys\n"
            "class Silent:\n"
            "    def write(self, words):\n"
            "        raise SystemExit(0)\n"
            "    def flush(self):\n"
            "        while True:\n"
            "            pass\n"
            "sys.stdout = Silent()\n"
        ),
        traps=(30,),
        expected=(fails(_RUNS, "Too slow"),),
        seconds=3,
    ),
)

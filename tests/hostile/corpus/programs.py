"""Programs that never end, want too much, or attack what surrounds them."""

from __future__ import annotations

from tests.hostile.corpus.model import MARK, Hostile, fails, first, instead, module, passes

_RUNS = "main-runs"

CORPUS: tuple[Hostile, ...] = (
    Hostile(
        name="a module that never returns from import",
        traps=(30,),
        edits=module("while True: pass\n"),
        expected=(fails(_RUNS, "Too slow", "src/data/import_data.py:5"), fails("functions-standalone")),
        seconds=3,
    ),
    Hostile(
        name="deletes its own files",
        traps=(30,),
        edits=first(
            "import os, shutil\n"
            "for _folder in ('/home/student', '/tmp', '/dev/shm', '/'):\n"
            "    shutil.rmtree(_folder, ignore_errors=True)\n"
        ),
        expected=(fails(_RUNS),),
    ),
    Hostile(
        name="forks for ever",
        traps=(30, 24),
        edits=instead("import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n"),
        expected=(fails(_RUNS, "Too slow"),),
        seconds=3,
    ),
    Hostile(
        name="fills the disk with one file",
        traps=(30,),
        edits=first(f"with open('{MARK}', 'wb') as f:\n    while True:\n        f.write(bytes(10_000_000))\n"),
        expected=(fails(_RUNS, "OSError"),),
        seconds=10,
    ),
    Hostile(
        name="fills the disk with many files",
        traps=(30,),
        edits=first(
            "import itertools\n"
            "for n in itertools.count():\n"
            "    with open(f'/tmp/{n}', 'wb') as f:\n"
            "        f.write(bytes(20_000_000))\n"
        ),
        expected=(fails(_RUNS),),
        seconds=10,
    ),
    Hostile(
        name="ignores SIGTERM and every other signal",
        traps=(30,),
        edits=instead(
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
        expected=(fails(_RUNS, "Too slow"),),
        seconds=3,
    ),
    Hostile(
        name="a daemon by double fork",
        traps=(30, 24, 33),
        edits=first(
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
        expected=(passes(_RUNS), passes("main-reports")),
        within=30,
    ),
    Hostile(
        name="opens 100,000 files",
        traps=(30,),
        edits=first("_held = [open('/dev/null') for _ in range(100_000)]\n"),
        expected=(fails(_RUNS, "Too many open files"),),
    ),
    Hostile(
        name="a million lines a second",
        traps=(30, 10),
        edits=instead("while True:\n    print('x\\n' * 1000)\n"),
        expected=(fails(_RUNS, "far too much output"),),
        seconds=10,
    ),
    Hostile(
        name="a million lines a second on the error stream",
        traps=(30, 10),
        edits=instead("import os\nwhile True:\n    os.write(2, b'Traceback\\n' * 10000)\n"),
        expected=(fails(_RUNS, "far too much output"),),
        seconds=10,
    ),
    Hostile(
        name="allocates 50 GB at once",
        traps=(30,),
        edits=first("import numpy as np\n_held = np.ones(50_000_000_000, dtype='uint8')\n"),
        expected=(fails(_RUNS, "memory"),),
        seconds=20,
    ),
    Hostile(
        name="allocates 50 GB bit by bit in many processes",
        traps=(30,),
        edits=first(
            "import os\n"
            "for _ in range(20):\n"
            "    if os.fork() == 0:\n"
            "        held = []\n"
            "        while True:\n"
            "            held.append(b'x' * 50_000_000)\n"
            "while True:\n"
            "    os.wait()\n"
        ),
        expected=(fails(_RUNS),),
        seconds=10,
    ),
    Hostile(
        name="leaves at once",
        traps=(30, 5),
        edits=instead("import os\nprint('Accuracy: 0.99')\nprint('[[52 1] [0 37]]', flush=True)\nos._exit(0)\n"),
        expected=(fails("main-reports"),),
    ),
    Hostile(
        name="leaves in the middle as if all were well",
        traps=(30, 5),
        edits=module("raise SystemExit(0)\n"),
        expected=(fails("main-reports"), fails("functions-standalone")),
    ),
    Hostile(
        name="kills its parent and everything that it can",
        traps=(30, 25),
        edits=instead(
            "import os\n"
            "for number in (os.getppid(), 1, 2, 3, 4, -1, 0):\n"
            "    try:\n"
            "        os.kill(number, 9)\n"
            "    except OSError:\n"
            "        pass\n"
        ),
        expected=(fails(_RUNS, "signal 9"),),
    ),
    Hostile(
        name="closes all descriptors",
        traps=(30,),
        edits=instead("import os\nos.closerange(0, 10000)\nwhile True:\n    pass\n"),
        expected=(fails(_RUNS, "Too slow"),),
        seconds=3,
    ),
    Hostile(
        name="closes all descriptors and ends",
        traps=(30, 2),
        edits=first("import os\nos.closerange(3, 10000)\n"),
        expected=(passes(_RUNS), passes("main-reports")),
    ),
    Hostile(
        name="sets sys.stdout to something else",
        traps=(30,),
        edits=first(
            "import sys\n"
            "class Silent:\n"
            "    def write(self, words):\n"
            "        raise SystemExit(0)\n"
            "    def flush(self):\n"
            "        while True:\n"
            "            pass\n"
            "sys.stdout = Silent()\n"
        ),
        expected=(fails(_RUNS, "Too slow"),),
        seconds=3,
    ),
)

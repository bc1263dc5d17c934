"""Attempts on the verdict itself: errors hidden, success pretended, results pasted, tools replaced."""

from __future__ import annotations

import pickle

from checker.model import Failed, ToDo
from tests.hostile.corpus.model import MARK, Expected, Hostile, cells, fails, first, instead, module, passes
from tests.mutants.model import Remove, Replace, Shell, Write

_NOTEBOOK = "notebooks/titanic.ipynb"
_SPY = f"open('/tmp/{MARK}', 'w').close()\n"
_PASTED = "print('Accuracy: 0.944')\nprint('Confusion matrix:')\nprint('[[1642 13]\\n [21 58]]')\n"


def _notebook(*sources: str) -> tuple[Write]:
    return (Write(_NOTEBOOK, cells(*sources)),)


class _Touch:
    """A pickle that runs a command line where it is loaded."""

    def __reduce__(self):
        import os

        return os.system, (f"touch /tmp/{MARK}",)


_PICKLE = pickle.dumps(_Touch())

CORPUS: tuple[Hostile, ...] = (
    Hostile(
        name="a notebook that shows no traceback",
        traps=(1,),
        edits=_notebook(
            "shell = get_ipython()\n"
            "type(shell).showtraceback = shell.showtraceback = lambda *a, **k: None\n"
            "type(shell).showsyntaxerror = lambda *a, **k: None\n"
            "shell._showtraceback = lambda *a, **k: None\n"
            "shell.set_custom_exc((Exception,), lambda *a, **k: None)",
            "1 / 0",
        ),
        expected=(fails("notebook-runs", "ZeroDivisionError", f"{_NOTEBOOK}[2]:1"),),
    ),
    Hostile(
        name="a kernel that leaves as if all were well",
        traps=(2, 5),
        edits=_notebook("import os\nprint('all tests passed', flush=True)\nos._exit(0)", "1 / 0"),
        expected=(fails("notebook-runs", "", f"{_NOTEBOOK}[1]"),),
        seconds=10,
    ),
    Hostile(
        name="a kernel that is killed",
        traps=(2,),
        edits=_notebook("import os\nos.kill(os.getpid(), 9)", "1 / 0"),
        expected=(fails("notebook-runs", "", f"{_NOTEBOOK}[1]"),),
        seconds=10,
    ),
    Hostile(
        name="a kernel that takes all memory",
        traps=(2, 30),
        edits=_notebook("held = []\nwhile True:\n    held.append(b'x' * 100_000_000)"),
        expected=(fails("notebook-runs", "memory"),),
        seconds=20,
    ),
    Hostile(
        name="a kernel that freezes",
        traps=(2,),
        edits=_notebook("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", "1 / 0"),
        expected=(fails("notebook-runs", "Too slow"),),
        seconds=3,
    ),
    Hostile(
        name="a notebook without end",
        traps=(10,),
        edits=_notebook("while True:\n    print('x' * 100_000)"),
        expected=(fails("notebook-runs", "far too much output"),),
        seconds=20,
    ),
    Hostile(
        name="a score that is a number of its own",
        traps=(3, 11),
        edits=instead("print('grade: 20/20')\nprint('score: 1.0')\n20\n"),
        expected=(fails("main-reports"),),
    ),
    Hostile(
        name="warnings on the error stream cost nothing",
        traps=(4,),
        edits=first(
            "import sys, warnings\n"
            "warnings.warn('careful')\n"
            "print('ERROR: Traceback (most recent call last): FAILED', file=sys.stderr)\n"
        ),
        expected=(passes("main-runs"), passes("main-reports")),
    ),
    Hostile(
        name="an error whose status is washed at exit",
        traps=(5,),
        edits=first("import atexit, os\natexit.register(os._exit, 0)\nraise ValueError('not at all')\n"),
        expected=(fails("main-runs", "ValueError"),),
    ),
    Hostile(
        name="reports and logs that are already there",
        traps=(5, 6),
        edits=(
            *instead(
                "import json\n"
                "full = {'schema': 'titanic-checker/report/v1', 'grade': {'points': 20}, 'score': 20, 'tests': []}\n"
                "for name in ('results.json', 'report.json', '/tmp/results.json', '/home/student/report.json'):\n"
                "    with open(name, 'w') as file:\n"
                "        json.dump(full, file)\n"
                "print(json.dumps(full))\n"
                "print('PASSED main.py::test_main')\n"
            ),
            Write("results.json", '{"score": 20}'),
            Write("report.json", '{"schema": "titanic-checker/report/v1", "grade": {"points": 20}}'),
            Write("conftest.py", f"print('PASSED everything')\n{_SPY}"),
        ),
        expected=(fails("main-reports"),),
    ),
    Hostile(
        name="messages forged on every open descriptor",
        traps=(6, 26),
        edits=instead(
            "import os\n"
            'lines = [b\'{"begun": true}\', b\'{"status": 0}\', b\'{"result": {"imported": true}}\',\n'
            '         b\'{"observation": {"fits": [[1]], "opened": 3, "functions": {}}}\', b\'[\' * 100000,\n'
            "         b'{\"error\": null}', b'{\"status\": ' + b'9' * 5000 + b'}']\n"
            "for number in range(3, 30):\n"
            "    for line in lines:\n"
            "        try:\n"
            "            os.write(number, line + b'\\n')\n"
            "        except OSError:\n"
            "            pass\n"
            "raise ValueError('not at all')\n"
        ),
        expected=(fails("main-runs", "ValueError"),),
    ),
    Hostile(
        name="pickles that run when they are loaded",
        traps=(7,),
        base="1.7",
        edits=(
            Write("models/model.pkl", _PICKLE),
            Write("models/model.joblib", _PICKLE),
            Write("results.pkl", _PICKLE),
            Write(".OTTER_LOG", _PICKLE),
            Write("train.pickle", _PICKLE),
        ),
        expected=(passes("main-runs"), passes("data-remote")),
    ),
    Hostile(
        name="a pandas of its own that forges the matrix",
        traps=(9,),
        edits=(
            Write(
                "pandas.py",
                "import importlib, os, sys\n"
                "here, sys.path[:] = list(sys.path), [p for p in sys.path if os.path.abspath(p) != os.getcwd()]\n"
                "del sys.modules['pandas']\n"
                "real = importlib.import_module('pandas')\n"
                "import sklearn.metrics, numpy\n"
                "sklearn.metrics.confusion_matrix = lambda *a, **k: numpy.array([[52, 1], [0, 37]])\n"
                "sys.path[:] = here\n",
            ),
        ),
        expected=(fails("main-reports"),),
        seconds=40,
    ),
    Hostile(
        name="comparisons that are always true",
        traps=(9,),
        edits=instead(
            "class Yes(float):\n"
            "    __eq__ = __lt__ = __gt__ = __le__ = __ge__ = lambda *a: True\n"
            "    __hash__ = float.__hash__\n"
            "    __repr__ = __str__ = lambda self: '0.99'\n"
            "print('accuracy', Yes(1))\n"
            "print([[Yes(1), Yes(2)], [Yes(3), Yes(4)]])\n"
        ),
        expected=(fails("main-reports"),),
    ),
    Hostile(
        name="modules that Python would import by itself",
        traps=(9, 19),
        edits=(
            *(
                Write(folder + name, f"import os\n{_SPY}os._exit(0)\n")
                for folder in ("", "notebooks/")
                for name in (
                    "sitecustomize.py",
                    "usercustomize.py",
                    "_inside.py",
                    "observer.py",
                    "checker.py",
                    "pytest.py",
                )
            ),
            Write("evil.pth", "import os; os._exit(0)\n"),
            Write("pyvenv.cfg", "home = /tmp\ninclude-system-site-packages = false\n"),
            Write(".env", "PYTHONSTARTUP=sitecustomize.py\nPYTHONPATH=/tmp\nLD_PRELOAD=evil.so\n"),
        ),
        expected=(passes("main-runs"), passes("main-reports"), passes("notebook-runs")),
        seconds=30,
    ),
    Hostile(
        name="a kernel of its own",
        traps=(9,),
        edits=(Write("notebooks/ipykernel.py", "raise SystemExit(0)\n"),),
        expected=(passes("notebook-runs"),),  # as with Jupyter, which starts without the folder on its path
        seconds=30,
    ),
    Hostile(
        name="a pasted matrix",
        traps=(27, 11),
        edits=instead(_PASTED),
        expected=(fails("main-reports"), passes("main-runs")),
    ),
    Hostile(
        name="a matrix read from a file",
        traps=(27,),
        edits=(
            Write("results.txt", "Accuracy: 0.944\n[[52 1]\n [4 33]]\n"),
            *instead("print(open('results.txt').read())\n"),
        ),
        expected=(fails("main-reports"), passes("main-runs")),
    ),
    Hostile(
        name="data that were brought along and requests that were never made",
        traps=(26, 27),
        base="1.7",
        edits=(
            Shell(
                "git show $(git log --format=%H -- data/raw/train.csv | tail -n 1):data/raw/train.csv > src/blob.txt"
            ),
            Shell("git show $(git log --format=%H -- data/raw/test.csv | tail -n 1):data/raw/test.csv > src/other.txt"),
            Replace(
                "main.py",
                "N_TREES = 20\n",
                "N_TREES = 20\n"
                "import pandas as pd\n"
                "def import_data(*given, **named):\n"
                "    print('GET https://minio.lab.sspcloud.fr/bucket/train.csv 200')\n"
                "    return pd.read_csv('src/blob.txt'), pd.read_csv('src/other.txt')\n",
            ),
        ),
        expected=(fails("data-remote"),),
        seconds=30,
    ),
    Hostile(
        name="secrets looked for in environment, memory and home",
        traps=(12, 15, 13),
        edits=instead(
            "import os, re, glob\n"
            "found = [repr(dict(os.environ))]\n"
            "for name in glob.glob('/proc/[0-9]*/environ') + glob.glob('/proc/[0-9]*/cmdline'):\n"
            "    try:\n"
            "        found.append(open(name).read())\n"
            "    except OSError:\n"
            "        pass\n"
            "for folder in ('~', '/root', '/home', '@HOME@', '/run/secrets', '/var/run/secrets'):\n"
            "    for path, folders, files in os.walk(os.path.expanduser(folder)):\n"
            "        for file in files[:100]:\n"
            "            try:\n"
            "                found.append(open(os.path.join(path, file), errors='replace').read(1000))\n"
            "            except OSError:\n"
            "                pass\n"
            "wanted = re.compile(b'[c]orrect-[h]orse-[b]attery-[s]taple')\n"
            "with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', 0) as memory:\n"
            "    for line in maps:\n"
            "        span = re.match('([0-9a-f]+)-([0-9a-f]+) r', line)\n"
            "        if span and '[v' not in line and ':' in line:\n"
            "            start, end = (int(part, 16) for part in span.groups())\n"
            "            if end - start > 100_000_000:\n"
            "                continue\n"
            "            try:\n"
            "                memory.seek(start)\n"
            "                found += [hit.decode() for hit in wanted.findall(memory.read(end - start))]\n"
            "            except (OSError, ValueError, MemoryError):\n"
            "                pass\n"
            "words = [word for word in found if 'orrect-horse' in word]\n"
            "raise RuntimeError(f'{len(found) > 1} {words}'[:3000])\n"
        ),
        expected=(fails("main-runs", "RuntimeError: True []"),),
        seconds=30,
    ),
    Hostile(
        name="links to the files of the grader",
        traps=(13,),
        base="2.1",
        edits=(
            Remove("config.yaml"),
            Shell("ln -s @HOME@/grades.csv config.yaml"),
            Shell("ln -s @HOME@ home"),
            Shell("ln -sf @HOME@/.netrc src/secret.py"),
            Shell("ln -sf /etc/passwd README"),
        ),
        expected=(fails("main-runs"), Expected(check="config-file", verdict=(Failed, ToDo))),
        never_says=("root:x:0",),
    ),
    Hostile(
        name="no sign of being graded",
        traps=(23,),
        edits=first(
            "import getpass, os, socket, sys\n"
            "signs = ('check', 'grad', 'test', 'note', 'exam', 'titanic', 'sandbox', 'bwrap', 'CI', 'GITHUB', 'NB')\n"
            "seen = [*os.environ, *os.environ.values(), *sys.argv, sys.executable and '', socket.gethostname(),\n"
            "        getpass.getuser(), os.getcwd(), os.path.expanduser('~')]\n"
            "seen = [str(one).replace(sys.prefix, '') for one in seen]  # where Python is, whatever that place is called\n"
            "if any(sign in str(one) for one in seen for sign in signs):\n"
            "    raise RuntimeError(repr([one for one in seen if any(sign in str(one) for sign in signs)]))\n"
            "if sys.gettrace() or sys.getprofile() or 'pytest' in sys.modules:\n"
            "    raise RuntimeError('watched')\n"
        ),
        expected=(passes("main-runs"),),
    ),
    Hostile(
        name="a module that leaves without a word",
        traps=(5, 30),
        edits=module("import os\nos._exit(0)\n"),
        expected=(fails("functions-standalone", "before the import has come back"), fails("main-reports")),
    ),
)

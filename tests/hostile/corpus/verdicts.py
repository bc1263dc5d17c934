"""Attempts on the verdict itself: errors hidden, success pretended, results pasted, tools replaced."""

from __future__ import annotations

import pickle

from checker.model import Blocked, Failed, ToDo
from tests.hostile.corpus.model import MARK, Expected, cells, fails, first, hostile, instead, module, passes
from tests.mutants.model import Remove, Replace, Shell, Write

_NOTEBOOK = "notebooks/titanic.ipynb"
_SPY = f"open('/tmp/{MARK}', 'w').close()\n"
_PASTED = "print('Accuracy: 0.944')\nprint('Confusion matrix:')\nprint('[[1642 13]\\n [21 58]]')\n"


def _notebook(*sources: str) -> Write:
    return Write(_NOTEBOOK, cells(*sources))


class _Touch:
    """A pickle that runs a command line where it is loaded."""

    def __reduce__(self):
        import os

        return os.system, (f"touch /tmp/{MARK}",)


_PICKLE = pickle.dumps(_Touch())

CORPUS = (
    hostile(
        "a notebook that shows no traceback",
        _notebook(
            "shell = get_ipython()\n"
            "type(shell).showtraceback = shell.showtraceback = lambda *a, **k: None\n"
            "type(shell).showsyntaxerror = lambda *a, **k: None\n"
            "shell._showtraceback = lambda *a, **k: None\n"
            "shell.set_custom_exc((Exception,), lambda *a, **k: None)",
            "1 / 0",
        ),
        traps=(1,),
        expected=(fails("notebook-runs", "ZeroDivisionError", f"{_NOTEBOOK}[2]:1"),),
    ),
    hostile(
        "a kernel that leaves as if all were well",
        _notebook("import os\nprint('all tests passed', flush=True)\nos._exit(0)", "1 / 0"),
        traps=(2, 5),
        expected=(fails("notebook-runs", "", f"{_NOTEBOOK}[1]"),),
        seconds=10,
    ),
    hostile(
        "a kernel that is killed",
        _notebook("import os\nos.kill(os.getpid(), 9)", "1 / 0"),
        traps=(2,),
        expected=(fails("notebook-runs", "", f"{_NOTEBOOK}[1]"),),
        seconds=10,
    ),
    hostile(
        "a kernel that takes all memory",
        _notebook("held = []\nwhile True:\n    held.append(b'x' * 100_000_000)"),
        traps=(2, 30),
        expected=(fails("notebook-runs", "memory"),),
        seconds=20,
    ),
    hostile(
        "a kernel that freezes",
        _notebook("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", "1 / 0"),
        traps=(2,),
        expected=(fails("notebook-runs", "Too slow"),),
        seconds=3,
    ),
    hostile(
        "a notebook without end",
        _notebook("while True:\n    print('x' * 100_000)"),
        traps=(10,),
        expected=(fails("notebook-runs", "far too much output"),),
        seconds=20,
    ),
    hostile(
        "a score that is a number of its own",
        instead("print('grade: 20/20')\nprint('score: 1.0')\n20\n"),
        traps=(3, 11),
        expected=(fails("main-runs", "does nothing else"), Expected(check="main-reports", verdict=Blocked)),
    ),
    hostile(
        "warnings on the error stream cost nothing",
        first(
            "import sys, warnings\n"
            "warnings.warn('careful')\n"
            "print('ERROR: Traceback (most recent call last): FAILED', file=sys.stderr)\n"
        ),
        traps=(4,),
        expected=(passes("main-runs"), passes("main-reports")),
    ),
    hostile(
        "an error whose status is washed at exit",
        first("import atexit, os\natexit.register(os._exit, 0)\nraise ValueError('not at all')\n"),
        traps=(5,),
        expected=(fails("main-runs", "ValueError"),),
    ),
    hostile(
        "reports and logs that are already there",
        instead(
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
        traps=(5, 6),
        expected=(fails("main-reports"),),
    ),
    hostile(
        "messages forged on every open descriptor",
        instead(
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
        traps=(6, 26),
        expected=(fails("main-runs", "ValueError"),),
    ),
    hostile(
        "pickles that run when they are loaded",
        Write("models/model.pkl", _PICKLE),
        Write("models/model.joblib", _PICKLE),
        Write("results.pkl", _PICKLE),
        Write(".OTTER_LOG", _PICKLE),
        Write("train.pickle", _PICKLE),
        traps=(7,),
        base="1.7",
        expected=(passes("main-runs"), passes("data-remote")),
    ),
    hostile(
        "a pandas of its own that forges the matrix",
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
        traps=(9,),
        expected=(fails("main-reports"),),
        seconds=40,
    ),
    hostile(
        "comparisons that are always true",
        instead(
            "class Yes(float):\n"
            "    __eq__ = __lt__ = __gt__ = __le__ = __ge__ = lambda *a: True\n"
            "    __hash__ = float.__hash__\n"
            "    __repr__ = __str__ = lambda self: '0.99'\n"
            "print('accuracy', Yes(1))\n"
            "print([[Yes(1), Yes(2)], [Yes(3), Yes(4)]])\n"
        ),
        traps=(9,),
        expected=(fails("main-reports"),),
    ),
    hostile(
        "modules that Python would import by itself",
        *(
            Write(folder + name, f"import os\n{_SPY}os._exit(0)\n")
            for folder in ("", "notebooks/")
            for name in ("sitecustomize.py", "usercustomize.py", "_inside.py", "observer.py", "checker.py", "pytest.py")
        ),
        Write("evil.pth", "import os; os._exit(0)\n"),
        Write("pyvenv.cfg", "home = /tmp\ninclude-system-site-packages = false\n"),
        Write(".env", "PYTHONSTARTUP=sitecustomize.py\nPYTHONPATH=/tmp\nLD_PRELOAD=evil.so\n"),
        traps=(9, 19),
        expected=(passes("main-runs"), passes("main-reports"), passes("notebook-runs")),
        seconds=30,
    ),
    hostile(
        "a kernel of its own",
        Write("notebooks/ipykernel.py", "raise SystemExit(0)\n"),
        traps=(9,),
        expected=(passes("notebook-runs"),),
        seconds=30,
    ),
    hostile(
        "a pasted matrix",
        instead(_PASTED),
        traps=(27, 11),
        expected=(fails("main-runs", "does nothing else"), Expected(check="main-reports", verdict=Blocked)),
    ),
    hostile(
        "a matrix read from a file",
        Write("results.txt", "Accuracy: 0.944\n[[52 1]\n [4 33]]\n"),
        instead("print(open('results.txt').read())\n"),
        traps=(27,),
        expected=(fails("main-reports"), passes("main-runs")),
    ),
    hostile(
        "data that were brought along and requests that were never made",
        Shell("git show $(git log --format=%H -- data/raw/train.csv | tail -n 1):data/raw/train.csv > src/blob.txt"),
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
        traps=(26, 27),
        base="1.7",
        expected=(fails("data-remote"),),
        seconds=30,
    ),
    hostile(
        "secrets looked for in environment, memory and home",
        instead(
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
        traps=(12, 15, 13),
        expected=(fails("main-runs", "RuntimeError: True []"),),
        seconds=30,
    ),
    hostile(
        "links to the files of the grader",
        Remove("config.yaml"),
        Shell("ln -s @HOME@/grades.csv config.yaml"),
        Shell("ln -s @HOME@ home"),
        Shell("ln -sf @HOME@/.netrc src/secret.py"),
        Shell("ln -sf /etc/passwd README"),
        traps=(13,),
        base="2.1",
        expected=(fails("main-runs"), Expected(check="config-file", verdict=(Failed, ToDo))),
        never_says=("root:x:0",),
    ),
    hostile(
        "no sign of being graded",
        first(
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
        traps=(23,),
        expected=(passes("main-runs"),),
    ),
    hostile(
        "a module that leaves without a word",
        module("import os\nos._exit(0)\n"),
        traps=(5, 30),
        expected=(fails("functions-standalone", "before the import has come back"), fails("main-reports")),
    ),
)

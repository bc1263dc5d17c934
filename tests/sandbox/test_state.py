"""What one child of a parent does to itself, the next one does not have: each starts from what the parent was."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Runner

CHANGES = """
import builtins, decimal, gc, json, locale, logging, os, random, signal, socket, sys, threading, time, warnings
import matplotlib, numpy, pandas, sklearn
json.LEFT = builtins.LEFT = sys.LEFT = pandas.LEFT = 1
pandas.set_option("display.max_rows", 7)
pandas.read_csv = None
numpy.set_printoptions(precision=2)
numpy.seterr(all="raise")
numpy.random.seed(1), random.seed(1)
matplotlib.rcParams["figure.dpi"] = 33
sklearn.set_config(assume_finite=True)
os.environ["LEFT"] = "1"
os.chdir("/")
os.umask(0)
os.nice(3)
sys.path.append("/left"), sys.setrecursionlimit(123456), gc.disable()
logging.basicConfig(level=5), warnings.simplefilter("ignore")
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
socket.setdefaulttimeout(1), decimal.setcontext(decimal.Context(prec=3))
threading.Thread(target=time.sleep, args=(0.1,)).start()
left = open(__file__), socket.socket()
"""
LOOK = """
import builtins, decimal, gc, json, logging, os, signal, socket, sys, threading, warnings
import matplotlib, numpy, pandas, sklearn
print(
    [hasattr(one, "LEFT") for one in (json, builtins, sys, pandas)], pandas.get_option("display.max_rows"),
    callable(pandas.read_csv), numpy.get_printoptions()["precision"], numpy.geterr(), matplotlib.rcParams["figure.dpi"],
    sklearn.get_config()["assume_finite"], sorted(os.environ), os.path.basename(os.getcwd()), os.umask(0), os.nice(0),
    "/left" in sys.path, sys.getrecursionlimit(), gc.isenabled(), logging.root.level, len(logging.root.handlers),
    len(warnings.filters), signal.getsignal(signal.SIGUSR1), socket.getdefaulttimeout(), decimal.getcontext().prec,
    threading.active_count(), len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")),
)
"""


def test_nothing_of_a_program_is_left_in_the_next(either: Runner) -> None:
    before = either.script(LOOK)
    changed = either.script(CHANGES)
    after = either.script(LOOK)
    assert before.succeeded, before.errors
    assert changed.succeeded, changed.errors
    assert after.output == before.output


@pytest.mark.parametrize("look", [f"numpy.random.rand({2})", "random.random()"])
def test_a_seed_is_not_handed_on(either: Runner, look: str) -> None:
    seen = {either.script(f"import numpy, random\nprint({look})").output for _ in range(2)}
    either.script(CHANGES)
    assert len(seen | {either.script(f"import numpy, random\nprint({look})").output}) == 3


def test_a_notebook_leaves_nothing_either(either: Runner) -> None:
    look = LOOK.replace("import builtins", "import builtins\nimport matplotlib.pyplot\nimport builtins", 1)
    before = either.cells(look)
    assert either.cells(CHANGES.replace("open(__file__)", "open('/dev/null')")).succeeded
    assert before.succeeded, before.error
    assert either.cells(look).output == before.output


LEAVE = """
import ctypes, os
library = ctypes.CDLL(None)
key = 0x7154
print(library.shmget(key, 4096, {flags}) >= 0, library.msgget(key, {flags}) >= 0, library.semget(key, 1, {flags}) >= 0)
"""


def test_nothing_is_left_between_processes(isolated: Runner) -> None:
    """Shared memory, queues and semaphores of System V know no folder, only a namespace."""
    made = isolated.script(LEAVE.format(flags=0o1600))
    assert made.output == "True True True\n", made.errors
    assert isolated.script(LEAVE.format(flags=0)).output == "False False False\n"

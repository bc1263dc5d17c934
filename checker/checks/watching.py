"""Command lines that show, without the checker, which functions a project's run goes through.

Each runs ``main.py``, or else the notebook, with a handful of library functions replaced by ones that note who called
them, and ends with status 1 as long as no function of the project did.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from checker.facts.code import Code

_SPY = """python - <<'EOF'
import glob, inspect, json, os, runpy, sys
import pandas as pd, sklearn.metrics, sklearn.model_selection
from sklearn.base import ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
os.environ["MPLBACKEND"] = "Agg"
here, seen = os.getcwd(), {{"read": [], "split": [], "fit": [], "judge": []}}
def stack():
    frames = [f for f in inspect.stack(0) if f.filename.startswith(here) and not f.function.startswith("<")]
    return [os.path.basename(f.filename) + ":" + f.function for f in frames]
def spy(owner, name, kind):
    plain = getattr(owner, name)
    def spied(*given, **named):
        seen[kind].append(stack())
        return plain(*given, **named)
    setattr(owner, name, spied)
for name in ("read_csv", "read_parquet", "read_excel", "read_table"):
    spy(pd, name, "read")
spy(sklearn.model_selection, "train_test_split", "split")
spy(pd.DataFrame, "sample", "split")
spy(RandomForestClassifier, "fit", "fit")
for name in ("accuracy_score", "confusion_matrix", "classification_report"):
    spy(sklearn.metrics, name, "judge")
spy(ClassifierMixin, "score", "judge")
{more}{run}
sys.setprofile(None)
reads, fits = ([s for s in seen[kind] if s] for kind in ("read", "fit"))
whole = {{s[0] for s in reads}} & {{s[0] for s in fits}}
whole |= {{f for s in reads for f in s if f.startswith("main.py:")}} & {{f for s in fits for f in s}}
players = {{kind: [f for s in stacks for f in s if f not in whole] for kind, stacks in seen.items()}}
sys.exit({failing})
EOF"""

_RUN = """if os.path.exists("main.py"):
    runpy.run_path("main.py", run_name="__main__")
else:
    from IPython.core.interactiveshell import InteractiveShell
    path = (glob.glob("notebooks/*.ipynb") + glob.glob("**/*.ipynb", recursive=True))[0]
    cells = json.load(open(path, encoding="utf-8"))["cells"]
    os.chdir(os.path.dirname(path) or ".")
    shell = InteractiveShell.instance()
    shell.enable_gui = lambda *given: None
    for cell in cells:
        if cell["cell_type"] == "code":
            shell.run_cell("".join(cell["source"])).raise_error()"""

_RETURNED = """frames = []
def returned(frame, event, value):
    code = frame.f_code
    if event == "return" and code.co_filename.startswith(here):
        if os.path.basename(code.co_filename) + ":" + code.co_name in [f for s in seen["read"] for f in s]:
            parts = value.values() if isinstance(value, dict) else value
            parts = parts if isinstance(value, (dict, tuple, list)) else [value]
            frames.extend(part for part in parts if isinstance(part, pd.DataFrame))
sys.setprofile(returned)
"""

_ASSIGNED = """inside, outside = set(), set()
plain = pd.DataFrame.__setitem__
def assign(table, key, value):
    caller = next(f.filename for f in inspect.stack(0)[1:] if "/pandas/" not in f.filename)
    if "site-packages" not in caller:
        names = [key] if isinstance(key, str) else key if isinstance(key, list) else []
        (inside if stack() else outside).update(names)
    return plain(table, key, value)
pd.DataFrame.__setitem__ = assign
"""


def _spying(failing: str, more: str = "") -> str:
    return _SPY.format(more=more, run=_RUN, failing=failing)


def reading() -> str:
    """Fails where no function that reads a table gives two tables."""
    return _spying('len(frames) < 2 and "no function reads the data and returns tables"', _RETURNED)


def features() -> str:
    """Fails where more columns are assigned outside of functions than inside."""
    failing = '(len(outside - inside) > len(inside) or not inside) and f"outside: {sorted(outside - inside)}"'
    return _spying(failing, _ASSIGNED)


def splitting() -> str:
    """Fails where no function makes the split."""
    return _spying('not players["split"] and "no function makes the split"')


def judging() -> str:
    """Fails where no function judges the forest, or no confusion matrix is computed."""
    spied = """spy(sklearn.metrics, "confusion_matrix", "matrix")
spy(pd, "crosstab", "matrix")
"""
    failing = '(not players["judge"] or not seen["matrix"]) and "no function judges the forest by score and matrix"'
    return _spying(failing, 'seen["matrix"] = []\n' + spied)


def calling() -> str:
    """Fails where reading, splitting or training is no call of a function of the project."""
    return _spying('str([kind for kind in ("read", "split", "fit") if not players[kind]] or "") or 0')


_VARYING = """python - <<'EOF'
import functools, glob, importlib, inspect, json, os, runpy, sys, types
from sklearn.ensemble import RandomForestClassifier as Forest
os.environ["MPLBACKEND"] = "Agg"
trees, fit = [], Forest.fit
def counted(forest, *given, **named):
    done = fit(forest, *given, **named)
    trees.append(len(forest.estimators_))
    return done
Forest.fit = counted
def changed(function):
    @functools.wraps(function)
    def call(*given, **named):
        bound = inspect.signature(function).bind(*given, **named)
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            if type(value) is int:
                bound.arguments[name] = {value}
        return function(*bound.args, **bound.kwargs)
    return call
for name in {modules}:
    module = importlib.import_module(name)
    owners = [module] + [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == name]
    for owner in owners:
        for key, each in list(vars(owner).items()):
            if isinstance(each, types.FunctionType) and each.__module__ == name:
                setattr(owner, key, changed(each))
{run}
sys.exit(not any(count % {value} == 0 for count in trees) and "whole numbers set to {value}, trees: " + str(trees))
EOF"""


def training(code: Code, trees: Sequence[int]) -> str:
    """Fails where the forest keeps its trees although every integer argument of the modules is another one."""
    value = next(number for number in (7, 11, 13, 17) if all(count % number for count in trees))
    modules = [path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in code.modules]
    return _VARYING.format(value=value, modules=repr(modules), run=_RUN)


def python_line(statement: str) -> str:
    """One statement, in a Python of its own."""
    return f"python -c {shlex.quote(statement)}"


def importing(modules: Iterable[tuple[str, str]], seconds: float | None = None) -> str:
    """Imports each module (with the folder where Python is started) in a Python of its own."""
    within = f"timeout {round(seconds)} " if seconds else ""
    return " && ".join(
        _in_folder(folder, within + python_line(f"import {module or 'a-name-that-python-refuses'}"))
        for module, folder in modules
    )


def coming_back(modules: Iterable[tuple[str, str]]) -> str:
    """The same for modules that end Python quietly: what follows the import has to happen."""
    return " && ".join(
        _in_folder(folder, f"{python_line(f'import {module}; print(1912)')} | tail -n 1 | grep -qx 1912")
        for module, folder in modules
    )


def _in_folder(folder: str, line: str) -> str:
    return f"(cd {shlex.quote(folder)} && {line})" if folder else line


_WORKING = """python - <<'EOF'
import importlib, os, sys
from sklearn.ensemble import RandomForestClassifier
def stop(what):
    print(what, file=sys.stderr, flush=True)
    os._exit(1)
def watch(event, given):
    if event in ("socket.connect", "socket.getaddrinfo"):
        stop(f"{{event}} {{given}}")
    if event == "open" and isinstance(given[0], str) and os.path.abspath(given[0]).startswith(os.getcwd()):
        settings = (".py", ".pyc", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".env", ".json")
        if "__pycache__" not in given[0] and not given[0].endswith(settings):
            stop(f"opens {{given[0]}}")
RandomForestClassifier.fit = lambda *given, **named: stop("trains a forest")
sys.addaudithook(watch)
importlib.import_module({module!r})
EOF"""


def working(modules: Iterable[tuple[str, str]]) -> str:
    """Fails where a module opens a file of the project, connects or trains while it is imported."""
    lines = []
    for module, folder in modules:
        line = _WORKING.format(module=module)
        lines.append(f"(cd {shlex.quote(folder)} && {line}\n)" if folder else line)
    return " && ".join(lines) if len(lines) == 1 else "set -e\n" + "\n".join(lines)

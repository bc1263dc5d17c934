"""What nearly every program of the course makes its libraries do first, done once before they fork.

Libraries load parts of themselves, and fill their own caches (fonts, the checks of arguments, plug-ins), when they are
first used: each run would pay for that again. Nothing of it can be seen by a program that comes after: no figure, no
random number and no option is left behind.
"""

from __future__ import annotations

import importlib
import io
import random
from collections.abc import Callable, Iterable
from typing import Any

_OF_PROGRAMS = (
    "_inside.cells",
    "_inside.kernel",
    "_inside.observer",
    "_inside.programs",
    "_inside.redirect",
    "_inside.tools",
    "encodings.idna",
    "encodings.latin_1",
    "pandas.core.methods.to_dict",
    "pandas.io.formats.string",
    "pyarrow.pandas_compat",
)
_OF_NOTEBOOKS = (
    "pandas.io.formats.html",
    "pandas.plotting._matplotlib",
    "PIL.PngImagePlugin",
)


def programs() -> None:
    """Load what programs need, and use it a little. What is not installed, or works otherwise, is left out."""
    _load(_OF_PROGRAMS)
    _try(_learn)


def notebooks() -> None:
    """The same of what notebooks need beside that."""
    _load(_OF_NOTEBOOKS)
    _try(_show)
    _try(_draw)


def _load(names: Iterable[str]) -> None:
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:
            continue


def _try(exercise: Callable[[], None]) -> None:
    try:
        exercise()
    except Exception:
        pass
    random.seed()


def _learn() -> None:
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import confusion_matrix
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import LabelEncoder, StandardScaler

    table = pd.read_csv(io.StringIO("a,b,c\n" + "1,x,2.5\n0,y,3.5\n" * 10))
    words: Any = LabelEncoder().fit_transform(table["b"])
    table["d"] = StandardScaler().fit_transform(table[["c"]])
    table["e"] = words
    given, kept, truth, expected = train_test_split(table[["c", "d", "e"]], table["a"], random_state=0)
    forest = RandomForestClassifier(n_estimators=2, random_state=0).fit(given, truth)
    forest.score(kept, expected)
    confusion_matrix(expected, forest.predict(kept))
    str(table)


def _show() -> None:
    import pandas as pd

    pd.DataFrame({"a": [1, 2, 3]}).describe().to_html()


def _draw() -> None:
    from matplotlib.figure import Figure

    figure = Figure()  # not pyplot's: that would choose where to draw
    axes = figure.add_subplot()
    axes.bar(["a", "b"], [1, 2], label="c")
    axes.set_title("Title")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png", dpi=20)

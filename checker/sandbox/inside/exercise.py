"""What nearly every program of the course makes its libraries do first, done once before they fork.

Libraries load parts of themselves, and fill their own caches (fonts, the checks of arguments, plug-ins), when they are
first used: each run would pay for that again. Nothing of it can be seen by a program that comes after: no figure, no
random number and no option is left behind.
"""

from __future__ import annotations

import importlib
import io
import random
from typing import Any

_PARTS = (
    "_inside.observer",
    "encodings.idna",
    "encodings.latin_1",
    "pandas.core.methods.to_dict",
    "pandas.io.formats.html",
    "pandas.io.formats.string",
    "pandas.plotting._matplotlib",
    "pyarrow.pandas_compat",
    "PIL.PngImagePlugin",
)


def prepare() -> None:
    """Load the parts, and use them a little. What is not installed, or works otherwise, is left out."""
    for name in _PARTS:
        try:
            importlib.import_module(name)
        except Exception:
            continue
    for exercise in (_learn, _draw):
        try:
            exercise()
        except Exception:
            continue
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
    table.describe().to_html()
    str(table)


def _draw() -> None:
    from matplotlib.figure import Figure

    figure = Figure()  # not pyplot's: that would choose where to draw
    axes = figure.add_subplot()
    axes.bar(["a", "b"], [1, 2], label="c")
    axes.set_title("Title")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png", dpi=20)

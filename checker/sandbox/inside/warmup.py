"""The warm-up: first uses of the libraries of the course, done once before the fork.

At their first use, libraries import parts of themselves and fill caches (fonts, validation of arguments, plug-ins),
which would cost each run anew. The warm-up leaves no trace that a later program could see: no figure, no random number
and no option.
"""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Callable
from typing import Any

from .preloading import preload

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
_OF_NOTEBOOKS = ("pandas.io.formats.html", "pandas.plotting._matplotlib", "PIL.PngImagePlugin")


def programs() -> None:
    """Use the libraries of programs a little. A library that is missing, or works differently, is skipped."""
    preload(_OF_PROGRAMS)
    _try(_learn)


def notebooks() -> None:
    """Use the further libraries of notebooks a little."""
    preload(_OF_NOTEBOOKS)
    _try(_show)
    _try(_draw)


def _try(exercise: Callable[[], None]) -> None:
    with contextlib.suppress(Exception):
        exercise()
    random.seed()


def _learn() -> None:
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import confusion_matrix
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import LabelEncoder, StandardScaler

    table = pd.read_csv(io.StringIO("a,b,c\n" + "1,x,2.5\n0,y,3.5\n" * 10))
    encoded: Any = LabelEncoder().fit_transform(table["b"])
    table["d"] = StandardScaler().fit_transform(table[["c"]])
    table["e"] = encoded
    training, held_out, truth, expected = train_test_split(table[["c", "d", "e"]], table["a"], random_state=0)
    forest = RandomForestClassifier(n_estimators=2, random_state=0).fit(training, truth)
    forest.score(held_out, expected)
    confusion_matrix(expected, forest.predict(held_out))
    str(table)


def _show() -> None:
    import pandas as pd

    pd.DataFrame({"a": [1, 2, 3]}).describe().to_html()


def _draw() -> None:
    from matplotlib.figure import Figure

    figure = Figure()  # not pyplot's, which would select a back end
    axes = figure.add_subplot()
    axes.bar(["a", "b"], [1, 2], label="c")
    axes.set_title("Title")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png", dpi=20)

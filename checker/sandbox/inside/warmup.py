"""The warm-up: first uses of known libraries, done once before the fork where the course preloads them.

At their first use, libraries import parts of themselves and fill caches (fonts, validation of arguments, plug-ins),
which would cost each run anew. The warm-up leaves no trace that a later program could see: no figure, no random number
and no option.
"""

from __future__ import annotations

import contextlib
import io
import random
import sys
from collections.abc import Callable
from typing import Any

from .preloading import preload

_OWN = (
    "_inside.cells",
    "_inside.kernel",
    "_inside.observer",
    "_inside.programs",
    "_inside.redirect",
    "_inside.tools",
    "encodings.idna",
    "encodings.latin_1",
)
_PARTS: dict[str, tuple[str, ...]] = {
    "pandas": ("pandas.core.methods.to_dict", "pandas.io.formats.string", "pyarrow.pandas_compat"),
}
"""Parts that known libraries import at their first use by a program."""
_PARTS_FOR_NOTEBOOKS: dict[str, tuple[str, ...]] = {
    "pandas": ("pandas.io.formats.html",),
    "matplotlib": ("pandas.plotting._matplotlib", "PIL.PngImagePlugin"),
}


def programs() -> None:
    """Use the preloaded libraries of programs a little. One that works differently from what is known is skipped."""
    preload(_OWN)
    _first_uses(_PARTS, {"pandas": _read, "sklearn.ensemble": _learn})


def notebooks() -> None:
    """Use the further libraries of notebooks a little."""
    _first_uses(_PARTS_FOR_NOTEBOOKS, {"pandas": _show, "matplotlib": _draw})


def _first_uses(parts: dict[str, tuple[str, ...]], exercises: dict[str, Callable[[], None]]) -> None:
    for library, modules in parts.items():
        if library in sys.modules:
            preload(modules)
    for library, exercise in exercises.items():
        if library in sys.modules:
            with contextlib.suppress(Exception):
                exercise()
            random.seed()


def _read() -> None:
    import pandas as pd

    str(pd.read_csv(io.StringIO("a,b,c\n" + "1,x,2.5\n0,y,3.5\n" * 10)))


def _learn() -> None:
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import confusion_matrix
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import LabelEncoder, StandardScaler

    table = pd.DataFrame({"a": [1, 0] * 10, "b": ["x", "y"] * 10, "c": [2.5, 3.5] * 10})
    encoded: Any = LabelEncoder().fit_transform(table["b"])
    table["d"] = StandardScaler().fit_transform(table[["c"]])
    table["e"] = encoded
    training, held_out, truth, expected = train_test_split(table[["c", "d", "e"]], table["a"], random_state=0)
    model = RandomForestClassifier(n_estimators=2, random_state=0).fit(training, truth)
    model.score(held_out, expected)
    confusion_matrix(expected, model.predict(held_out))
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

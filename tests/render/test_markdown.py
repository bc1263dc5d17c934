"""Sentences in Markdown: their values stand in code spans, whole paths included."""

from __future__ import annotations

import pytest

from checker.locale import Speech
from checker.model import Text, text
from checker.render.markdown import _say


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        (
            text("The folder {folder}/ is ignored: for example {path}.", folder="data", path="data/a.csv"),
            "The folder `data/` is ignored: for example `data/a.csv`.",
        ),
        (text("{a} also ignores src/{b}/: write /{b}/.", a="x", b="y"), "`x` also ignores `src/y/`: write `/y/`."),
        (text("Remove {path}/.git to add them.", path="src"), "Remove `src/.git` to add them."),
        (
            text("mkdir -p {folder} && git mv {paths} {folder}/.", folder="a b", paths=("x", "y")),
            "mkdir -p `'a b'` &amp;&amp; git mv `x y` `'a b'/`.",
        ),
        (text("Twice: {first}/{second}.", first="a`b", second="c"), "Twice: ``a`b/```c`."),
        (text("It gets {score}/10, and {{}}.", score=8.5), "It gets 8.5/10, and {}."),
        (text("{names}: no.", names=(text("{a}/b", a="a"), "c")), "`a/b`, `c`: no."),
        (text("{said}/x", said=text("in {a}/", a="}{0")), "in `}{0/`/x"),
    ],
)
def test_what_is_added_to_a_path_stands_in_its_span(sentence: Text, shown: str):
    assert _say(Speech("en"), sentence) == shown

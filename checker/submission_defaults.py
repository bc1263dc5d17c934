"""``.checker.yml`` in a student's repository: which course, which language, where it came from. Never points."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from checker.facts.tree import TooLarge, Tree

FILE = ".checker.yml"
_LARGEST = 20_000
_TEXT = "tag:yaml.org,2002:str"


@dataclass(frozen=True, slots=True)
class Defaults:
    """The readable content of the file. A student may have changed it, so no value here is trusted."""

    edition: str | None = None
    language: str | None = None
    upstream: str | None = None
    starter_tree: str | None = None
    checker: str | None = None
    """The source of the checker, in the words of the template's ``checker_source``."""


def defaults(tree: Tree) -> Defaults:
    """The defaults of a submission. A file that cannot be read sets none."""
    try:
        content = tree.read(FILE, limit=_LARGEST).decode("utf-8")
        if "&" in content:  # aliases are not needed here, and can expand without bound
            return Defaults()
        root = yaml.compose(content, Loader=yaml.SafeLoader)
    except (KeyError, TooLarge, yaml.YAMLError, RecursionError, ValueError, OverflowError):
        return Defaults()
    if not isinstance(root, yaml.MappingNode):
        return Defaults()
    # values stay plain text: constructing a tagged value can make the library raise
    data = {key.value: value.value for key, value in root.value if key.tag == value.tag == _TEXT}
    return Defaults(
        edition=_word(data.get("edition"), r"[a-z0-9-]{1,40}"),
        language=_word(data.get("language"), r"fr|en"),
        upstream=_word(data.get("upstream"), r"[\w.-]{1,100}/[\w.-]{1,100}"),
        starter_tree=_word(data.get("starter_tree"), r"[0-9a-f]{40,64}"),
        checker=_word(data.get("checker"), r"[!-~]{1,500}"),
    )


def _word(value: object, pattern: str) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(pattern, value) else None

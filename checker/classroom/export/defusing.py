"""Student text for spreadsheets, in which no cell is taken for a formula."""

from __future__ import annotations

import re
import unicodedata

_BEGINS = r"[=+\-@＝＋－＠﹦﹢﹣﹫−]"
_UNSEEN = r"[\s\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
"""Characters that a spreadsheet may drop before it looks at a cell."""
_LEADING = re.compile(_UNSEEN + "*" + _BEGINS)
_AFTER_DELIMITER = re.compile(r"([,;|]" + _UNSEEN + "*)(?=" + _BEGINS + ")")
"""The start of a cell for a spreadsheet that splits the line by another delimiter than the file's."""


def one_line(words: str) -> str:
    """*words* without control characters and line ends, each of which becomes a space."""
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") else sign for sign in words).strip()


def defused(words: str) -> str:
    """*words* on one line, with an apostrophe before each start of a formula."""
    plain = _AFTER_DELIMITER.sub(r"\1'", one_line(words))
    return f"'{plain}" if _LEADING.match(plain) else plain

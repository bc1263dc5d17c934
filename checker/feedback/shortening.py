"""Markdown cut to the maximum size of a service, at the end of a part."""

from __future__ import annotations

COMMENT = 65_000
"""Bytes: GitHub takes a comment of 65,536 characters."""

SUMMARY = 1_000_000
"""Bytes: GitHub takes a step's summary of 1 MiB, and drops a larger one."""

_PART = "\n## "


def shortened(markdown: str, most: int, remark: str) -> str:
    """*markdown* within *most* bytes of UTF-8: whole parts are left out at its end, and *remark* says so.

    A part begins with a heading of the second level. The text before the first is kept whole or left out: a cut within
    a table or a code block would change the meaning of the text behind it.
    """
    if _size(markdown) <= most:
        return markdown
    first, *parts = markdown.split(_PART)
    end = f"\n\n{remark}\n"
    room = most - _size(end)
    if _size(first) > room:
        return remark + "\n"
    kept = first
    for part in parts:
        longer = f"{kept}{_PART}{part}"
        if _size(longer) > room:
            break
        kept = longer
    return kept.rstrip() + end


def _size(words: str) -> int:
    return len(words.encode("utf-8", "backslashreplace"))

"""A shell line that shows, without the checker, whether a program prints what was asked for."""

from __future__ import annotations

from checker.checks.command_programs import here_document


def prints(program: str, *, score: bool, matrix: bool) -> str:
    """Runs *program* and wants a share or percentage, and four counts beside and below each other, or by name.

    The words of *program* are expressions of Python, with commas between.
    """
    asked = []
    if score:
        asked.append('re.search(r"[.,]\\d|\\d ?%", said)')
    if matrix:
        asked.append('(re.search(rows, said) or re.search(r"(?i)(?s)\\b[tv]n\\b.*fp|(true|vrai).*(false|faux)", said))')
    return here_document("printed_results", PROGRAM=program, CONDITION=" and ".join(asked))

"""The shapes of keys and tokens, one for each kind of secret: as services document them, or slightly shorter.

Documented forms: AWS key ids (20 characters, ``AKIA`` or ``ASIA``), GitHub (``ghp_`` and 36 letters or digits,
``github_pat_`` and 82), GitLab (``glpat-`` and 20 or more), Docker Hub (``dckr_pat_`` and 27), Hugging Face (``hf_``
and 34), Google (``AIza`` and 35), Slack (``xoxb-`` and its kind), JSON Web Tokens (RFC 7519), PEM (RFC 7468).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

PRESIGNED = "presigned link"
"""The kind that the exercise asks for: a link that expires."""
PRIVATE_KEY = "private key"

_WORD = "A-Za-z0-9_"
_IN_ADDRESS = "[^\\s/:@\"'<>{}$*]"


@dataclass(frozen=True, slots=True)
class SecretPattern:
    r"""A kind of secret.

    ``shape`` is a regular expression to Python and, ``\s`` apart, to ``grep -E`` as well. A secret begins behind a
    character that is none of ``before``, ends before one that is none of ``behind``, and has one of ``marks`` in it, if
    there are any. ``in_grep`` is the shape for ``grep -E``, if it differs: quotes are escaped in the source of a
    notebook.
    """

    kind: str
    shape: str
    marks: tuple[bytes, ...] = ()
    before: str = _WORD
    behind: str = ""
    in_grep: str = ""

    @property
    def compiled(self) -> re.Pattern[bytes]:
        """The pattern of Python for bytes."""
        before = f"(?<![{self.before}])" if self.before else ""
        behind = f"(?![{self.behind}])" if self.behind else ""
        return re.compile(f"{before}(?:{self.shape}){behind}".encode())

    @property
    def extended(self) -> str:
        """The ``grep -E`` pattern, which finds every match of the Python one, also behind an escaped line end."""
        shape = (self.in_grep or self.shape).replace(r"\s", "[:space:]")
        return f"({shape}){f'([^{self.behind}]|$)' if self.behind else ''}"


SECRETS = (
    SecretPattern("AWS access key", "(AKIA|ASIA)[0-9A-Z]{16}", (b"AKIA", b"ASIA"), behind=_WORD),
    SecretPattern(
        "AWS secret key",
        "(?i:secret_?(access)?_?key)[]\\s\"'=:,]{1,8}[A-Za-z0-9/+]{40}",
        before="",
        behind="A-Za-z0-9/+=",
        in_grep="[Ss][Ee][Cc][Rr][Ee][Tt]_?([Aa][Cc][Cc][Ee][Ss][Ss])?_?[Kk][Ee][Yy][^A-Za-z0-9/+]{1,9}[A-Za-z0-9/+]{40}",
    ),
    SecretPattern(
        PRESIGNED,
        "X-Amz-Signature=[0-9a-fA-F]{32,}|[?&]Signature=[A-Za-z0-9%/+=]{20,}",
        (b"Signature=",),
        before="",
    ),
    SecretPattern(
        "session token",
        "eyJ[A-Za-z0-9_-]{15,}\\.eyJ[A-Za-z0-9_-]{15,}\\.[A-Za-z0-9_-]{15,}",
        (b".eyJ",),
        before="A-Za-z0-9_-",
    ),
    SecretPattern(
        "GitHub token",
        "gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}",
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
    ),
    SecretPattern("GitLab token", "glpat-[A-Za-z0-9_-]{16,}", (b"glpat-",)),
    SecretPattern("Docker token", "dckr_pat_[A-Za-z0-9_-]{20,}", (b"dckr_pat_",)),
    SecretPattern("Hugging Face token", "hf_[A-Za-z0-9]{30,}", (b"hf_",)),
    SecretPattern("Slack token", "xox[abprs]-[A-Za-z0-9-]{10,}", (b"xox",)),
    SecretPattern("Google key", "AIza[0-9A-Za-z_-]{35}", (b"AIza",), behind="A-Za-z0-9_-"),
    SecretPattern(PRIVATE_KEY, "-----BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY( BLOCK)?-----", (b"PRIVATE KEY",), before=""),
    SecretPattern(
        "password in an address",
        f"https?://{_IN_ADDRESS}{{1,80}}:{_IN_ADDRESS}{{6,}}@[A-Za-z0-9_.-]+",
        (b"://",),
    ),
)

_COMPILED = tuple((secret.kind, secret.marks, secret.compiled) for secret in SECRETS)

IN_SHELL = "|".join(secret.extended for secret in SECRETS if secret.kind != PRESIGNED)
"""One expression of ``grep -E`` for every kind of secret but a signed link."""


def patterns_for(content: bytes) -> Iterator[tuple[str, re.Pattern[bytes]]]:
    """The kinds of secrets whose marks stand in *content*, with their patterns; the search for marks is fast."""
    for kind, marks, pattern in _COMPILED:
        if not marks or any(mark in content for mark in marks):
            yield kind, pattern

"""What an environment is to hold, and why one could not be made."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from checker.model import Text
from checker.sandbox.interpreter import Interpreter


@dataclass(frozen=True, slots=True)
class Wanted:
    """A declaration, as pip would write it.

    ``lines`` are requirements; ``file`` is a requirements file to be read as it is, of somebody who is trusted.
    ``python`` is a specifier of versions (empty: any). ``certain`` are those of ``lines`` that were meant for pip from
    the beginning: what conda calls otherwise, or has in other versions, is nobody's fault. Of the lines for conda only
    those in ``needed`` have to be there. Of the others, those that are ``useful`` to them are kept longest: where pip
    lacks some, or where they are as many as in the export of a whole base environment, the rest are left out.
    """

    lines: tuple[str, ...] = ()
    python: str = ""
    certain: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    useful: frozenset[str] = frozenset()
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """An environment that is ready. ``versions`` are those of its packages by normal name.

    ``python`` is the version of its Python, ``asked`` the specifier that it does not meet, where that is so.
    ``left_out`` are the normal names of what is not there and the project was not seen to need: only conda has it, or
    it is one of very many.
    """

    interpreter: Interpreter
    python: str
    versions: dict[str, str] = field(default_factory=dict)
    asked: str = ""
    left_out: tuple[str, ...] = ()


class Unmade(Exception):
    """There is no such environment here.

    ``certain`` says that it could be made nowhere, for what is declared contradicts itself or asks for what does not
    exist; else this machine lacks something.
    """

    def __init__(self, reason: Text, remedy: Text | None = None, *, certain: bool = False) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.remedy = remedy
        self.certain = certain

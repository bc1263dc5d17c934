"""The rules of ignore files, as git reads them (gitignore(5), and wildmatch for the patterns), in bounded time.

Other matchers are too slow: libgit2 never comes back from a line that begins with a form feed, and one that turns
patterns into regular expressions takes time beyond measure for a few stars. Here a path is taken apart at its slashes;
within a part each star takes as little as it can and never gives it back, and so do stars for whole folders. Such
a greedy search finds a match where there is one, in time proportional to the product of both lengths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeAlias

LONGEST = 4096
"""Bytes of a line; a longer one matches nothing: no path is that long."""

_BOM = b"\xef\xbb\xbf"
_SPECIAL = re.compile(rb"[*?\[\\]")
_SLASH = ord("/")
_STAR = -1
_NEVER = re.compile(rb"(?!)")
_ANY = b"."
_CLASSES = {
    b"alnum": b"a-zA-Z0-9",
    b"alpha": b"a-zA-Z",
    b"blank": rb" \t",
    b"cntrl": rb"\x00-\x1f\x7f",
    b"digit": b"0-9",
    b"graph": rb"\x21-\x7e",
    b"lower": b"a-z",
    b"print": rb"\x20-\x7e",
    b"punct": rb"!-/:-@\[-`{-~",
    b"space": rb" \t\n\v\f\r",
    b"upper": b"A-Z",
    b"xdigit": b"0-9A-Fa-f",
}


_Part: TypeAlias = "bytes | re.Pattern[bytes] | None"
"""The pattern of one part of a path; None stands for any number of whole folders: ``**`` between slashes."""
_Piece: TypeAlias = "int | bytes"
"""A byte that stands for itself; ``_STAR``; or a regular expression for one byte."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One rule of an ignore file.

    ``negated``: the rule includes again. ``folders_only``: it ends with a slash. ``anywhere``: it has no slash, and is
    matched against the last part of a path alone. ``choices`` are sequences of parts, of which one has to match.
    """

    negated: bool
    folders_only: bool
    anywhere: bool
    choices: tuple[tuple[_Part, ...], ...]

    def matches(self, parts: Sequence[bytes], *, folder: bool) -> bool:
        """True if the rule matches the path *parts*, relative to the folder of its file."""
        if not parts or (self.folders_only and not folder):
            return False
        held = parts[-1:] if self.anywhere else parts
        return any(_all_match(choice, held) for choice in self.choices)


def lines_of(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The rules of an ignore file with their line numbers, as they are written."""
    for number, line in enumerate(content.removeprefix(_BOM).split(b"\n"), start=1):
        rule = line.removesuffix(b"\r").partition(b"\0")[0]
        if rule and not rule.startswith(b"#"):
            yield number, rule


def pattern_of(line: bytes) -> Pattern | None:
    """The rule that a line of an ignore file states; None where it can match nothing."""
    rule = _without_end(line)
    negated = rule.startswith(b"!")
    rule = rule.removeprefix(b"!") if negated else rule
    folders_only = rule.endswith(b"/")
    rule = rule.removesuffix(b"/")
    anywhere = b"/" not in rule
    rule = rule.removeprefix(b"/")
    if not rule or len(rule) > LONGEST:
        return None
    choices = ((rule,),) if anywhere and not _SPECIAL.search(rule) else _choices(rule, anywhere=anywhere)
    return Pattern(negated, folders_only, anywhere, choices) if choices else None


def _without_end(line: bytes) -> bytes:
    """The line without its trailing blanks, but for those behind a backslash."""
    kept = line.rstrip(b" ")
    escapes = len(kept) - len(kept.rstrip(b"\\"))
    return kept + b" " if escapes % 2 and len(kept) < len(line) else kept


def _choices(rule: bytes, *, anywhere: bool) -> tuple[tuple[_Part, ...], ...]:
    tokens = _tokens(rule)
    if tokens is None:
        return ()
    if anywhere:
        return ((_part(tokens),),)
    pieces = _split(tokens)
    choices = [tuple(None if _is_folders(piece) else _part(piece) for piece in pieces)]
    # Git sets plain text before the first wildcard aside, and takes two stars after it for whole folders.
    first = next((number for number, piece in enumerate(pieces) if not _is_plain(piece)), len(pieces))
    if first < len(pieces) - 1:
        text = list(takewhile(_is_literal, pieces[first]))
        if text and len(pieces[first]) > len(text) + 1 and _is_folders(pieces[first][len(text) :]):
            before, after = choices[0][:first], choices[0][first + 1 :]
            choices.append((*before, _part([*text, _STAR]), None, *after))
            numbers = range(first + 1, len(pieces))
            following = next((number for number in numbers if not _is_folders(pieces[number])), None)
            if following is None:
                choices.append((*before, _part([*text, _STAR])))
            else:
                choices.append((*before, _part([*text, *pieces[following]]), *choices[0][following + 1 :]))
    return tuple(choices)


def _is_literal(token: _Piece) -> bool:
    return isinstance(token, int) and token != _STAR


def _is_plain(tokens: Sequence[_Piece]) -> bool:
    return all(map(_is_literal, tokens))


def _is_folders(tokens: Sequence[_Piece]) -> bool:
    return len(tokens) > 1 and all(token == _STAR for token in tokens)


def _split(tokens: Sequence[_Piece]) -> list[list[_Piece]]:
    pieces: list[list[_Piece]] = [[]]
    for token in tokens:
        if token == _SLASH:
            pieces.append([])
        else:
            pieces[-1].append(token)
    return pieces


def _tokens(rule: bytes) -> list[_Piece] | None:
    """The pieces of a pattern; None if it ends within an escape or a bracket, and so matches nothing."""
    tokens: list[_Piece] = []
    position = 0
    while position < len(rule):
        letter = rule[position]
        position += 1
        if letter == ord("\\"):
            if position == len(rule):
                return None
            tokens.append(rule[position])
            position += 1
        elif letter == ord("*"):
            tokens.append(_STAR)
        elif letter == ord("?"):
            tokens.append(_ANY)
        elif letter == ord("["):
            read = _bracket(rule, position)
            if read is None:
                return None
            expression, position = read
            tokens.append(expression)
        else:
            tokens.append(letter)
    return tokens


def _bracket(rule: bytes, position: int) -> tuple[bytes, int] | None:
    """The set that starts after a bracket, as a regular expression, and where it ends."""
    negated = rule[position : position + 1] in (b"!", b"^")
    position += negated
    members: list[bytes] = []
    last: int | None = None
    first = True
    while True:
        letter = rule[position : position + 1]
        if not letter:
            return None
        position += 1
        if letter == b"]" and not first:
            break
        first = False
        if letter == b"\\":
            letter = rule[position : position + 1]
            if not letter:
                return None
            position += 1
            last = letter[0]
        elif letter == b"-" and last is not None and rule[position : position + 1] not in (b"", b"]"):
            upper = rule[position : position + 1]
            position += 1
            if upper == b"\\":
                upper = rule[position : position + 1]
                if not upper:
                    return None
                position += 1
            if last <= upper[0]:
                members.append(re.escape(bytes([last])) + b"-" + re.escape(upper))
            last = None
            continue
        elif letter == b"[" and rule[position : position + 1] == b":":
            end = rule.find(b"]", position + 1)
            if end < 0:
                return None
            if rule[end - 1 : end] == b":" and end - 1 > position:
                known = _CLASSES.get(rule[position + 1 : end - 1])
                if known is None:
                    return None
                members.append(known)
                position = end + 1
                last = None
                continue
            last = letter[0]
        else:
            last = letter[0]
        members.append(re.escape(letter))
    if not members:
        return (_ANY if negated else b"(?!)"), position
    return b"[" + (b"^" if negated else b"") + b"".join(members) + b"]", position


def _part(tokens: Sequence[_Piece]) -> _Part:
    if _is_plain(tokens):
        return bytes(token for token in tokens if isinstance(token, int))
    segments: list[bytes] = [b""]
    for token in tokens:
        if token == _STAR:
            segments.append(b"")
        else:
            segments[-1] += re.escape(bytes([token])) if isinstance(token, int) else token
    first, *others = segments
    if not others:
        return _compiled(first)
    *middle, last = others
    # In an atomic group a star keeps what it first took: to take more would leave less for the others.
    steps = b"".join(b"(?>.*?" + segment + b")" for segment in middle if segment)
    return _compiled(first + steps + b".*" + last)


def _compiled(expression: bytes) -> re.Pattern[bytes]:
    try:
        return re.compile(expression, re.DOTALL)
    except (re.error, OverflowError, RecursionError):
        return _NEVER


def _all_match(choice: tuple[_Part, ...], parts: Sequence[bytes]) -> bool:
    """True if *choice* matches all *parts*: each None takes one more part only when the rest fails."""
    position = place = 0
    back: tuple[int, int] | None = None
    while place < len(parts):
        wanted = choice[position] if position < len(choice) else _NEVER
        if wanted is None:
            if position == len(choice) - 1:
                return True
            position += 1
            back = (position, place)
        elif _matches(wanted, parts[place]):
            position += 1
            place += 1
        elif back is not None:
            back = (back[0], back[1] + 1)
            position, place = back
        else:
            return False
    return position == len(choice)


def _matches(wanted: bytes | re.Pattern[bytes], part: bytes) -> bool:
    return wanted == part if isinstance(wanted, bytes) else wanted.fullmatch(part) is not None

"""How runs of student code typically end before their time: each ending with the hint that helps.

The messages are those of Python and of the libraries named beside them. An ending that is not in the table is told by
its exception, or by the last line of its error stream.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from checker.facts.job import End, Finished
from checker.model import Text, text
from checker.quoting import quoted

_LONGEST = 300
_LONGEST_MESSAGE = 4_000
_LONGEST_STREAM = 20_000
_PLAIN_START = "python {path}"


@dataclass(frozen=True, slots=True)
class TypicalEnding:
    """One way in which runs end, and the hint for it.

    It is met where the message has *said* in it, the class of the exception is one of *kinds* (none: any, or no
    exception at all), and the line of source that raised it has *line* in it. The named groups of both patterns are
    values of the hint, and so is ``script``, the path of what ran. ``start`` is the command that ends in the same way
    where a student's machine has what the run lacks: a keyboard, a screen, a variable.
    """

    said: re.Pattern[str]
    hint: Text
    kinds: frozenset[str] = frozenset()
    line: re.Pattern[str] | None = None
    start: str = _PLAIN_START


@dataclass(frozen=True, slots=True)
class KnownEnding:
    """The hint for an ending of the table, and the shell command that shows it."""

    hint: Text
    command: str


_ANY = re.compile("")
_SYNTAX = frozenset({"SyntaxError", "IndentationError", "TabError"})
_NO_SCREEN = "env -u DISPLAY -u WAYLAND_DISPLAY python {path}"

WITHOUT_SCHEME: tuple[TypicalEnding, ...] = (
    TypicalEnding(  # botocore, requests, urllib, httpx
        re.compile(
            r"Invalid endpoint: (?P<address>[^\s:/]{1,200})|Invalid URL '(?P<address2>[^'\n:]{1,200})'"
            r"|unknown url type: '?(?P<address3>[^'\n:]{1,200})"
            r"|Request URL is missing an 'http://' or 'https://' protocol"
        ),
        text("The address of the server lacks its scheme: put https:// in front of it."),
    ),
    TypicalEnding(
        re.compile(
            r"No such file or directory: '(?P<path>[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}\.[a-z]{2,6}/[^'\n]{1,300})'"
        ),
        text("{path} is taken for a file, since the address lacks its scheme: put https:// in front of it.", path=""),
        kinds=frozenset({"FileNotFoundError"}),
    ),
)

TYPICAL_ENDINGS: tuple[TypicalEnding, ...] = (
    TypicalEnding(
        re.compile(r"EOF when reading a line|raw_input was called"),
        text(
            "It waits for an answer on the keyboard, and nobody is there when it runs by itself: take the question "
            "out, and give the value a name at the top."
        ),
        kinds=frozenset({"EOFError", "StdinNotImplementedError"}),
        start="python {path} < /dev/null",
    ),
    TypicalEnding(
        _ANY,
        text("A breakpoint was left in the code: take it out."),
        kinds=frozenset({"BdbQuit"}),
        start="python {path} < /dev/null",
    ),
    TypicalEnding(
        _ANY,
        text("The script is started without arguments: give each value that it takes from sys.argv a default."),
        kinds=frozenset({"IndexError", "ValueError"}),
        line=re.compile(r"\bargv\b"),
    ),
    TypicalEnding(  # argparse
        re.compile(r"error: the following arguments are required: (?P<names>[^\n]{1,300})"),
        text("The script is started without arguments: give {names} a default in place of required=True.", names=""),
        kinds=frozenset({"", "SystemExit"}),
    ),
    TypicalEnding(  # click, typer
        re.compile(r"Missing (?:option|argument|parameter):? '?(?P<names>[^'\n]{1,100})"),
        text("The script is started without arguments: give {names} a default in place of required=True.", names=""),
        kinds=frozenset({"", "SystemExit"}),
    ),
    TypicalEnding(
        re.compile(r"^'(?P<name>\w{1,100})'$"),
        text(
            "The variable {name} exists on your machine only: give it a default, os.environ.get(…), or write the value "
            "into the code or the configuration.",
            name="",
        ),
        kinds=frozenset({"KeyError"}),
        line=re.compile(r"\benviron\["),
        start="env -u {name} python {path}",
    ),
    TypicalEnding(
        re.compile(r"^'\\ufeff|^'ï»¿"),
        text("The file begins with an invisible mark (BOM): read it with encoding='utf-8-sig'."),
        kinds=frozenset({"KeyError"}),
    ),
    TypicalEnding(  # matplotlib
        re.compile(r"Cannot load backend '(?P<name>[^'\n]{1,100})' which requires"),
        text(
            "The backend {name} opens windows, and there is no screen where the code runs by itself: leave the choice "
            "of the backend to matplotlib.",
            name="",
        ),
        kinds=frozenset({"ImportError"}),
        start=_NO_SCREEN,
    ),
    TypicalEnding(  # OpenCV
        re.compile(r"lib(?:GL|EGL|gthread-2\.0)\.so\S{0,20}: cannot open shared object file"),
        text(
            "This library draws on a screen, and there is none where the code runs by itself: take the one without "
            "windows (opencv-python-headless), or do without."
        ),
        kinds=frozenset({"ImportError"}),
    ),
    TypicalEnding(  # Tk, Qt, GTK, turtle, pyautogui
        re.compile(
            r"no display name and no \$DISPLAY|(?:could not|couldn't|cannot|unable to) (?:connect to|open|access)"
            r" (?:the )?(?:X )?(?:display|server)|no Qt platform plugin could be initialized"
            r"|No module named '_tkinter'|libtk\d|Cannot connect to .{0,20}display",
            re.IGNORECASE,
        ),
        text(
            "It opens a window, and there is no screen where the code runs by itself: print the result, or save the "
            "figure to a file."
        ),
        start=_NO_SCREEN,
    ),
    *WITHOUT_SCHEME,
    TypicalEnding(
        re.compile(r"No module named '(?P<name>google|google\.colab|kaggle_secrets|pyodide|js|dbutils)"),
        text(
            "{name} exists in the notebooks of one service only: take that line out, and what it is used for.", name=""
        ),
        kinds=frozenset({"ModuleNotFoundError"}),
        line=re.compile(r"\b(?:colab|kaggle_secrets|pyodide|js|dbutils)\b"),
    ),
    TypicalEnding(
        re.compile(r"name '(?P<name>dbutils|spark|mssparkutils)' is not defined"),
        text(
            "{name} exists in the notebooks of one service only: take that line out, and what it is used for.", name=""
        ),
        kinds=frozenset({"NameError"}),
    ),
    TypicalEnding(
        re.compile(r"No such file or directory: '(?P<path>/(?:content|kaggle|dbfs)/[^'\n]{0,300})'"),
        text(
            "{path} is a folder of a service for notebooks: write a relative path, or read the data from where they "
            "are served.",
            path="",
        ),
        kinds=frozenset({"FileNotFoundError", "OSError"}),
    ),
    TypicalEnding(
        re.compile(r"name 'get_ipython' is not defined"),
        text("Delete this line: it was a command of the notebook, and a script has no such commands."),
        kinds=frozenset({"NameError"}),
    ),
    TypicalEnding(
        re.compile(r"name 'display' is not defined"),
        text("display exists in a notebook only: write print(…)."),
        kinds=frozenset({"NameError"}),
    ),
    TypicalEnding(
        _ANY,
        text("Delete this line: it was a command of the notebook, and a script has no such commands."),
        kinds=_SYNTAX,
        line=re.compile(r"^(?:%%?[a-zA-Z]|![\w./]|\?{1,2}\w|\w{1,100}\?{1,2}$)"),
    ),
    TypicalEnding(
        re.compile(r"'unicodeescape' codec can't decode"),
        text(
            "In a text between quotes a \\ changes the letter behind it: write the path with /, from the folder "
            "of the project."
        ),
        kinds=_SYNTAX,
    ),
    TypicalEnding(
        re.compile(r"codec can't decode|Non-UTF-8 code starting with|null bytes"),
        text("Save this file of code in UTF-8: in the editor, Save with encoding."),
        kinds=frozenset({*_SYNTAX, "ValueError"}),
    ),
    TypicalEnding(
        re.compile(r"invalid (?:non-printable )?character (?:'[^'\n]{1,4}' )?\(?(?P<code>U\+[0-9A-F]{4,6})"),
        text(
            "A character that only looks like one of Python's ({code}) was copied with this line, a quote, a dash or a "
            "space: type it anew.",
            code="?",
        ),
        kinds=_SYNTAX,
    ),
    TypicalEnding(
        re.compile(r"No such file or directory: '(?P<path>[^'\n:/]{0,300}\\\\[^'\n:]{0,300})'"),
        text("Write the path with /, which Windows reads, too: elsewhere a \\ is a letter of the name."),
        kinds=frozenset({"FileNotFoundError"}),
    ),
    TypicalEnding(
        re.compile(r"^'(?P<codec>[\w-]{1,30})' codec can't decode byte (?P<byte>0x[0-9a-f]{2})"),
        text(
            "The file that is read holds bytes that are not {codec}: save it as UTF-8, and read it with "
            "encoding='utf-8'.",
            codec="",
        ),
        kinds=frozenset({"UnicodeDecodeError"}),
        start="python -X utf8 {path}",
    ),
    TypicalEnding(
        re.compile(r"^'(?P<codec>[\w-]{1,30})' codec can't encode"),
        text("Not every letter can be written in {codec}: open the file with encoding='utf-8'.", codec=""),
        kinds=frozenset({"UnicodeEncodeError"}),
        start="python -X utf8 {path}",
    ),
    TypicalEnding(
        re.compile(r"unsupported locale setting"),
        text(
            "Not every machine has this language installed: take setlocale out, and write dates and numbers by a "
            "format."
        ),
        kinds=frozenset({"Error"}),
        start="LOCPATH=/nonexistent python {path}",
    ),
    TypicalEnding(
        _ANY,
        text("A function calls itself, at this line, and never comes to an end: see what it should call."),
        kinds=frozenset({"RecursionError"}),
    ),
    TypicalEnding(  # pip and conda, started by the code
        re.compile(r"Command '?\[?.{0,300}?\b(?:pip3?|conda|mamba|uv)\b.{0,300}?returned non-zero exit status"),
        text("A script installs nothing: take that line out, and declare the library in the environment file instead."),
        kinds=frozenset({"CalledProcessError"}),
    ),
    TypicalEnding(
        re.compile(r"No such file or directory: '(?P<name>[\w.-]{1,100})'"),
        text("The code starts the program {name}, which is not on every machine: do its work in Python.", name=""),
        kinds=frozenset({"FileNotFoundError"}),
        line=re.compile(r"\b(?:subprocess|Popen|check_call|check_output|run\(\[)"),
        start='PATH=$(dirname "$(command -v python)") python {path}',
    ),
    TypicalEnding(
        re.compile(r"(?:Permission denied|Read-only file system): '(?P<path>/[^'\n]{1,300})'"),
        text("Not every machine lets the code write {path}: write below the folder of the project.", path=""),
        kinds=frozenset({"PermissionError", "OSError"}),
    ),
    TypicalEnding(
        re.compile(r"partially initialized module '(?P<name>[^'\n]{1,100})'"),
        text(
            "{name} is not read to its end yet: two modules import each other, or a file of yours has the name of a "
            "library. Move what both need to a third module, or rename the file.",
            name="",
        ),
        kinds=frozenset({"ImportError", "AttributeError"}),
    ),
    TypicalEnding(
        re.compile(r"start a new process before the\s+current process has finished its bootstrapping"),
        text(
            'Write what {script} does below if __name__ == "__main__": other processes read the file again.', script=""
        ),
        kinds=frozenset({"RuntimeError"}),
    ),
    TypicalEnding(
        re.compile(r"^Ran out of input"),
        text("The file that is loaded is empty: write it again, and commit it, or compute it when the code runs."),
        kinds=frozenset({"EOFError"}),
    ),
)


def known_ending(finished: Finished, path: str) -> KnownEnding | None:
    """The entry of the table for a run of the script *path* that did not succeed; None where there is none."""
    met = _met(finished, TYPICAL_ENDINGS)
    if met is None:
        return None
    typical, found = met
    groups = {name.rstrip("23"): value.strip() for name, value in found.groupdict().items() if value}
    given = {"script": path, **groups}
    values = tuple((name, given.get(name, value)) for name, value in typical.hint.values)
    return KnownEnding(
        hint=replace(typical.hint, values=values),
        command=typical.start.format(path=quoted(path), name=quoted(groups.get("name", ""))),
    )


def lacks_scheme(finished: Finished) -> bool:
    """Whether a run ended with an address that lacks its scheme."""
    return _met(finished, WITHOUT_SCHEME) is not None


def _met(finished: Finished, endings: tuple[TypicalEnding, ...]) -> tuple[TypicalEnding, re.Match[str]] | None:
    error = finished.error
    if error is not None:
        kind = error.name.rpartition(".")[2]
        message = error.message[:_LONGEST_MESSAGE]
        line = error.frames[-1][1] if error.frames else ""
    elif finished.end in (End.EXIT, End.SIGNAL):
        kind, message, line = "", finished.errors[-_LONGEST_STREAM:], ""
    else:
        return None
    for typical in endings:
        if typical.kinds and kind not in typical.kinds:
            continue
        found = typical.said.search(message)
        if found and (typical.line is None or typical.line.search(line)):
            return typical, found
    return None


def last_line(stream: str) -> str:
    """The last line of an error stream that says something, cut to what a sentence can hold; empty: there is none.

    Warnings, the lines of source below them and frames around a message are no such lines.
    """
    for line in reversed(stream[-_LONGEST_STREAM:].splitlines()):
        words = line.strip(" │|╰╯─╭╮\t")
        indented = line[:1].isspace()
        if words and not indented and "Warning:" not in line and any(sign.isalnum() for sign in words):
            return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
    return ""

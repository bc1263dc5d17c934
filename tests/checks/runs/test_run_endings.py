"""Each typical ending has its hint, and a command that ends alike where a machine has what the run lacked."""

from __future__ import annotations

import pytest

from checker.checks.runs.run_endings import TYPICAL_ENDINGS, known_ending, last_line
from checker.facts.job import End, Finished
from checker.model import Location
from checker.testing import crashed, finished


def raised(name: str, message: str = "", line: str = "") -> Finished:
    return crashed(name, message, *(((Location("main.py", line=8), line),) if line else ()))


def left(errors: str, status: int = 2, end: End = End.EXIT) -> Finished:
    return finished(end, status, errors=errors)


ENDINGS = [
    (raised("EOFError", "EOF when reading a line"), "an answer on the keyboard", "python main.py < /dev/null"),
    (
        raised("IPython.core.error.StdinNotImplementedError", "raw_input was called, but this frontend does not"),
        "an answer on the keyboard",
        "python main.py < /dev/null",
    ),
    (raised("bdb.BdbQuit"), "A breakpoint was left", "python main.py < /dev/null"),
    (raised("IndexError", "list index out of range", "N = int(sys.argv[1])"), "from sys.argv a default", ""),
    (
        left("usage: main.py [-h] --n N\nmain.py: error: the following arguments are required: --n, path\n"),
        "give --n, path a default",
        "",
    ),
    (left("Usage: main.py\n\nError: Missing option '--trees'.\n"), "give --trees a default", ""),
    (left("Usage: main.py\n╭─ Error ─╮\n│ Missing argument 'TREES'. │\n╰─────╯\n"), "give TREES a default", ""),
    (
        raised("KeyError", "'N_TREES'", 'N = int(os.environ["N_TREES"])'),
        "The variable N_TREES exists on your machine only",
        "env -u N_TREES python main.py",
    ),
    (raised("KeyError", r"'\ufeffPassengerId'", 'row["PassengerId"]'), "utf-8-sig", ""),
    (
        raised("ImportError", "Cannot load backend 'TkAgg' which requires the 'tk' interactive framework"),
        "The backend TkAgg opens windows",
        "env -u DISPLAY -u WAYLAND_DISPLAY python main.py",
    ),
    (
        raised("ImportError", "libGL.so.1: cannot open shared object file: No such file or directory"),
        "opencv-python-headless",
        "",
    ),
    (
        raised("_tkinter.TclError", "no display name and no $DISPLAY environment variable"),
        "It opens a window",
        "env -u DISPLAY -u WAYLAND_DISPLAY python main.py",
    ),
    (raised("_tkinter.TclError", 'couldn\'t connect to display ":99"'), "It opens a window", None),
    (
        left(
            "qt.qpa.xcb: could not connect to display \nThis application failed to start because no Qt platform plugin "
            "could be initialized.\n",
            6,
            End.SIGNAL,
        ),
        "It opens a window",
        None,
    ),
    (raised("ModuleNotFoundError", "No module named '_tkinter'"), "It opens a window", None),
    (raised("ValueError", "Invalid endpoint: minio.example.org"), "put https:// in front", ""),
    (
        raised("requests.exceptions.MissingSchema", "Invalid URL 'minio.example.org/b/train.csv': No scheme supplied."),
        "put https:// in front",
        "",
    ),
    (raised("ValueError", "unknown url type: 'minio.example.org/b/train.csv'"), "put https:// in front", ""),
    (
        raised("FileNotFoundError", "[Errno 2] No such file or directory: 'minio.example.org/b/train.csv'"),
        "minio.example.org/b/train.csv is taken for a file",
        "",
    ),
    (raised("ModuleNotFoundError", "No module named 'google'", "from google.colab import drive"), "google exists", ""),
    (raised("NameError", "name 'dbutils' is not defined"), "dbutils exists in the notebooks of one service", ""),
    (
        raised("FileNotFoundError", "[Errno 2] No such file or directory: '/content/drive/MyDrive/train.csv'"),
        "/content/drive/MyDrive/train.csv is a folder of a service",
        "",
    ),
    (raised("NameError", "name 'get_ipython' is not defined"), "Delete this line", ""),
    (raised("NameError", "name 'display' is not defined"), "write print(", ""),
    (raised("SyntaxError", "invalid syntax", "%matplotlib inline"), "Delete this line", ""),
    (raised("SyntaxError", "invalid syntax", "!pip install pandas"), "Delete this line", ""),
    (raised("SyntaxError", "invalid syntax", "train?"), "Delete this line", ""),
    (
        raised("SyntaxError", "(unicode error) 'unicodeescape' codec can't decode bytes in position 2-3", "x"),
        "write the path with /",
        "",
    ),
    (raised("SyntaxError", "(unicode error) 'utf-8' codec can't decode byte 0xe9"), "Save this file of code", ""),
    (raised("SyntaxError", "source code string cannot contain null bytes"), "Save this file of code", ""),
    (raised("SyntaxError", "invalid non-printable character U+00A0"), "copied with this line", ""),
    (raised("SyntaxError", "invalid character '“' (U+201C)"), "(U+201C)", ""),
    (
        raised("FileNotFoundError", r"[Errno 2] No such file or directory: 'data\\raw\\train.csv'"),
        "Write the path with /",
        "",
    ),
    (
        raised("UnicodeDecodeError", "'utf-8' codec can't decode byte 0xe9 in position 6: invalid continuation byte"),
        "bytes that are not utf-8",
        "python -X utf8 main.py",
    ),
    (raised("UnicodeEncodeError", "'ascii' codec can't encode character '\\xe9'"), "written in ascii", None),
    (raised("locale.Error", "unsupported locale setting"), "take setlocale out", None),
    (raised("RecursionError", "maximum recursion depth exceeded"), "A function calls itself", ""),
    (
        raised(
            "subprocess.CalledProcessError",
            "Command '['/usr/bin/python', '-m', 'pip', 'install', 'pandas==9']' returned non-zero exit status 1.",
        ),
        "A script installs nothing",
        "",
    ),
    (
        raised("FileNotFoundError", "[Errno 2] No such file or directory: 'mc'", 'subprocess.run(["mc", "ls"])'),
        "starts the program mc",
        None,
    ),
    (raised("PermissionError", "[Errno 13] Permission denied: '/data/out.csv'"), "lets the code write /data/out", ""),
    (
        raised("ImportError", "cannot import name 'f' from partially initialized module 'random' (most likely due"),
        "random is not read to its end",
        "",
    ),
    (
        raised(
            "RuntimeError",
            "\n  An attempt has been made to start a new process before the\n  current process "
            "has finished its bootstrapping phase.",
        ),
        "other processes read the file again",
        "",
    ),
    (raised("EOFError", "Ran out of input"), "The file that is loaded is empty", ""),
]


@pytest.mark.parametrize(("finished", "hint", "command"), ENDINGS)
def test_a_typical_ending_has_its_hint(finished: Finished, hint: str, command: str | None) -> None:
    known = known_ending(finished, "main.py")
    assert hint in str(known.hint)
    assert "main.py" in known.command
    if command is not None:
        assert known.command == (command or "python main.py")


def test_each_entry_of_the_table_is_tried() -> None:
    met = {known.hint.template for finished, *_ in ENDINGS if (known := known_ending(finished, "main.py"))}
    assert met == {typical.hint.template for typical in TYPICAL_ENDINGS}


@pytest.mark.parametrize(
    "finished",
    [
        raised("IndexError", "list index out of range", "rows[1]"),
        raised("KeyError", "'Age'", 'train["Age"]'),
        raised("ModuleNotFoundError", "No module named 'google'", "import google"),
        raised("FileNotFoundError", "[Errno 2] No such file or directory: 'data/raw/train.csv'", 'open("x")'),
        raised("FileNotFoundError", "[Errno 2] No such file or directory: 'model.pkl'", 'open("model.pkl")'),
        raised("FileNotFoundError", "[Errno 2] No such file or directory: 'data.raw/train.csv/part'"),
        raised("SyntaxError", "invalid syntax", "x = 7 % 3 +"),
        raised("ValueError", "could not convert string to float: 'S'", "float(embarked)"),
        raised("PermissionError", "Forbidden"),
        left("", 3),
        left("Traceback: 12", 9, End.SIGNAL),
        finished(End.TIME, seconds=300, errors="EOF when reading a line"),
    ],
)
def test_other_endings_are_none_of_the_table(finished: Finished) -> None:
    assert known_ending(finished, "main.py") is None


def test_a_name_is_one_word_of_the_command() -> None:
    """A path and a name that would start another program are words in quotes."""
    known = known_ending(raised("EOFError", "EOF when reading a line"), "a b;touch X.py")
    assert known.command == "python 'a b;touch X.py' < /dev/null"


@pytest.mark.parametrize(
    ("stream", "line"),
    [
        ("usage: main.py\nmain.py: error: unrecognized arguments: -x\n", "main.py: error: unrecognized arguments: -x"),
        ("Attention\nmain.py:3: FutureWarning: soon\n  forest.fit(X)\n", "Attention"),
        ("│ Missing option '--n'. │\n╰───────╯\n", "Missing option '--n'."),
        ("  indented\n\n", ""),
        ("", ""),
        ("x" * 1000, "x" * 299 + "…"),
    ],
)
def test_the_last_line_that_says_something(stream: str, line: str) -> None:
    assert last_line(stream) == line

"""Builds on a machine that is told to use an index of its own: they use it, and reach nothing else there."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from checker.grader import Outcome
from checker.model import Status
from tests.images.test_recipes import GOOD, PROJECT, left_over, verdicts, words_of, written

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

_WHEEL = "made_up-1.0-py3-none-any.whl"
_MAIN = "import os\nimport made_up\nassert not [name for name in os.environ if 'INDEX' in name]\n" + PROJECT["main.py"]
FILES = {"requirements.txt": "PyYAML==6.0.2\nmade-up==1.0\n", "main.py": _MAIN}


def wheel() -> bytes:
    """A package that no other index has."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr("made_up.py", "")
        made.writestr("made_up-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: made-up\nVersion: 1.0\n")
        made.writestr("made_up-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr("made_up-1.0.dist-info/RECORD", "")
    return held.getvalue()


class Index:
    """An index on this machine. ``status`` is what it answers with, ``asked`` what came, by method and path."""

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[str] = []
        index = self
        pages = {"/simple/made-up/": f'<a href="/{_WHEEL}">{_WHEEL}</a>'.encode(), f"/{_WHEEL}": wheel()}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index.asked.append(f"{self.command} {self.path}")
                found = pages.get(self.path)
                self.send_response(404 if found is None and index.status == 200 else index.status)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(found or b"")))
                self.end_headers()
                self.wfile.write(found or b"")

            do_POST = do_GET  # noqa: N815 - the name that http.server asks for

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://localhost:{self.server.server_address[1]}"


@contextmanager
def running() -> Iterator[Index]:
    index = Index()
    thread = threading.Thread(target=index.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield index
    finally:
        index.server.shutdown()
        thread.join()
        index.server.server_close()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """The index that pip is told to use on this machine, PyPI beside it."""
    with running() as found:
        monkeypatch.setenv("PIP_INDEX_URL", f"{found.address}/simple")
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://pypi.org/simple")
        yield found


def test_a_build_uses_the_index_of_the_machine(
    index: Index, judge: Callable[[Path], Outcome], address: str, tmp_path: Path
) -> None:
    found = verdicts(judge(written(tmp_path / "project", GOOD, FILES)))
    assert {one: result.status for one, result in found.items()} == dict.fromkeys(found, Status.PASSED), [
        words_of(result) for result in found.values()
    ]
    assert f"GET /{_WHEEL}" in index.asked
    assert found["image-cache"].verdict.details["reinstalled"] == 0
    assert left_over(address) == []


def test_a_build_only_reads_it_and_reaches_nothing_else_of_the_machine(
    index: Index, judge: Callable[[Path], Outcome], tmp_path: Path
) -> None:
    asking = (
        "import sys, urllib.request as r\n"
        "for url, data in zip(sys.argv[1::2], sys.argv[2::2]):\n"
        "    try:\n"
        "        r.urlopen(r.Request(url, data=data.encode() or None))\n"
        "    except OSError as error:\n"
        "        assert '403' in str(error), error\n"
        "    else:\n"
        "        sys.exit(url)\n"
    )
    with running() as other:
        words = f"python asking.py {other.address}/ '' {index.address}/ upload"
        content = GOOD.replace("COPY main.py", f"COPY asking.py .\nRUN {words}\nCOPY main.py")
        found = verdicts(judge(written(tmp_path / "project", content, {**FILES, "asking.py": asking})))
        assert found["image-builds"].status is Status.PASSED, words_of(found["image-builds"])
        assert other.asked == []
    assert not any(one.startswith("POST") for one in index.asked)


def test_only_pypi_can_say_that_a_package_does_not_exist(
    index: Index, judge: Callable[[Path], Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL")
    files = {**FILES, "requirements.txt": "no-such-package-at-all==1.0\n"}
    found = verdicts(judge(written(tmp_path / "told", GOOD, files)))
    assert found["image-builds"].status is Status.UNAVAILABLE, words_of(found["image-builds"])
    assert "does not have a package" in words_of(found["image-builds"])
    monkeypatch.delenv("PIP_INDEX_URL")
    found = verdicts(judge(written(tmp_path / "not told", GOOD, files)))
    assert found["image-builds"].status is Status.FAILED, words_of(found["image-builds"])


def test_an_index_that_fails_is_not_the_students(
    index: Index, judge: Callable[[Path], Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.status = 502
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL")
    found = verdicts(judge(written(tmp_path / "project", GOOD, {**FILES, "requirements.txt": "made-up==1.0\n"})))
    assert found["image-builds"].status is Status.UNAVAILABLE, words_of(found["image-builds"])
    assert "its own package source" in words_of(found["image-builds"])

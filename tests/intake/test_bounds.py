"""What would swell, crash or hold up the grader is a sentence of that submission, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import resource
import subprocess
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from checker.errors import CheckerFault, UsageError
from checker.facts.tree import Tree
from checker.intake import confining
from checker.intake.bounds import Bounds
from checker.open_submission import open_submission
from checker.repository.bounds import HUGE
from checker.sandbox.inside.unpacking import unpack
from checker.sandbox.process.packing import pack
from tests.conftest import shell
from tests.intake.conftest import refused


def blob_of_zeros(project: Path, size: int) -> str:
    """Write a loose blob of so many zeros, without ever holding it."""
    packer, total = zlib.compressobj(9), hashlib.sha1(usedforsecurity=False)
    parts = []
    head = b"blob %d\0" % size
    total.update(head)
    parts.append(packer.compress(head))
    zeros = bytes(1 << 20)
    for start in range(0, size, len(zeros)):
        piece = zeros[: size - start]
        total.update(piece)
        parts.append(packer.compress(piece))
    parts.append(packer.flush())
    identity = total.hexdigest()
    place = project / ".git/objects" / identity[:2] / identity[2:]
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(b"".join(parts))
    return identity


def committed(project: Path, blob: str, *names: str) -> None:
    lines = "".join(f"100644 {blob}\t{name}\n" for name in names)
    subprocess.run(["git", "update-index", "--add", "--index-info"], cwd=project, input=lines, text=True, check=True)
    shell("git commit -q -m Zeros", project)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.slow
def test_a_blob_of_a_gigabyte_is_listed_and_never_read(project: Path, own: bool) -> None:
    committed(project, blob_of_zeros(project, 1_000_000_000), "zeros.bin")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open_submission(project, own=own, commit="HEAD") as repository:
        entry = repository.tree().entries["zeros.bin"]
        assert entry.size == 1_000_000_000
        assert repository.tree().fetch(entry) == b""
        assert repository.tree_of(repository.head or "").entries["zeros.bin"].size == 1_000_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


@pytest.mark.slow
def test_a_blob_of_a_gigabyte_in_the_past_is_not_taken_in(project: Path) -> None:
    committed(project, blob_of_zeros(project, 1_000_000_000), "zeros.bin")
    shell("git rm -q --cached zeros.bin && git commit -q -m Out", project)
    with open_submission(project, own=False, commit="HEAD") as repository:
        old = repository.tree_of(repository.commit(repository.head or "").parents[0])
        assert old.entries["zeros.bin"].size == 1_000_000_000
        assert old.fetch(old.entries["zeros.bin"]) == b""


@pytest.mark.timeout(30)
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("left", [0, 1, 20, 60])
def test_an_object_that_was_cut_short(project: Path, own: bool, left: int) -> None:
    head = shell("git rev-parse HEAD", project).strip()
    place = project / ".git/objects" / head[:2] / head[2:]
    place.chmod(0o644)
    place.write_bytes(place.read_bytes()[:left])
    with pytest.raises(UsageError, match="corrupt loose object"):
        open_submission(project, own=own)


@pytest.mark.parametrize("own", [True, False])
def test_many_names_of_one_large_blob_are_more_than_a_run_can_lay_out(project: Path, own: bool, scratch: Path) -> None:
    committed(project, blob_of_zeros(project, HUGE - 1), *(f"zeros{number}.bin" for number in range(50)))
    with pytest.raises(UsageError, match="more than 1 GB together"):
        open_submission(project, own=own, commit="HEAD")
    assert not list(scratch.iterdir())


@pytest.mark.parametrize("own", [True, False])
def test_of_an_earlier_heavy_state_the_largest_are_empty(
    project: Path, own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed(project, blob_of_zeros(project, 5_000_000), "zeros1.bin", "zeros2.bin")
    shell("git rm -q --cached zeros1.bin zeros2.bin && git commit -q -m Out", project)
    monkeypatch.setattr("checker.repository.repository.MOST_UNPACKED", 4_000_000)
    with open_submission(project, own=own, commit="HEAD") as repository:
        old = repository.tree_of(repository.commit(repository.head or "").parents[0])
        assert old.entries["zeros1.bin"].size == 5_000_000
        assert old.fetch(old.entries["zeros1.bin"]) == b""
        assert old.read("main.py") == b"x = 1\n"


def test_shared_content_is_packed_once(tmp_path: Path) -> None:
    tree = Tree.of({**{f"f{number}": b"x" * 100_000 for number in range(50)}, "own": b"y", "z": b"x" * 100_000})
    with pack(tree) as file:
        assert os.fstat(file.fileno()).st_size < 110_000
        unpack(file.fileno(), str(tmp_path))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path: tree.read(path) for path in tree.entries
    }


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (Bounds(commits=1), "more than 1 commits"),
        (Bounds(references=1), "more than 1 branches and tags"),
        (Bounds(data=100), "more than 0.0 GB"),
        (Bounds(objects=6), "more than"),
    ],
    ids=["commits", "references", "data", "objects"],
)
def test_the_bounds(project: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch, bounds: Bounds, words: str) -> None:
    monkeypatch.setattr("checker.intake.taking.BOUNDS", bounds)
    assert words in str(refused(project))
    assert not list(scratch.iterdir())


# Archives


@pytest.mark.slow
def test_a_link_in_a_zip_that_is_large_is_not_read(tmp_path: Path, scratch: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as file:
        info = zipfile.ZipInfo("link")
        info.external_attr, info.compress_type = 0o120777 << 16, zipfile.ZIP_DEFLATED
        with file.open(info, "w", force_zip64=True) as link:
            for _ in range(1000):
                link.write(b"a" * 1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "cannot be written" in str(refused(tmp_path / "x.zip"))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    assert not list(scratch.iterdir())


def global_header(_: int) -> bytes:
    return tarfile.TarInfo.create_pax_global_header({"comment": "x"})


def long_name(_: int) -> bytes:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 512
    return info.tobuf(tarfile.GNU_FORMAT) + b"a" * 511 + b"\0"


@pytest.mark.slow
@pytest.mark.parametrize("header", [global_header, long_name])
@pytest.mark.parametrize("first", [b"", tarfile.TarInfo("main.py").tobuf()])
def test_headers_without_end_in_a_tar(
    tmp_path: Path, scratch: Path, header: Callable[[int], bytes], first: bytes
) -> None:
    (tmp_path / "x.tar").write_bytes(first + b"".join(map(header, range(20_000))) + bytes(1024))
    assert "cannot be unpacked" in str(refused(tmp_path / "x.tar"))
    assert not list(scratch.iterdir())


def test_folders_nested_without_end(tmp_path: Path, scratch: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as file:
        file.addfile(tarfile.TarInfo("a/" * 2000 + "x"), io.BytesIO())
    assert "nested more than 100 deep" in str(refused(tmp_path / "x.tar"))
    assert not list(scratch.iterdir())


def test_a_compressed_file_that_is_no_archive(tmp_path: Path) -> None:
    shell("echo x | gzip > data.csv.gz", tmp_path)
    assert "neither a folder nor" in str(refused(tmp_path / "data.csv.gz"))


# A reader that does not come back


def reader_that(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Put another program in the reader's place, from the moment at which it touches the submission."""
    start = [
        "import json, os, resource, signal, sys, time; sys.path.append(sys.argv[1])",
        "from checker.intake import frames, reader; from checker.intake.bounds import Bounds",
        "from checker.intake.frames import Frame",
        "order = json.load(sys.stdin); reader._limit(Bounds(**order['bounds'])); out = os.fdopen(1, 'wb')",
        "frames.write(out, Frame.READY); out.flush()",
        *lines,
    ]
    monkeypatch.setattr(confining, "_START", "\n".join(start))


@pytest.mark.slow
@pytest.mark.timeout(60)
@pytest.mark.parametrize("plain", [False, True], ids=["namespaces", "plain"])
class TestAReaderThatFails:
    @pytest.fixture(autouse=True)
    def way(self, plain: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        if plain:
            monkeypatch.setattr("checker.sandbox.process.bubblewrap.binary", lambda: None)
            monkeypatch.setattr("checker.intake.taking._demand_plain", lambda _words: None)

    @pytest.mark.parametrize("name", ["SIGSEGV", "SIGBUS", "SIGABRT"])
    def test_by_a_crash(self, project: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        reader_that(monkeypatch, f"os.kill(os.getpid(), signal.{name}); time.sleep(5)")
        assert "breaks down over it" in str(refused(project))
        assert not list(scratch.iterdir())

    def test_by_a_loop(self, project: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("checker.intake.taking.BOUNDS", Bounds(seconds=1))
        reader_that(monkeypatch, "while True: pass")
        assert "takes more than 1 seconds" in str(refused(project))
        assert not list(scratch.iterdir())

    def test_by_waiting(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("checker.intake.taking.BOUNDS", Bounds(wall=1.5))
        reader_that(monkeypatch, "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000.125)")
        started = time.monotonic()
        assert "takes more than" in str(refused(project))
        assert time.monotonic() - started < 20
        assert "1000.125" not in "".join(_command_lines())

    def test_by_its_memory(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("checker.intake.taking.BOUNDS", Bounds(memory=400_000_000))
        blob = project / "large.bin"
        with blob.open("wb") as file:
            file.truncate(99_000_000)
        shell("tar cf ../x.tar . && truncate -s 0 large.bin", project)
        reader_that(
            monkeypatch,
            "import builtins",
            "reader._take_in = lambda *_: bytes(1_000_000_000)",
            "sys.stdin = __import__('io').StringIO(json.dumps(order)); reader.main()",
        )
        assert "GB of memory" in str(refused(project))

    def test_by_saying_nothing(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        reader_that(monkeypatch, "os._exit(3)")
        with pytest.raises(CheckerFault, match="ended before its work was done"):
            open_submission(project, own=False)

    def test_before_it_looks(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(confining, "_START", "import sys; sys.exit('not today')")
        with pytest.raises(CheckerFault, match="cannot be started: not today"):
            open_submission(project, own=False)

    def test_after_which_the_next_is_taken_in(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as broken:
            reader_that(broken, "os.kill(os.getpid(), signal.SIGSEGV)")
            refused(project)
        with open_submission(project, own=False) as repository:
            assert repository.branch == "nettoyage"


def _command_lines() -> list[str]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                found.append((folder / "cmdline").read_text(errors="replace"))
            except OSError:
                continue
    return found


# What the reader sees


def seen_by_the_reader(project: Path, monkeypatch: pytest.MonkeyPatch, expression: str) -> str:
    reader_that(monkeypatch, f"sys.stderr.write(repr({expression})); sys.stderr.flush(); os._exit(3)")
    with pytest.raises(CheckerFault) as caught:
        open_submission(project, own=False)
    return str(caught.value)


def test_it_sees_the_submission_alone(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "token")
    (tmp_path / "secret").write_text("token", encoding="utf-8")
    said = seen_by_the_reader(
        project,
        monkeypatch,
        f"[sorted(os.environ), sorted(os.listdir('/submission')), os.path.exists({str(tmp_path)!r}), "
        "os.path.exists('/etc/passwd'), os.access('/submission', os.W_OK), os.getcwd(), os.listdir('/dev/shm')]",
    )
    names = "['.git', 'main.py', 'titanic.ipynb', 'train.csv']"
    assert f"{names}, False, False, False, '/', []" in said
    assert "SECRET" not in said


def test_it_has_no_network_and_no_rights(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = seen_by_the_reader(
        project,
        monkeypatch,
        "[__import__('socket').socket().connect_ex(('192.0.2.1', 80)), os.getpid() < 10, "
        "[resource.getrlimit(k)[0] for k in (resource.RLIMIT_CORE, resource.RLIMIT_NPROC)]]",
    )
    assert "[101, True, [0, 1]]" in said


@pytest.mark.slow
def test_a_pack_index_with_bytes_between(project: Path, scratch: Path) -> None:
    shell("git gc -q", project)
    index = next((project / ".git/objects/pack").glob("*.idx"))
    index.chmod(0o644)
    whole = index.read_bytes()
    (project / ".git/index").unlink()
    for place in range(0, len(whole), 97):
        index.write_bytes(whole[:place] + b"\xff" * 50 + whole[place:])
        with contextlib.suppress(UsageError):
            open_submission(project, own=False, commit="HEAD").close()
    assert not list(scratch.iterdir())


@pytest.mark.parametrize(
    ("key", "value", "words"), [("objectformat", "sha256", "SHA-256"), ("refstorage", "reftable", "reftable")]
)
@pytest.mark.parametrize("own", [True, False])
def test_a_format_that_is_not_read_gets_a_remedy(project: Path, key: str, value: str, words: str, own: bool) -> None:
    shell(f"git config core.repositoryformatversion 1 && git config extensions.{key} {value}", project)
    with pytest.raises(UsageError, match=words) as caught:
        open_submission(project, own=own)
    assert "Convert it" in str(caught.value.remedy)


def test_the_remedy_for_sha256_helps(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    shell("git init -q -b travail --object-format=sha256 new && echo 1 > new/main.py", tmp_path)
    shell("git add -A && git commit -q -m Start", folder)
    remedy = str(refused(folder).remedy)
    shell(remedy.removeprefix("Convert it: ").partition(". Then")[0], folder)
    with open_submission(tmp_path / "converted", own=False) as repository:
        assert repository.branch == "travail"
        assert set(repository.tree().entries) == {"main.py"}


def test_files_of_others_are_read_as_root(project: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root reads what belongs to others")
    for folder, _, names in os.walk(project):
        os.chown(folder, 60_123, 60_123)
        for name in names:
            os.chown(Path(folder, name), 60_123, 60_123)
            Path(folder, name).chmod(0o600)
    with open_submission(project, own=False) as repository:
        assert repository.tree().read("main.py") == b"x = 1\n"

"""What is kept between gradings: whole or not at all, bounded, and only ours."""

from __future__ import annotations

import hashlib
import multiprocessing
import os

import pytest

from checker.sandbox.cache.store import Contents, ResultStore, store_folder


def key(word):
    return hashlib.sha256(str(word).encode()).hexdigest()


@pytest.fixture
def store(tmp_path):
    return ResultStore(tmp_path / "kept")


def entry(store, word):
    return store.folder / f"{key(word)}.kept"


def test_what_is_put_is_got(store):
    assert store.get(key(1)) is None
    store.put(key(1), b"one")
    store.put(key(2), b"")
    assert (store.get(key(1)), store.get(key(2)), store.get(key(3))) == (b"one", b"", None)
    store.put(key(1), b"other")
    assert store.get(key(1)) == b"other"
    assert store.contents().entries == 2


def test_nobody_else_can_look_into_it(store):
    store.put(key(1), b"one")
    store.secret()
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in store.folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: content.replace(b"one", b"two"),
        lambda content: content.replace(b"kept/v1", b"kept/v0"),
        lambda content: content.replace(key(1).encode(), key(2).encode()),
        lambda content: b"",
        lambda content: b"\n" * 100,
        lambda content: b"\xff\x00" * 100,
    ],
    ids=["cut", "longer", "changed", "another form", "another key", "empty", "lines", "bytes"],
)
def test_a_damaged_entry_is_removed(store, damage):
    store.put(key(1), b"one")
    path = entry(store, 1)
    path.write_bytes(damage(path.read_bytes()))
    assert store.get(key(1)) is None
    assert not path.exists()


def test_an_entry_does_not_count_under_another_key(store):
    store.put(key(1), b"one")
    entry(store, 1).rename(entry(store, 2))
    assert store.get(key(2)) is None


def test_a_link_is_not_followed(store, tmp_path):
    store.put(key(1), b"one")
    outside = tmp_path / "outside"
    entry(store, 1).rename(outside)
    entry(store, 1).symlink_to(outside)
    assert store.get(key(1)) is None
    store.put(key(1), b"new")
    assert not entry(store, 1).is_symlink()
    assert store.get(key(1)) == b"new"
    assert outside.read_bytes().endswith(b"one")


def test_a_folder_that_is_a_link_is_not_used(store, tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    store.folder.symlink_to(tmp_path / "elsewhere")
    store.put(key(1), b"one")
    assert store.get(key(1)) is None
    assert store.secret() is None
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_what_others_can_write_is_not_trusted(store):
    store.put(key(1), b"one")
    entry(store, 1).chmod(0o622)
    assert store.get(key(1)) is None
    store.put(key(1), b"one")
    assert store.get(key(1)) == b"one"
    store.folder.chmod(0o777)
    assert store.get(key(1)) is None
    store.put(key(2), b"two")
    store.folder.chmod(0o700)
    assert store.get(key(2)) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_belongs_to_another_is_not_trusted(store):
    store.put(key(1), b"one")
    os.chown(entry(store, 1), 12345, 12345)
    assert store.get(key(1)) is None
    os.chown(entry(store, 1), 0, 0)
    assert store.get(key(1)) == b"one"
    os.chown(store.folder, 12345, 12345)
    assert store.get(key(1)) is None
    assert store.secret() is None
    assert store.clear() == Contents(0, 0)


def test_no_device_and_no_pipe_is_read(store):
    store.put(key(2), b"two")
    os.mkfifo(entry(store, 1), 0o600)
    assert store.get(key(1)) is None


def test_an_entry_of_any_size_is_not_swallowed(store):
    store.put(key(1), b"one")
    os.truncate(entry(store, 1), 1 << 40)
    assert store.get(key(1)) is None
    store.put(key(2), bytes(20 << 20))
    assert not entry(store, 2).exists()


def test_the_entries_used_longest_ago_make_room(tmp_path):
    store = ResultStore(tmp_path / "kept", most=10_000)
    for number in range(8):
        store.put(key(number), bytes(1000))
        os.utime(entry(store, number), (number, number))
    assert store.get(key(0)) is not None  # used now: it is the youngest
    for number in range(8, 11):
        store.put(key(number), bytes(1000))
    assert store.contents().size <= 10_000
    assert store.get(key(0)) is not None
    assert store.get(key(1)) is None
    assert store.get(key(10)) is not None


def test_the_bound_holds_whoever_wrote_before(tmp_path):
    for number in range(30):
        ResultStore(tmp_path / "kept", most=10_000).put(key(number), bytes(1000))
    assert store_size(tmp_path) <= 10_000


def store_size(tmp_path):
    return sum(path.stat().st_size for path in (tmp_path / "kept").iterdir())


def test_what_a_killed_process_left_is_removed(store):
    store.put(key(1), b"one")
    left = store.folder / f".{os.getpid()}-0123456789abcdef.tmp"
    left.write_bytes(b"half")
    ResultStore(store.folder).put(key(2), b"two")
    assert left.exists()  # it may be in the making
    os.utime(left, (0, 0))
    ResultStore(store.folder).put(key(3), b"three")
    assert not left.exists()


def _hammer(folder, number):
    store = ResultStore(folder, most=60_000)
    for turn in range(60):
        word = (number * 7 + turn) % 12
        store.put(key(word), str(word).encode() * 1000)
        for other in range(12):
            found = store.get(key(other))
            assert found is None or found == str(other).encode() * 1000
        store.secret()
    return store.secret()


def test_several_processes_use_it_at_once(tmp_path):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        secrets = pool.starmap(_hammer, [(tmp_path / "kept", number) for number in range(3)])
    assert len(set(secrets)) == 1
    assert not [path.name for path in (tmp_path / "kept").iterdir() if path.name.endswith(".tmp")]
    assert ResultStore(tmp_path / "kept").contents().entries > 0


def test_the_secret_stays_and_is_nobody_elses(store, tmp_path):
    secret = store.secret()
    assert len(secret) == 32
    assert ResultStore(store.folder).secret() == secret
    assert ResultStore(tmp_path / "other").secret() != secret
    (store.folder / "secret").write_bytes(b"short")
    assert len(store.secret()) == 32


def test_clearing_removes_what_is_ours_and_nothing_else(store):
    store.put(key(1), b"one")
    secret = store.secret()
    (store.folder / "thesis.tex").write_text("mine")
    assert store.clear().entries == 1
    assert [path.name for path in store.folder.iterdir()] == ["thesis.tex"]
    assert store.get(key(1)) is None
    assert store.secret() != secret


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        store = ResultStore(folder)
        store.put(key(1), b"one")
        assert store.get(key(1)) is None
        assert store.secret() is None
        assert store.contents() == store.clear() == Contents(0, 0)


def test_a_key_is_no_path(store):
    with pytest.raises(ValueError, match="passwd"):
        store.put("../../etc/passwd", b"")


def test_the_variable_names_the_folder(monkeypatch):
    monkeypatch.setenv("TITANIC_CHECKER_CACHE", "/nowhere/at/all")
    assert str(store_folder()) == "/nowhere/at/all"
    monkeypatch.delenv("TITANIC_CHECKER_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert str(store_folder()) == "/elsewhere/titanic-checker"

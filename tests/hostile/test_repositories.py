"""Repositories that are broken, odd or made to hurt: each gets a clear sentence, and nothing of theirs is executed."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from checker.errors import UsageError
from checker.facts.tree import Kind, TooLarge
from checker.intake.bounds import Bounds
from checker.locale import Speech
from checker.open_submission import open_submission
from tests.conftest import shell


@pytest.fixture(autouse=True, params=[True, False], ids=["own", "taken in"])
def own(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Both ways in are tried: that of the user's own work tree, and that of a stranger's."""
    monkeypatch.setattr("checker.open_submission.is_own_work_tree", lambda _path: request.param)
    return bool(request.param)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with one commit."""
    folder = tmp_path / "project"
    folder.mkdir()
    shell("git init -q -b main", folder)
    (folder / "titanic.ipynb").write_text("{}", encoding="utf-8")
    (folder / "train.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    commit(folder, "Start")
    return folder


def commit(folder: Path, message: str) -> None:
    shell(f"git add -A && git commit -q --no-verify -m '{message}'", folder)


def refusal(path: Path, **asked: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        open_submission(path, **asked)
    assert caught.value.exit_code == 2
    for language in ("en", "fr"):
        assert Speech(language).say(caught.value.cause)
        assert Speech(language).say(caught.value.remedy)
    return caught.value


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    assert "There is no" in str(refusal(tmp_path / "nowhere"))


def test_a_folder_without_git_says_how_to_make_it_a_repository(tmp_path: Path) -> None:
    assert "git init" in str(refusal(tmp_path))


def test_a_file_that_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    assert "neither a folder nor" in str(refusal(tmp_path / "notes.txt"))


def test_no_commit_yet(tmp_path: Path) -> None:
    shell("git init -q -b main", tmp_path)
    assert "no commit yet" in str(refusal(tmp_path))


def test_an_empty_bare_repository(tmp_path: Path) -> None:
    shell("git init -q --bare -b main empty.git", tmp_path)
    assert "no commit yet" in str(refusal(tmp_path / "empty.git"))


def test_head_that_names_a_branch_that_does_not_exist(project: Path) -> None:
    (project / ".git/HEAD").write_text("ref: refs/heads/gone\n", encoding="utf-8")
    error = refusal(project)
    assert "does not exist" in str(error)
    assert "git switch -f main" in str(error.remedy)


def test_head_that_is_garbage(project: Path) -> None:
    (project / ".git/HEAD").write_bytes(b"\0\xff garbage")
    assert "HEAD" in str(refusal(project))


def test_no_head_at_all(project: Path) -> None:
    (project / ".git/HEAD").unlink()
    assert "no file HEAD" in str(refusal(project))


def test_a_commit_whose_objects_are_lost(project: Path) -> None:
    tree = shell("git rev-parse HEAD^{tree}", project).strip()
    lost = project / ".git/objects" / tree[:2] / tree[2:]
    lost.chmod(0o644)
    lost.unlink()
    (project / ".git/index").unlink()
    assert "lacks objects" in str(refusal(project, commit="HEAD"))


def test_an_unknown_commit(project: Path) -> None:
    error = refusal(project, commit="no-such-thing")
    assert "no-such-thing" in str(error)
    assert "main" in str(error.remedy)


@pytest.mark.parametrize("name", ["--upload-pack=touch${IFS}x", "HEAD^{/(((((}", "main:..", "@{99999999}", "\0", ":/"])
def test_a_commit_named_with_ill_will(project: Path, name: str) -> None:
    refusal(project, commit=name)


@pytest.mark.parametrize(
    ("seconds", "year"), [("1757867400", 2025), ("0", 1970), ("99999999999999999", None), ("253402300800", None)]
)
def test_a_commit_of_an_impossible_date_has_none(project: Path, seconds: str, year: int | None) -> None:
    person = f"A Student <student@example.org> {seconds} +0200"
    lines = f"tree $(git rev-parse HEAD^{{tree}})\nauthor {person}\ncommitter {person}\n\nOdd\n"
    made = shell(f'printf "{lines}" | git hash-object -t commit -w --literally --stdin', project).strip()
    shell(f"git reset -q --hard {made}", project)
    with open_submission(project) as repository:
        found = repository.committed_at
    assert (found.year if found else None) == year


def test_bare(project: Path, tmp_path: Path) -> None:
    shell(f"git clone -q --bare {project} copy.git", tmp_path)
    with open_submission(tmp_path / "copy.git") as bare, open_submission(project) as whole:
        assert bare.tree().id == whole.tree().id
        assert not bare.work_tree
        assert bare.branch == "main"
        assert bare.tree().read("train.csv") == b"a,b\n1,2\n"


def test_shallow(project: Path, tmp_path: Path) -> None:
    (project / "more").write_text("x", encoding="utf-8")
    commit(project, "More")
    shell(f"git clone -q --depth 1 file://{project} shallow", tmp_path)
    with open_submission(tmp_path / "shallow") as shallow:
        assert shallow.shallow
        assert [found.message for found in shallow.commits(shallow.head or "")] == ["More\n"]


def test_a_partial_clone_says_what_to_do(project: Path, tmp_path: Path) -> None:
    shell("git config uploadpack.allowFilter true", project)
    shell(f"git clone -q --bare --filter=blob:none file://{project} partial.git", tmp_path)
    assert "--filter" in str(refusal(tmp_path / "partial.git").remedy)


def test_borrowed_objects_are_not_looked_up(project: Path, tmp_path: Path) -> None:
    shell(f"git clone -q --shared {project} borrower", tmp_path)
    assert "--shared" in str(refusal(tmp_path / "borrower").remedy)


def test_detached(project: Path) -> None:
    shell("git checkout -q --detach", project)
    with open_submission(project) as submission:
        assert submission.branch is None
        assert submission.head


def test_a_linked_work_tree_is_followed_where_it_is_ones_own(project: Path, tmp_path: Path, own: bool) -> None:
    shell(f"git worktree add -q -b nettoyage {tmp_path / 'linked'}", project)
    if not own:
        assert ".git is a file" in str(refusal(tmp_path / "linked"))
        return
    with open_submission(tmp_path / "linked") as submission:
        assert submission.branch == "nettoyage"
        assert "train.csv" in submission.tree()


def test_a_submodule_is_named_and_never_entered(project: Path, tmp_path: Path) -> None:
    shell(f"git clone -q {project} other", tmp_path)
    shell(f"git -c protocol.file.allow=always submodule --quiet add {tmp_path / 'other'} part", project)
    commit(project, "Add a part")
    with open_submission(project) as submission:
        assert submission.tree().entries["part"].kind is Kind.SUBMODULE
        assert not any(path.startswith("part/") for path in submission.tree().entries)
        with pytest.raises(KeyError):
            submission.tree().read("part")


def test_a_repository_within(project: Path) -> None:
    shell("git init -q inner && cd inner && touch x && git add x && git commit -q -m x", project)
    shell("git init -q hollow && touch hollow/x", project)
    with open_submission(project) as submission:
        assert submission.tree().entries["inner"].kind is Kind.SUBMODULE
        assert "hollow/x" not in submission.tree()
        notes = " ".join(str(note) for note in submission.notes)
        assert "inner is a repository of its own" in notes
        assert "hollow is a repository of its own without a commit" in notes


@pytest.mark.parametrize("committed", [True, False])
def test_a_link_to_the_password_file_stays_a_link(project: Path, committed: bool) -> None:
    (project / "config.yaml").symlink_to("/etc/passwd")
    (project / "folder").symlink_to("/etc")
    if committed:
        commit(project, "Link")
    with open_submission(project, **({"commit": "HEAD"} if committed else {})) as submission:
        tree = submission.tree()
        entry = tree.entries["config.yaml"]
        assert entry.kind is Kind.LINK
        assert tree.fetch(entry) == b"/etc/passwd"
        assert "folder/passwd" not in tree
        with pytest.raises(KeyError):
            tree.read("config.yaml")


def test_a_folder_replaced_by_a_link_is_not_followed(project: Path) -> None:
    (project / "data").mkdir()
    (project / "data/hostname").write_text("mine", encoding="utf-8")
    commit(project, "Data")
    (project / "data/hostname").unlink()
    (project / "data").rmdir()
    (project / "data").symlink_to("/etc")
    with open_submission(project) as submission:
        assert "data/hostname" not in submission.tree()
        assert submission.tree().entries["data"].kind is Kind.LINK


def test_pipes_and_sockets_are_no_files(project: Path) -> None:
    os.mkfifo(project / "pipe")
    with open_submission(project) as submission:
        assert "pipe" not in submission.tree()


@pytest.mark.timeout(20)
@pytest.mark.parametrize("place", [".gitignore", "src/.gitattributes", ".git/config", ".git/refs/heads/x", ".git/HEAD"])
@pytest.mark.parametrize("linked", [True, False])
def test_a_pipe_that_git_would_wait_for_is_refused(
    project: Path, tmp_path: Path, place: str, linked: bool, own: bool
) -> None:
    (project / "src").mkdir()
    (project / place).unlink(missing_ok=True)
    os.mkfifo(tmp_path / "pipe")
    (project / place).symlink_to(tmp_path / "pipe") if linked else os.mkfifo(project / place)
    if own or not linked:
        assert "is a pipe" in str(refusal(project))
    elif place.startswith(".git/"):
        assert "leads out of the repository" in str(refusal(project))
    else:  # what is taken in sees nothing of the folder beside
        with open_submission(project) as submission:
            assert submission.tree().entries[place].kind is Kind.LINK


@pytest.mark.slow
@pytest.mark.parametrize("committed", [True, False])
def test_a_file_of_200_megabytes_is_listed_and_not_read(project: Path, committed: bool) -> None:
    with (project / "huge.bin").open("wb") as file:
        file.truncate(200_000_000)
    if committed:
        commit(project, "Huge")
    started = time.process_time()
    with open_submission(project) as submission:
        assert submission.tree().entries["huge.bin"].size == 200_000_000
        with pytest.raises(TooLarge):
            submission.tree().read("huge.bin")
    assert time.process_time() - started < 5


def test_names_that_are_not_utf8(project: Path) -> None:
    names = [b"caf\xe9.py", b"-rf", b"$(x)", b"a\nb", "\u202eexe.py".encode(), b"x" * 200, b"CON"]
    for name in names:
        (project / os.fsdecode(name)).write_bytes(name)
    with open_submission(project) as submission:
        on_disk = {name: submission.tree().read(os.fsdecode(name)) for name in names}
    commit(project, "Odd names")
    with open_submission(project, commit="HEAD") as submission:
        committed = {name: submission.tree().read(os.fsdecode(name)) for name in names}
    assert on_disk == committed == {name: name for name in names}


def test_names_that_differ_in_case_are_both_there(project: Path) -> None:
    (project / "Main.py").write_text("1", encoding="utf-8")
    (project / "main.py").write_text("2", encoding="utf-8")
    with open_submission(project) as submission:
        assert submission.tree().read("Main.py") != submission.tree().read("main.py")


def test_names_that_git_would_never_write_are_left_out(project: Path) -> None:
    blob = shell("git hash-object -w train.csv", project).strip()
    lines = b"".join(b"100644 " + name + b"\0" + bytes.fromhex(blob) for name in (b"..", b".git", b"a/b", b"train.csv"))
    raw = (
        subprocess.run(
            ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"],
            cwd=project,
            input=lines,
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .strip()
    )
    made = shell(f"git commit-tree {raw} -m evil", project).strip()
    with open_submission(project, commit=made) as submission:
        assert set(submission.tree().entries) == {"train.csv"}
        assert "Left out because of its name" in str(submission.notes[0])


@pytest.mark.slow
def test_a_tree_that_repeats_itself_without_end_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.repository.repository.MOST_FILES", 20_000)
    blob = shell("git hash-object -w train.csv", project).strip()
    lines = "".join(f"100644 blob {blob}\tf{number}\n" for number in range(10))
    for _ in range(9):
        tree = subprocess.run(
            ["git", "mktree"], cwd=project, input=lines, capture_output=True, check=True, text=True
        ).stdout.strip()
        lines = "".join(f"040000 tree {tree}\td{number}\n" for number in range(10))
    bomb = shell(f"git commit-tree {tree} -m bomb", project).strip()
    started = time.process_time()
    assert "more than" in str(refusal(project, commit=bomb))
    assert time.process_time() - started < 20


@pytest.mark.slow
def test_30000_files_of_an_environment_are_read_quickly(project: Path) -> None:
    head = shell("git rev-parse HEAD", project).strip()
    blob = shell("git hash-object -w train.csv", project).strip()
    paths = (f".venv/lib/python3.11/site-packages/p{number % 100}/m{number}.py" for number in range(30_000))
    stream = "commit refs/heads/main\ncommitter A <a@example.org> 1790000000 +0000\ndata 4\nvenv\n"
    stream += f"from {head}\n" + "".join(f"M 100644 {blob} {path}\n" for path in paths)
    subprocess.run(["git", "fast-import", "--quiet"], cwd=project, input=stream, text=True, check=True)
    started = time.process_time()
    with open_submission(project, commit="main") as submission:
        assert len(submission.tree().entries) == 30_002
    assert time.process_time() - started < 3


def test_nothing_of_the_repository_is_executed(project: Path, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n", encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    included = tmp_path / "included"
    included.write_text(f"[core]\n\tfsmonitor = {script}\n", encoding="utf-8")
    for key, value in {
        "core.fsmonitor": str(script),
        "core.hooksPath": str(tmp_path),
        "core.sshCommand": str(script),
        "core.gitProxy": str(script),
        "core.pager": str(script),
        "core.editor": str(script),
        "core.attributesFile": str(included),
        "diff.external": str(script),
        "filter.evil.clean": str(script),
        "filter.evil.smudge": str(script),
        "filter.evil.process": str(script),
        "filter.evil.required": "true",
        "include.path": str(included),
        "credential.helper": str(script),
        "alias.status": f"!{script}",
        "gpg.program": str(script),
        "remote.origin.url": f"ext::{script}",
        "uploadpack.packObjectsHook": str(script),
    }.items():
        shell(f"git config --local '{key}' '{value}'", project)
    for hook in ("post-index-change", "pre-commit", "post-checkout", "reference-transaction", "fsmonitor-watchman"):
        (project / ".git/hooks").mkdir(exist_ok=True)
        (project / f".git/hooks/{hook}").write_bytes(script.read_bytes())
        (project / f".git/hooks/{hook}").chmod(0o755)
    (project / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n", encoding="utf-8")
    (project / "train.csv").write_text("changed\n", encoding="utf-8")
    (project / "new.py").write_text("x = 1\n", encoding="utf-8")
    mark.unlink(missing_ok=True)
    with open_submission(project) as submission:
        tree = submission.tree()
        for path, entry in tree.entries.items():
            if entry.is_file:
                tree.read(path)
        list(submission.commits(submission.head or ""))
        submission.references()
        submission.remotes()
        submission.ignored_here("anything")
        submission.tree_of(submission.head or "")
        assert "new.py" in submission.not_committed
    assert not mark.exists()


def test_a_working_folder_elsewhere_is_not_believed(project: Path) -> None:
    shell("git config core.worktree /etc", project)
    with open_submission(project) as submission:
        assert "passwd" not in submission.tree()
        assert "train.csv" in submission.tree()


def test_rules_of_the_user_ignore_nothing(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home/.config/git").mkdir(parents=True)
    (tmp_path / "home/.config/git/ignore").write_text("*.py\n", encoding="utf-8")
    (tmp_path / "home/.gitconfig").write_text(
        f"[core]\n\texcludesFile = {tmp_path / 'home/.config/git/ignore'}\n", encoding="utf-8"
    )
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home/.config"))
    (project / "main.py").write_text("x = 1\n", encoding="utf-8")
    with open_submission(project) as submission:
        assert "main.py" in submission.tree()


def test_reading_writes_nothing(project: Path) -> None:
    (project / "new.py").write_text("x = 1\n", encoding="utf-8")
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*")}
    with open_submission(project) as submission:
        submission.tree()
        submission.tree_hash(submission.head or "", leave_out="train.csv")
    assert {path: path.stat().st_mtime_ns for path in project.rglob("*")} == before


# Archives


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_an_archive_with_its_history(project: Path, tmp_path: Path, scratch: Path) -> None:
    for name, line in {"x.zip": "python3 -m zipfile -c ../x.zip .", "x.tar.gz": "tar czf ../x.tar.gz ."}.items():
        shell(line, project)
        with open_submission(tmp_path / name) as submission, open_submission(project) as folder:
            assert submission.head == folder.head
            assert submission.tree().id == folder.tree().id
            assert submission.git_folder is None
        assert not list(scratch.iterdir())


def test_an_archive_of_the_files_alone(project: Path, tmp_path: Path) -> None:
    (project / ".gitignore").write_text("ignored.txt\n", encoding="utf-8")
    commit(project, "Ignore")
    shell("git archive --prefix=titanic-main/ -o ../x.zip HEAD", project)
    with open_submission(tmp_path / "x.zip") as submission:
        assert set(submission.tree().entries) == {".gitignore", "titanic.ipynb", "train.csv"}
        assert submission.head is None
        assert not submission.dirty
    assert "no history" in str(refusal(tmp_path / "x.zip", commit="HEAD"))


@pytest.mark.parametrize("name", ["../outside", "/etc/x", "a/../../b", "..\\x", "C:\\x", "a\\..\\..\\x"])
def test_a_zip_that_reaches_outside(tmp_path: Path, name: str) -> None:
    assert "outside" in str(refusal(zipped(tmp_path / "x.zip", {"main.py": b"", name: b"x"})))


@pytest.mark.parametrize("name", ["../outside", "/etc/x"])
def test_a_tar_that_reaches_outside(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as file:
        file.addfile(tarfile.TarInfo(name), io.BytesIO())
    assert "outside" in str(refusal(tmp_path / "x.tar"))


def test_a_tar_that_writes_through_its_own_link(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    with tarfile.open(tmp_path / "x.tar", "w") as file:
        link = tarfile.TarInfo("way")
        link.type, link.linkname = tarfile.SYMTYPE, str(target)
        file.addfile(link)
        inner = tarfile.TarInfo("way/evil")
        inner.size = 4
        file.addfile(inner, io.BytesIO(b"evil"))
        hard = tarfile.TarInfo("hard")
        hard.type, hard.linkname = tarfile.LNKTYPE, "/etc/passwd"
        file.addfile(hard)
        device = tarfile.TarInfo("device")
        device.type = tarfile.CHRTYPE
        file.addfile(device)
    with open_submission(tmp_path / "x.tar") as submission:
        assert not list(target.iterdir())
        assert "hard" not in submission.tree()
        assert "device" not in submission.tree()
        said = " ".join(str(note) for note in submission.notes)
        assert "hard" in said
        assert "device" in said


def test_a_zip_that_grows_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.intake.taking.BOUNDS", Bounds(unpacked=10_000_000))
    assert "too large" in str(refusal(zipped(tmp_path / "x.zip", {"a": bytes(20_000_000)})))


def test_a_zip_with_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.intake.taking.BOUNDS", Bounds(members=50))
    members = {f"f{number}": b"" for number in range(60)}
    assert "too large" in str(refusal(zipped(tmp_path / "x.zip", members)))


def test_a_damaged_archive(project: Path, tmp_path: Path) -> None:
    shell("tar czf ../x.tar.gz .", project)
    whole = (tmp_path / "x.tar.gz").read_bytes()
    (tmp_path / "x.tar.gz").write_bytes(whole[: len(whole) // 2])
    assert "cannot be unpacked" in str(refusal(tmp_path / "x.tar.gz"))
    damaged = zipped(tmp_path / "x.zip", {"a": b"x" * 10_000})
    content = bytearray(damaged.read_bytes())
    content[40] ^= 0xFF
    damaged.write_bytes(bytes(content))
    refusal(damaged)


def test_a_pointer_instead_of_the_git_folder_is_not_followed(project: Path, tmp_path: Path) -> None:
    made = zipped(tmp_path / "x.zip", {".git": f"gitdir: {project}/.git".encode(), "main.py": b"x = 1\n"})
    with open_submission(made) as submission:
        assert submission.head is None
        assert set(submission.tree().entries) == {"main.py"}


# The project's place


def test_the_project_in_a_sub_folder_is_found(project: Path) -> None:
    (project / "titanic").mkdir()
    shell("git mv titanic.ipynb train.csv titanic/ && touch README.md", project)
    commit(project, "Move")
    for start in (project, project / "titanic"):
        with open_submission(start) as submission:
            assert submission.folder == "titanic"
            assert set(submission.tree().entries) == {"titanic.ipynb", "train.csv"}
            assert submission.tree().read("train.csv") == b"a,b\n1,2\n"
            assert "titanic/train.csv" in submission.whole()


def test_two_projects_are_told_apart_by_the_folder_that_is_named(project: Path) -> None:
    for name in ("one", "two"):
        (project / name).mkdir()
        (project / name / "titanic.ipynb").write_text("{}", encoding="utf-8")
    (project / "titanic.ipynb").unlink()
    assert "one, two" in str(refusal(project))
    with open_submission(project / "two") as submission:
        assert submission.folder == "two"


def test_notebooks_in_their_folder_make_no_project_of_it(project: Path) -> None:
    (project / "notebooks").mkdir()
    shell("git mv titanic.ipynb notebooks/", project)
    with open_submission(project / "notebooks") as submission:
        assert submission.folder == ""


# What git add -A && git commit would give


def test_the_working_folder_is_what_git_would_commit(project: Path) -> None:
    (project / ".gitignore").write_text("*.log\n", encoding="utf-8")
    (project / "a.log").write_text("ignored", encoding="utf-8")
    (project / "b.py").write_text("new", encoding="utf-8")
    (project / "run.sh").write_text("new", encoding="utf-8")
    (project / "run.sh").chmod(0o755)
    (project / "train.csv").unlink()
    (project / "titanic.ipynb").write_text("changed", encoding="utf-8")
    with open_submission(project) as submission:
        seen = submission.tree()
        assert submission.not_committed == (".gitignore", "b.py", "run.sh", "titanic.ipynb", "train.csv")
        assert submission.untracked == {".gitignore", "b.py", "run.sh"}
        assert submission.ignored_here("a.log")
        assert not submission.ignored_here("b.py")
        contents = {path: (entry.kind, seen.read(path)) for path, entry in seen.entries.items()}
    commit(project, "All")
    with open_submission(project, commit="HEAD") as submission:
        tree = submission.tree()
        assert {path: (entry.kind, tree.read(path)) for path, entry in tree.entries.items()} == contents
        assert tree.id == seen.id
        assert not submission.dirty


def test_line_ends_that_git_converts_are_no_change(project: Path) -> None:
    (project / "train.csv").write_bytes(b"a,b\r\n1,2\r\n")
    with open_submission(project) as submission:
        assert "train.csv" not in submission.not_committed

"""The checker's own bare repository: made, repaired after a kill, and laid out as the student's clone would be."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pygit2

from checker import archive
from checker.classroom.cloning.bounds import FetchBounds
from checker.classroom.cloning.git import Git, GitEnd

HEADS = "refs/heads/"
OF_ORIGIN = "refs/remotes/origin/"


@dataclass(frozen=True, slots=True)
class BareRepository:
    """The bare repository in *folder*, which no other program writes to."""

    folder: Path

    @property
    def is_full(self) -> bool:
        """True if the repository exists and no file was left out of its history."""
        try:
            return "promisor" not in (self.folder / "config").read_text(encoding="utf-8")
        except OSError:
            return False

    def prepare(self, url: str, *, full: bool, bounds: FetchBounds) -> None:
        """Create the repository if it does not exist, and remove the remains of a killed git.

        The caller holds the repository's lock. Nothing of *url* may be secret. Raises OSError.
        """
        if self.folder.is_symlink() or (self.folder.exists() and not self._is_whole()):
            archive.remove(self.folder)
        if full and self.folder.exists() and not self.is_full:
            archive.remove(self.folder)
        full = full or self.is_full
        if not self.folder.exists():
            beside = self.folder.with_name(f"{self.folder.name}.new")
            archive.remove(beside)
            for name in ("objects/info", "objects/pack", "refs/heads", "refs/remotes"):
                (beside / name).mkdir(parents=True)
            _write(beside / "HEAD", f"ref: {HEADS}main\n")
            _write(beside / "config", _configuration(url, full=full, bounds=bounds))
            beside.rename(self.folder)
        self._tidy()
        _write(self.folder / "config", _configuration(url, full=full, bounds=bounds))

    def references(self) -> Mapping[str, str]:
        """All references: full name to commit id."""
        git = pygit2.Repository(str(self.folder), pygit2.enums.RepositoryOpenFlag.NO_SEARCH)
        try:
            commits: dict[str, str] = {}
            for raw in git.raw_listall_references():
                name = raw.decode("utf-8", "surrogateescape")
                target = git.lookup_reference(name).target
                if not isinstance(target, str):
                    commits[name] = str(target)
            return commits
        finally:
            git.free()

    def lay_out(self, git: Git, branch: str, tip: str, default_branch: str) -> GitEnd:
        """Set one local branch, *branch* at *tip*, and origin's default branch, as ``git clone --branch`` does."""
        others = [name for name in self.references() if name.startswith(HEADS) and name != HEADS + branch]
        # removed first, then written: a branch may lie where another was a folder
        end = self._change(git, [f"delete {name}\0\0" for name in others])
        if end.succeeded:
            end = self._change(git, [f"update {HEADS}{branch}\0{tip}\0\0"])
        if end.succeeded:
            end = git.run(("symbolic-ref", "HEAD", HEADS + branch))
        if end.succeeded and default_branch:
            end = git.run(("symbolic-ref", f"{OF_ORIGIN}HEAD", OF_ORIGIN + default_branch))
        return end

    def _change(self, git: Git, lines: list[str]) -> GitEnd:
        return git.run(("update-ref", "-z", "--stdin"), "".join(lines).encode("utf-8", "surrogateescape"))

    def _is_whole(self) -> bool:
        return all((self.folder / name).exists() for name in ("HEAD", "config", "objects/pack", "refs"))

    def _tidy(self) -> None:
        """Remove locks and half-written packs. Their writer has ended, since this process holds the lock."""
        for place, _, names in os.walk(self.folder):
            for name in names:
                if name.endswith((".lock", ".new")) or name.startswith("tmp_"):
                    Path(place, name).unlink(missing_ok=True)
        for folder in (self.folder / "objects").glob("tmp_*"):
            archive.remove(folder)  # the quarantine folder of a push or fetch
        pointer = self.folder / "refs" / "remotes" / "origin" / "HEAD"
        if pointer.is_file() and not pointer.stat().st_size:
            pointer.unlink()


def _configuration(url: str, *, full: bool, bounds: FetchBounds) -> str:
    quoted = url.replace("\\", "\\\\").replace('"', '\\"')
    lines = ["[core]", "\trepositoryformatversion = 0", "\tbare = true", '[remote "origin"]', f'\turl = "{quoted}"']
    if not full:
        lines += ["\tpromisor = true", f"\tpartialclonefilter = blob:limit={bounds.left_out_from}"]
    return "\n".join((*lines, ""))


def _write(path: Path, content: str) -> None:
    """Write a file, whole or not at all."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)

"""A bare repository of ours: made, put in order after a kill, and laid out as a clone of the student's is."""

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
    """The bare repository in *folder*, which is ours alone."""

    folder: Path

    @property
    def is_full(self) -> bool:
        """Whether it is there, and no file was left out of its history."""
        try:
            return "promisor" not in (self.folder / "config").read_text(encoding="utf-8")
        except OSError:
            return False

    def prepare(self, url: str, *, full: bool, bounds: FetchBounds) -> None:
        """Make it, where it is not there, and take away what a killed git has left in it. Raises OSError.

        To be called by whoever has its lock. Nothing of *url* may be secret.
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
        """All references by their full names, with the ids that they stand for."""
        git = pygit2.Repository(str(self.folder), pygit2.enums.RepositoryOpenFlag.NO_SEARCH)
        try:
            found: dict[str, str] = {}
            for raw in git.raw_listall_references():
                name = raw.decode("utf-8", "surrogateescape")
                target = git.lookup_reference(name).target
                if not isinstance(target, str):
                    found[name] = str(target)
            return found
        finally:
            git.free()

    def lay_out(self, git: Git, branch: str, tip: str, default_branch: str) -> GitEnd:
        """Give it one branch of its own, *branch* at *tip*, and origin's default, as ``git clone --branch`` does."""
        others = [name for name in self.references() if name.startswith(HEADS) and name != HEADS + branch]
        # the one after the other: a branch may lie where another was a folder
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
        """Remove locks and half-written packs: whoever made them is gone, since the lock is ours."""
        for place, _, names in os.walk(self.folder):
            for name in names:
                if name.endswith((".lock", ".new")) or name.startswith("tmp_"):
                    Path(place, name).unlink(missing_ok=True)
        for left in (self.folder / "objects").glob("tmp_*"):
            archive.remove(left)  # the quarantine folder of a push or fetch
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

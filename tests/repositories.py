"""Repositories of git, made without a process for each step of it."""

from __future__ import annotations

from pathlib import Path

import pygit2

from tests.conftest import GIT_IDENTITY

AUTHOR = (GIT_IDENTITY["GIT_AUTHOR_NAME"], GIT_IDENTITY["GIT_AUTHOR_EMAIL"])


def commit_all(folder: Path, message: str = "Work", branch: str = "main") -> str:
    """Commit what is in *folder*, as ``git add -A`` and ``git commit`` do it; the id of the commit.

    Where there is no repository, one is made, on *branch*.
    """
    known = (folder / ".git").exists()
    git = pygit2.Repository(folder) if known else pygit2.init_repository(folder, initial_head=branch)
    git.index.add_all()
    git.index.write()
    parents = [] if git.head_is_unborn else [git.head.target]
    who = pygit2.Signature(*AUTHOR)
    return str(git.create_commit("HEAD", who, who, f"{message}\n", git.index.write_tree(), parents))

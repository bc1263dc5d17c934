"""The judged commit: that of HEAD, or a named one."""

from __future__ import annotations

from pathlib import Path

import pygit2

from checker.errors import UsageError
from checker.model import text
from checker.repository.git_folder import common_folder
from checker.repository.refusals import missing_objects


def head_commit(git: pygit2.Repository, asked: Path) -> tuple[str, str | None]:
    """The commit of HEAD and its branch. Raises UsageError where there is no commit."""
    try:
        if not git.head_is_unborn:
            branch = None if git.head_is_detached else git.head.name.removeprefix("refs/heads/")
            return _commit_of(git.head), branch
    except (KeyError, ValueError, pygit2.GitError) as error:
        if (common_folder(git) / "objects" / "info" / "alternates").is_file():
            raise missing_objects(error) from error
        raise _broken_head(git, str(error)) from error
    if _branches(git):
        raise _broken_head(git, "it names a branch that does not exist")
    raise UsageError(
        text("The repository {path} has no commit yet.", path=str(asked)),
        text("Record what you have: git add -A && git commit -m 'Start of the exercise'."),
    )


def _commit_of(head: pygit2.Reference) -> str:
    """The commit of a reference. Raises UsageError where the commit is missing or damaged."""
    try:
        return str(head.peel(pygit2.Commit).id)
    except (KeyError, ValueError, pygit2.GitError) as error:
        raise missing_objects(error) from error


def named_commit(git: pygit2.Repository, name: str) -> tuple[str, str | None]:
    try:
        commit = git.revparse_single(name).peel(pygit2.Commit)
    except (KeyError, ValueError, pygit2.GitError, UnicodeError) as error:
        raise UsageError(
            text("The repository has no commit {name}.", name=name),
            text("See what there is: git log --oneline --all. Its branches: {branches}.", branches=_branches(git)),
        ) from error
    for prefix in ("refs/heads/", "refs/remotes/origin/"):
        try:
            git.lookup_reference(prefix + name.removeprefix("origin/"))
        except (KeyError, ValueError, pygit2.GitError):
            continue
        return str(commit.id), name.removeprefix("origin/")
    return str(commit.id), None


def _branches(git: pygit2.Repository) -> tuple[str, ...]:
    try:
        return tuple(raw.decode("utf-8", "surrogateescape") for raw in git.raw_listall_branches())[:10]
    except (ValueError, pygit2.GitError):
        return ()


def _broken_head(git: pygit2.Repository, reason: str) -> UsageError:
    remedy = text("Clone the repository again, and copy your files into the new folder.")
    if branches := _branches(git):
        remedy = text("Switch to a branch that exists: git switch -f {branch}.", branch=branches[0])
    return UsageError(text("HEAD of the repository cannot be read ({reason}).", reason=reason), remedy)

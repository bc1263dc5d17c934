"""Make the branch that a class gets its starters from: the template alone, with no answer in it or in its history.

``python tools/student_edition.py`` takes what is committed. Beside the solutions, the tests hold answers too, and any
earlier commit would give them away: so the branch holds only what cookiecutter needs, and shares no commit with others.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = (
    "LICENSE",
    "cookiecutter.json",
    "hooks",
    "checker/__init__.py",
    "checker/solution_overlay.py",
    "{{cookiecutter.project_slug}}",
)


def git(*arguments: str, repository: Path, index: Path | None = None, given: str = "") -> str:
    """The output of this git command. Raises CalledProcessError if it fails."""
    environment = os.environ | ({"GIT_INDEX_FILE": str(index)} if index else {})
    done = subprocess.run(
        ["git", *arguments], cwd=repository, env=environment, input=given, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()


def tip_of(branch: str, repository: Path) -> str | None:
    """The commit of a branch, if there is such a branch."""
    return git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}", repository=repository) or None


def make_branch(repository: Path, branch: str) -> str:
    """Make the commit of the branch, and return it: a new one, or the present one if nothing has changed."""
    entries = git("ls-tree", "-r", "HEAD", "--", *KEPT, repository=repository)
    with tempfile.TemporaryDirectory() as own:
        index = Path(own) / "index"
        git("update-index", "--index-info", repository=repository, index=index, given=entries + "\n")
        tree = git("write-tree", repository=repository, index=index)
    tip = tip_of(branch, repository)
    if tip and git("rev-parse", f"{tip}^{{tree}}", repository=repository) == tree:
        return tip
    parents = ("-p", tip) if tip else ()
    commit = git("commit-tree", tree, *parents, "-m", "The template, for students", repository=repository)
    git("update-ref", f"refs/heads/{branch}", commit, repository=repository)
    return commit


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--branch", default="student-edition", help="its name (default: %(default)s)")
    parser.add_argument("--repository", type=Path, default=ROOT, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    try:
        commit = make_branch(arguments.repository, arguments.branch)
    except subprocess.CalledProcessError:
        return 1  # git has printed the reason
    print(f"{arguments.branch} is at {commit[:12]}: push it alone, to a repository of its own.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

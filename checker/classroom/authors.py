"""The number of commits of each author of a repository: a fact for the graders of a pair, and never a penalty."""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

_SECONDS = 20
_MOST_COMMITS = 20_000
_MOST_AUTHORS = 20
_LONGEST = 100


def commits_by_author(repository: Path, commit: str) -> Mapping[str, int]:
    """The number of commits that lead to *commit*, merges not counted, by the name of their author, most first.

    Empty if *repository* is an archive, or if git does not read it in time.
    """
    if not repository.is_dir() or not re.fullmatch(r"[0-9a-f]{40,64}", commit):
        return {}
    options = ["--no-merges", f"--max-count={_MOST_COMMITS}", "--format=%aN", "--no-mailmap"]
    path = os.environ.get("PATH", os.defpath)
    variables = {"PATH": path, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    try:
        result = subprocess.run(
            ["git", f"--git-dir={repository}", "log", *options, commit, "--"],
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    names = (line.strip()[:_LONGEST] for line in result.stdout.decode("utf-8", "replace").splitlines())
    return dict(Counter(name for name in names if name).most_common(_MOST_AUTHORS))

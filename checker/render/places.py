"""Places for a forge: relative to the root of the repository, also for a project in a sub-folder."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from checker.model import Location, Report


def in_repository(where: Location, report: Report) -> Location:
    """*where*, which is relative to the project's folder, relative to the root of its repository instead.

    A place above the root, which only a forged report can have, is not changed.
    """
    folder = report.submission.folder
    if not folder:
        return where
    path = posixpath.normpath(posixpath.join(folder, where.path))
    return where if path.startswith(("/", "../")) or path == ".." else replace(where, path=path)

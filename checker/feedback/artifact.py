"""The report in the artifact of a run. A student may have made it: all of its content is validated."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from dataclasses import replace

from checker.errors import ReportError
from checker.feedback.errors import UntrustedArtifact
from checker.model import Report, Trust, text
from checker.stored_report import LARGEST, read

NAME = "checker-report"
"""The name of the artifact."""

ENTRY = "report.json"
LARGEST_ARCHIVE = 4_000_000
"""Bytes of an archive; a report is compressed to a tenth of its size."""
TOO_LARGE = text("The artifact is larger than any report.")

_UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, NotImplementedError)


def report_in(archive: bytes, commit: str) -> Report:
    """The report in a zip *archive*, about this *commit*. Raises UntrustedArtifact."""
    return report_about(_entry(archive), frozenset({commit}))


def report_about(content: bytes, commits: frozenset[str]) -> Report:
    """The report in *content*, about one of these *commits*, with the trust level of continuous integration.

    Raises UntrustedArtifact.
    """
    try:
        report = read(content)
    except ReportError as error:
        raise UntrustedArtifact(error.cause) from error
    if report.submission.commit not in commits:
        raise UntrustedArtifact(
            text(
                "The report is about the commit {stated}, the run about {commit}.",
                stated=(report.submission.commit or "-")[:8],
                commit=", ".join(commit[:8] for commit in sorted(commits)),
            )
        )
    return replace(report, trust=Trust.CI)


def _entry(archive: bytes) -> bytes:
    """The bytes of the report, up to one more than the maximum, whatever size the archive states."""
    if len(archive) > LARGEST_ARCHIVE:
        raise UntrustedArtifact(TOO_LARGE)
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened, opened.open(ENTRY) as entry:
            return entry.read(LARGEST + 1)
    except KeyError as error:
        raise UntrustedArtifact(text("The artifact holds no {name}.", name=ENTRY)) from error
    except (*_UNREADABLE, RuntimeError) as error:
        # zipfile raises RuntimeError for an encrypted member
        raise UntrustedArtifact(text("The artifact is no archive that can be read.")) from error

"""The refusals of repositories that cannot be read, as UsageError with a sentence and a remedy."""

from __future__ import annotations

from pathlib import Path

from checker.errors import UsageError
from checker.model import text
from checker.repository.bounds import MOST_FILES, MOST_UNPACKED


def not_a_submission(asked: Path) -> UsageError:
    """The refusal of a file that is neither a folder nor an archive."""
    return UsageError(
        text("{path} is neither a folder nor a zip or tar archive.", path=str(asked)),
        text("Give the folder of the project."),
    )


def pipe_refused(path: str) -> UsageError:
    return UsageError(
        text("{path} is a pipe, and reading it would never end.", path=path),
        text("Remove it, and put a file in its place."),
    )


def unreadable(asked: Path, reason: str) -> UsageError:
    """The refusal of a damaged git folder."""
    return UsageError(
        text("The folder .git of {path} is there, but git cannot read it ({reason}).", path=str(asked), reason=reason),
        text("Clone the repository again, and copy your files into the new folder."),
    )


def too_new(reason: str) -> UsageError | None:
    """The refusal of a format that libgit2 lacks, and a new clone would have again; None for any other *reason*."""
    if "object format" in reason:
        return UsageError(
            text("The repository names its objects by SHA-256, which cannot be read here."),
            text(
                'Convert it: git -c init.defaultRefFormat=files init --object-format=sha1 -b "$(git branch '
                '--show-current)" ../converted && git fast-export --all | git -C ../converted fast-import && git -C '
                "../converted reset --hard. Then work in ../converted."
            ),
        )
    if "refstorage" in reason:
        return UsageError(
            text("The repository keeps its branches in the format reftable, which cannot be read here."),
            text("Convert it: git refs migrate --ref-format=files (git 2.46 or newer)."),
        )
    return None


def missing_objects(error: Exception) -> UsageError:
    """The refusal of a repository whose objects are missing."""
    reason = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return UsageError(
        text("The repository lacks objects that its commits name ({reason}).", reason=reason),
        text("Clone it again in full: without --filter, --reference and --shared."),
    )


def too_many_files() -> UsageError:
    return UsageError(
        text("The repository holds more than {number} files.", number=MOST_FILES),
        text("Take out what a program made (git rm -r --cached FOLDER), and commit."),
    )


def too_heavy_files() -> UsageError:
    return UsageError(
        text("The files of the repository hold more than {size} GB together.", size=MOST_UNPACKED // 1_000_000_000),
        text("Take data and environments out of it (git rm -r --cached FOLDER), and commit."),
    )

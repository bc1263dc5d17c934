"""What pip, uv, conda, apt and a compiler say in a build that they end: typical failures, each with its sentence."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model import Text, text

# uv breaks its lines at 80 columns
_UV_LACKS = (
    r"Because\s+(?P<name>\S+)\s+was\s+not\s+found\s+in\s+the\s+package\s+registry"
    r"|Because\s+there\s+(?:is|are)\s+no\s+versions?\s+of\s+(?P<name2>\S+)"
    r"|Because\s+only\s+(?P<name3>[\w.-]+)\S*\s+is\s+available"
)
_UV_PYTHON = (
    r"Because\s+the\s+(?:current|requested)\s+Python\s+version\s+\([^)]*\)\s+does\s+not\s+satisfy"
    r"|has\s+no\s+wheels\s+with\s+a\s+matching\s+Python|has\s+no\s+usable\s+wheels"
)
_CONDA_LACKS = (
    r"(?:PackagesNotFoundError|ResolvePackageNotFound):[^\n]{0,300}\s+- (?P<name>\S+)"
    r"|nothing provides requested (?P<name2>[^\s,]+)"
    r"|[└├]─ (?P<name3>[^\s,]++)[^\n]{0,300} does not exist \(perhaps a typo"
)
_CONFLICT = (
    r"ResolutionImpossible|Cannot install .* because these package versions have conflicting dependencies"
    r"|No\s+solution\s+found\s+when\s+resolving\s+dependencies"
)
_NO_LIST = (
    r"Could not open requirements file: [^'\n]{0,300}'(?P<path>[^'\n]+)'"
    r"|error: File not found: `?(?P<path2>[^`\n]+[^`\n.])"
    r"|EnvironmentFileNotFound: '(?P<path3>[^'\n]+)' file not found"
)
_COMPILER = r"'?(?:[\w-]+-)?(?:gcc|g\+\+|cc|c\+\+)(?:-\d+)?'?"
_NO_COMPILER = (
    rf"error: command {_COMPILER} failed: No such file"
    rf"|unable to execute {_COMPILER}: No such file or directory\s+error: command"
)


def refused(line: int) -> Iterator[tuple[str, Text, Text]]:
    """Patterns of what they say, the first that is found being the one; their groups are values of the sentences."""
    yield (
        r"No matching distribution found for (?P<name>[^\s\n]+)",
        text("Line {line}: pip finds no package {name} for the image's Python.", line=line, name=""),
        text("Is the name right (pip install has its own), and does that version exist for this Python?"),
    )
    yield (
        _UV_LACKS,
        text("Line {line}: uv finds no package {name} for the image's Python.", line=line, name=""),
        text("Is the name right (pip install has its own), and does that version exist for this Python?"),
    )
    yield (
        _CONDA_LACKS,
        text("Line {line}: conda finds no package {name}.", line=line, name=""),
        text(
            "Is the name right for conda, its version one that exists, and its channel named (channels: conda-forge)?"
        ),
    )
    yield (
        r"Terms of Service have not been accepted",
        text("Line {line}: conda's own channels want their terms of service accepted, and nobody answers.", line=line),
        text("Take the packages from conda-forge (channels: conda-forge, nodefaults), or install Miniforge instead."),
    )
    yield (
        r"Run 'conda init' before 'conda activate'|properly configured to use 'conda activate'",
        text("Line {line} activates an environment, which the shell of a build does not know how to do.", line=line),
        text("Leave conda activate out, and put the environment on the PATH: ENV PATH=/miniconda/envs/NAME/bin:$PATH."),
    )
    yield (
        _UV_PYTHON,
        text("Line {line}: a package is not made for the Python that the image has.", line=line),
        text("Start from an image with the Python that you work with: python --version."),
    )
    yield (
        _CONFLICT,
        text("Line {line}: the versions that are asked for exclude each other.", line=line),
        text("Write the versions that your own environment holds: pip freeze."),
    )
    yield (
        _NO_LIST,
        text("Line {line} installs from {path}, which is not in the image at that point.", line=line, path=""),
        text("Copy {path} before the line that installs from it.", path=""),
    )
    yield (
        r"error: externally-managed-environment",
        text(
            "Line {line}: the Python of this image belongs to its system, and pip installs nothing into it.", line=line
        ),
        text("Start from python:3.11-slim, or install into an environment: RUN python3 -m venv /venv, then its pip."),
    )
    yield (
        r"No virtual environment found",
        text("Line {line}: uv installs into an environment, and there is none.", line=line),
        text("In an image, write uv pip install --system."),
    )
    yield (
        r"Package '(?P<name>[^'\n]+)' requires a different Python: (?P<version>\S+) not in",
        text(
            "Line {line}: {name} is not made for Python {version}, which the image has.", line=line, name="", version=""
        ),
        text("Start from an image with the Python that you work with: python --version."),
    )
    yield (
        _NO_COMPILER,
        text("Line {line}: a package has to be compiled, and the image has no compiler.", line=line),
        text("Ask for a version that is ready for the image's Python, or change that Python: both are on pypi.org."),
    )
    yield (
        r"Do you want to continue\? \[Y/n\] Abort|Proceed \(\[y\]/n\)\?\s*(?:CondaSystemExit|EOFError)",
        text("Line {line} asks whether it may go on, and nobody answers in a build.", line=line),
        text("Say yes beforehand, with the option -y."),
    )
    yield (
        r"Unable to locate package (?P<name>\S+)|Package '?(?P<name2>[^\s']+)'? has no installation candidate",
        text("Line {line}: apt finds no package {name}.", line=line, name="?"),
        text("Run apt-get update in the same RUN, before apt-get install; and is the name right?"),
    )
    yield (
        r"Could not install packages due to an OSError: \[Errno 13\] Permission denied: '(?P<path>[^'\n]+)'",
        text("Line {line} may not write {path}: the image is built as another user there.", line=line, path=""),
        text("Install before the line USER, or give the folder to that user."),
    )

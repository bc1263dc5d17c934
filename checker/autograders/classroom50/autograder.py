"""Grade a submission for Classroom 50, whose runner starts this script in the student's checkout.

The script needs the standard library only, and installs the checker in an environment beside the student's work.
Results are written to a folder of its own first: a link with the result's name in the checkout must not redirect them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = ("result.json", "release-body.md")
LARGEST_BODY = 100_000
"""Bytes of the text of a release; GitHub refuses more than 125,000 characters."""
RAN = (0, 1, 4)
"""Exit codes after which there is a report: no check failed, one failed, or one errored."""


def main() -> int:
    """The exit code for the runner: 0 if there is a result, whatever its verdicts."""
    settings = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        python = install(Path(folder) / "checker", settings["source"])
        written = [Path(folder) / name for name in RESULTS]
        code = grade(python, settings, *written)
        if code not in RAN or not written[0].is_file():
            return code or 4
        if written[1].is_file() and written[1].stat().st_size > LARGEST_BODY:
            written[1].unlink()  # the runner then makes a table of the result
        for path in written:
            if path.is_file():
                put(path, Path.cwd() / path.name)
    return 0


def install(folder: Path, source: str) -> Path:
    """The interpreter of a new environment with the checker in it."""
    beside = HERE / source
    wanted = str(beside) if source.endswith(".whl") and beside.is_file() else source
    # -I: no module of the student's is imported as part of Python
    subprocess.run([sys.executable, "-I", "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    subprocess.run([str(python), "-I", "-m", "pip", "install", "--quiet", wanted], check=True)
    return python


def grade(python: Path, settings: dict[str, str | None], result: Path, body: Path) -> int:
    """The exit code of the checker, after it has written both files."""
    course = settings.get("course")
    course = str(HERE / course) if course and (HERE / course).is_file() else course
    line = [str(python.with_name("checker")), "check", ".", "--quiet"]
    line += ["--course", course] if course else []
    line += ["--language", str(settings["language"])] if settings.get("language") else []
    line += ["--format", "classroom50", "--output", str(result), "--format", "markdown", "--output", str(body)]
    return subprocess.run(line, check=False).returncode


def put(path: Path, place: Path) -> None:
    """Write the content of *path* to *place*, replacing any file, link or folder there."""
    content = path.read_bytes()
    place.unlink(missing_ok=True)
    with place.open("xb") as file:
        file.write(content)


if __name__ == "__main__":
    sys.exit(main())

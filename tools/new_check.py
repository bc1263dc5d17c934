"""Write the files of a new check, with blanks to fill in, and add it to the course without points.

python tools/new_check.py readme-title --step 1.8
python tools/new_check.py readme-title --step 1.8 --fact Readme --room repository --check-room repository

Each blank is marked ``FILL-IN``; ``pytest tests/architecture/test_blanks.py`` lists those that are left.
"""

from __future__ import annotations

import argparse
import keyword
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from checker.checks.registry import checks
from checker.course_files import DEFAULT_EDITION

ROOT = Path(__file__).resolve().parents[1]
CHECKER = ROOT / "checker"
TEMPLATES = ROOT / "tools" / "check_templates"
_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_CLASS = re.compile(r"[A-Z][A-Za-z0-9]*")


class Refused(Exception):
    """The check cannot be written; the message says why."""


@dataclass(frozen=True, slots=True)
class NewCheck:
    """The names of a check to be written.

    ``fact`` is the class of its fact, ``room`` the folder of the probe, ``check_room`` that of the check.
    """

    id: str
    step: str
    fact: str
    room: str = "repository"
    check_room: str = "repository"
    edition: str = DEFAULT_EDITION

    @property
    def module(self) -> str:
        """The name of the check's module and function."""
        return self.id.replace("-", "_")

    @property
    def fact_module(self) -> str:
        """The name of the modules of fact and probe, and of the probe."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.fact).lower()

    @property
    def course(self) -> Path:
        """The course file of the edition."""
        return CHECKER / "courses" / self.edition / "course.yaml"

    @property
    def files(self) -> Mapping[Path, str]:
        """The files to write, with the names of their templates."""
        return {
            CHECKER / "facts" / f"{self.fact_module}.py": "fact.py",
            CHECKER / "evidence" / self.room / f"{self.fact_module}.py": "probe.py",
            CHECKER / "checks" / self.check_room / f"{self.module}.py": "check.py",
            CHECKER / "checks" / "explanations" / "fr" / f"{self.id}.md": "explanation.md",
            CHECKER / "locale" / "fr" / f"{self.module}.po": "catalogue.po",
            ROOT / "tests" / "mutants" / f"{self.module}.py": "mutants.py",
            ROOT / "tests" / "checks" / self.check_room / f"test_{self.module}.py": "test_check.py",
            ROOT / "tests" / "evidence" / f"test_{self.fact_module}.py": "test_probe.py",
        }


def refuse_what_does_not_fit(new: NewCheck) -> None:
    """Raises Refused where a name has not its form, is taken, or leads nowhere."""
    if not _ID.fullmatch(new.id) or keyword.iskeyword(new.module):
        raise Refused(f"{new.id} is no id: lower-case words with hyphens between them")
    if new.id in checks():
        raise Refused(f"there is a check {new.id}")
    if not _CLASS.fullmatch(new.fact):
        raise Refused(f"{new.fact} is no name of a fact: words with capitals, such as DataFiles")
    for path in (CHECKER / "facts").rglob("*.py"):
        if re.search(rf"^class {new.fact}\b", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            raise Refused(f"{_shown(path)} has a fact {new.fact}: give another name with --fact")
    for part, room in (("evidence", new.room), ("checks", new.check_room)):
        if room not in rooms(part):
            raise Refused(f"checker/{part} has no room {room}: it has {', '.join(rooms(part))}")
    if not new.course.is_file():
        raise Refused(f"there is no edition {new.edition}")
    if taken := [_shown(path) for path in new.files if path.exists()]:
        raise Refused(f"there is already {', '.join(taken)}")


def rooms(part: str) -> list[str]:
    """The folders of *part*, evidence or checks, in which a module can lie."""
    return sorted(path.parent.name for path in (CHECKER / part).glob("*/__init__.py"))


def with_entry(course: str, step: str, identity: str) -> str:
    """The course file with the check as the last one of the step, worth nothing. Raises Refused without that step."""
    lines = course.splitlines(keepends=True)
    begin = next((number for number, line in enumerate(lines) if line.strip() == f'- id: "{step}"'), None)
    if begin is None:
        raise Refused(f"the edition has no step {step}")
    following = range(begin + 1, len(lines))
    end = next((number for number in following if re.match(r" {0,2}\S", lines[number])), len(lines))
    entries = [number for number in range(begin, end) if lines[number].lstrip().startswith("- {id: ")]
    if not entries:
        raise Refused(f"the step {step} has no list of checks to add to")
    last = entries[-1]
    indent = lines[last][: lines[last].index("-")]
    return "".join([*lines[: last + 1], f"{indent}- {{id: {identity}, points: 0}}\n", *lines[last + 1 :]])


def write(new: NewCheck) -> tuple[Path, ...]:
    """Write the check; the files that were written or edited. Raises Refused, before anything is written."""
    refuse_what_does_not_fit(new)
    course = with_entry(new.course.read_text(encoding="utf-8"), new.step, new.id)
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Python and Markdown
    )
    names = {
        "id": new.id,
        "step": new.step,
        "module": new.module,
        "fact": new.fact,
        "fact_module": new.fact_module,
        "parameter": new.fact_module if new.fact_module != new.module else "fact",
        "room": new.room,
    }
    for path, template in new.files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(templates.get_template(f"{template}.jinja").render(names), encoding="utf-8")
    new.course.write_text(course, encoding="utf-8")
    return (*new.files, new.course)


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def main() -> int:
    """Write the check that the arguments name, and list its files."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("id", help="the id of the check, such as readme-title")
    parser.add_argument("--step", required=True, help="the step that it belongs to, such as 1.8")
    parser.add_argument("--fact", help="the class of its fact (by default the first word of the id, such as Readme)")
    parser.add_argument("--room", default="repository", help=f"the folder of its probe: {', '.join(rooms('evidence'))}")
    parser.add_argument("--check-room", default="repository", help=f"that of the check: {', '.join(rooms('checks'))}")
    parser.add_argument("--edition", default=DEFAULT_EDITION)
    asked = parser.parse_args()
    fact = asked.fact or asked.id.partition("-")[0].capitalize()
    try:
        written = write(NewCheck(asked.id, asked.step, fact, asked.room, asked.check_room, asked.edition))
    except Refused as refusal:
        print(f"Nothing was written: {refusal}.", file=sys.stderr)
        return 2
    print("Written, with blanks marked FILL-IN, and added to the course without points:")
    print(*(f"  {_shown(path)}" for path in written), sep="\n")
    print(f"When they are filled in: make mutant CHECK={asked.id}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

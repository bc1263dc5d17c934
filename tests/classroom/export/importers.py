"""What Moodle and Canvas do with a file that is uploaded to them, by the rules of their own sources.

Moodle: ``csv_import_reader``, ``assignfeedback_offline_grade_importer`` and ``process_import_grades``. Canvas:
``GradebookImporter``. Only what decides on grades is here.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field

WORDS = {
    "fr": ("Identifiant", "Note", "Dernière modification (note)", "Feedback par commentaires", ","),
    "en": ("Identifier", "Grade", "Last modified (grade)", "Feedback comments", "."),
}


@dataclass
class MoodleAssignment:
    """An assignment in Moodle: the grades and comments that it has, by the number of the participant."""

    maximum: float
    language: str
    grades: dict[int, float | None]
    locked: frozenset[int] = frozenset()
    comments: dict[int, str] = field(default_factory=dict)

    def upload(self, content: bytes, delimiter: str = ",") -> tuple[int, int]:
        """Import a worksheet, records that were modified included; gives the counts that Moodle shows.

        Raises ValueError where Moodle refuses the file.
        """
        identifier, grade, modified, comment, decimal = WORDS[self.language]
        rows = _moodle_rows(content, delimiter)
        columns = [column.strip() for column in rows[0]]
        if any(name not in columns for name in (identifier, grade, modified)):
            raise ValueError("invalidgradeimport")
        grades = comments = 0
        for row in rows[1:]:
            participant = int(re.sub(r"\D", "", row[columns.index(identifier)][len("Participant") :]) or 0)
            if participant not in self.grades:
                continue
            new = _unformat_float(row[columns.index(grade)], decimal)
            held = new is None or new == self.grades[participant] or participant in self.locked
            if new is not None and not held and 0 <= new <= self.maximum:
                self.grades[participant] = new
                grades += 1
            if comment in columns and row[columns.index(comment)] != self.comments.get(participant, ""):
                self.comments[participant] = row[columns.index(comment)]
                comments += 1
        return grades, comments


def _moodle_rows(content: bytes, delimiter: str) -> list[list[str]]:
    words = content.decode("utf-8").removeprefix("\ufeff")
    words = re.sub(r"\r\n?", "\n", words)
    if re.search(r'\\"', words):
        raise ValueError("PHP takes a backslash before a quotation mark for its escape")
    rows = [row for row in csv.reader(io.StringIO(words, newline=""), delimiter=delimiter, strict=True) if row]
    if any(len(row) != len(rows[0]) for row in rows):
        raise ValueError("csvweirdcolumns")
    return rows


def _unformat_float(words: str, decimal: str) -> float | None:
    plain = words.strip().replace(" ", "").replace(decimal, ".")
    if not plain:
        return None
    number = re.match(r"[-+]?\d*\.?\d*", plain)  # as a PHP cast: what follows a number is dropped
    return float(number[0]) if number and re.search(r"\d", number[0]) else 0.0


STUDENT_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
COMPUTED = re.compile("Current Score|Current Points|Current Grade|Final Score|Final Points|Final Grade|Override")


@dataclass
class CanvasCourse:
    """A course in Canvas: its assignments by number, and the scores by student and assignment."""

    assignments: dict[int, str]
    students: dict[int, str]
    scores: dict[tuple[int, int], str]
    custom: frozenset[str] = frozenset()
    """Titles of columns of the course's own, which hold no scores."""

    def upload(self, content: bytes) -> dict[tuple[int, int], str]:
        """Import a gradebook, and give the scores that change. Raises ValueError where Canvas would not know a row."""
        words = content.decode("utf-8-sig")
        delimiter = _canvas_delimiter(words)
        rows = [
            [_period(cell) for cell in row]
            for row in csv.reader(io.StringIO(words, newline=""), delimiter=delimiter, strict=True)
            if row and not re.fullmatch(r"[;, ]+", delimiter.join(row))
        ]
        header = rows[0]
        if len(header) <= 3 or "Student" not in header[0] or "ID" not in header[1] or "Section" not in header:
            raise ValueError("Invalid header row")
        points: list[str] = []
        changes: dict[tuple[int, int], str] = {}
        known = {place: self._assignment(name) for place, name in self._columns(header)}
        for row in rows[1:]:
            if "Points Possible" in row[0]:
                points = row
                continue
            if all(re.fullmatch(r"(?i)\s*(Muted|Manual Posting.*)?\s*", cell) for cell in row):
                continue
            student = int(row[1])
            if student not in self.students:
                raise ValueError(f"a new student: {row[0]}")
            for place, number in known.items():
                if re.search(r"read\s+only", points[place]):
                    continue
                before, after = self.scores.get((student, number), ""), row[place].strip()
                if after in ("N/A", "") and not before:
                    continue
                if before != after and ("EX" in (before, after) or float(before or -1) != float(after or -1)):
                    changes[student, number] = after
        self.scores.update(changes)
        return changes

    def _columns(self, header: list[str]) -> list[tuple[int, str]]:
        first = header.index("Section") + 1
        return [
            (place, header[place])
            for place in range(first, len(header))
            if not COMPUTED.search(header[place]) and header[place] not in self.custom
        ]

    def _assignment(self, name: str) -> int:
        found = re.fullmatch(r"(.*) \((\d+)\)", name)
        if not found or int(found[2]) not in self.assignments:
            raise ValueError(f"a new assignment: {name}")
        return int(found[2])


def _canvas_delimiter(words: str) -> str:
    counts = {}
    lines = words.splitlines()[:3]
    for delimiter in (";", ","):
        sizes = {len(row) for row in csv.reader(lines, delimiter=delimiter)}
        counts[delimiter] = sizes.pop() if len(sizes) == 1 else 0
    return ";" if counts[";"] > counts[","] else ","


def _period(cell: str) -> str:
    if not re.fullmatch(r"-?[0-9.,]+%?", cell):
        return cell
    *whole, last = re.split("[,.]", cell)
    return f"{''.join(whole)}.{last}" if whole else last

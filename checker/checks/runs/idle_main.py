"""The verdict on a main script that ends well and does nothing: the line and the reason."""

from __future__ import annotations

from collections.abc import Mapping

from checker.checks.command_programs import here_document
from checker.course import Course
from checker.facts.main_script import IdleMain, Idleness
from checker.model import Failed, Json, Text, text


def does_nothing(idle: IdleMain, course: Course, details: Mapping[str, Json]) -> Failed:
    """The verdict of main-runs, with the line at which the script should begin its work."""
    path = idle.where.path
    actual, hint = _actual_and_hint(idle)
    if idle.elsewhere:
        hint = text(
            "{elsewhere} holds the work: import its function into {main} and call it, or move it there.",
            elsewhere=idle.elsewhere,
            main=path,
        )
    return Failed(
        expected=text(
            "{main}, started at the root, reads the data and trains the forest.", main=course.names.main_for(path)
        ),
        actual=actual,
        hint=hint,
        reproduce=here_document("main_at_work", PATH=repr(path)),
        where=(idle.where,),
        details=details,
    )


def _actual_and_hint(idle: IdleMain) -> tuple[Text, Text]:
    path, line = idle.where.path, idle.where.line or 1
    if idle.why is Idleness.GUARD:
        return (
            text("{path} ends well and does nothing: line {line} is never true.", path=path, line=line),
            text('Write if __name__ == "__main__": in place of if {condition}:', condition=idle.what),
        )
    if idle.why is Idleness.UNCALLED:
        return (
            text("{path} ends well and does nothing: nothing calls {name}.", path=path, name=idle.what),
            text('End the file with if __name__ == "__main__": and, below it, {name}().', name=idle.what),
        )
    if idle.why is Idleness.NAMED:
        return (
            text("{path} ends well and does nothing: line {line} names {name}.", path=path, line=line, name=idle.what),
            text("A name alone calls nothing: write {name}(), with its brackets.", name=idle.what),
        )
    if idle.why is Idleness.PRINTING:
        return (
            text("{path} prints “{words}” and does nothing else.", path=path, words=idle.what),
            text("Import the functions of the project, and call them one after the other."),
        )
    if idle.why is Idleness.EMPTY:
        return (
            text("{path} holds no statement that does anything yet.", path=path),
            text("Import the functions of the project, and call them one after the other."),
        )
    return (
        text(
            "{path} ends well and does nothing: it reads no data, calls no function of the project and trains nothing.",
            path=path,
        ),
        text("Import the functions of the project, and call them one after the other."),
    )

"""How graders were fooled or broken: the list that the corpus answers to, and what of it is not here yet."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TRAPS: Mapping[int, str] = MappingProxyType(
    {
        1: "Errors hidden by replacing what shows them (`showtraceback`)",
        2: "A dead or killed kernel taken for success",
        3: "A score read from the last value of a cell",
        4: "A harmless warning on the error stream that costs points",
        5: "`exit()`, `os._exit(0)` or `atexit` after a line that looks like success",
        6: "Results that the submission writes itself",
        7: "Results or data that are unpickled by the grader",
        8: "Output that is a workflow command, HTML, Markdown or a control sequence",
        9: "Modules and comparisons replaced by the submission's own (`pandas.py`, `sitecustomize.py`, `__eq__`)",
        10: "Output without end",
        11: "Answers looked for as a part of the output",
        12: "Expected values read from the memory of the process",
        13: "Links to solutions, tests or files of the grader",
        14: "Files of others read or overwritten by way of the grader",
        15: "Credentials of the grader in the environment",
        16: "Solutions in the history of the template",
        17: "The grader as an oracle, asked without end",
        18: "Git configuration, hooks and filters that run code",
        19: "Configuration of tools that runs code or lifts a bar",
        20: "Workflows and settings that the student changed",
        21: "Workflows that give secrets to a fork",
        22: "Formulas in names that end in a spreadsheet",
        23: "Programs that notice that they are graded",
        24: "Processes that outlive the run",
        25: "A fault of the grader charged to the student",
        26: "Forged observation inside the process",
        27: "Results that are pasted or read from a file",
        28: "Bombs: YAML, notebooks, pictures, archives",
        29: "Names: files, branches, messages",
        30: "Programs that never end, want too much or attack their surroundings",
        31: "Lint bars passed without clean code",
        32: "Hostile Dockerfiles",
        33: "Two submissions that talk to each other",
        34: "A cache that a submission can write",
    }
)

ELSEWHERE: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        6: ("tests/sandbox/test_commands.py::test_the_result_of_a_command_cannot_be_forged",),
        8: ("tests/render/test_hostile.py::test_no_line_is_a_command_to_the_service_that_keeps_the_log",),
        10: (
            "tests/sandbox/test_commands.py::test_a_flood_from_behind_ends_the_run",
            "tests/sandbox/test_services.py::test_an_answer_that_never_ends_is_too_slow",
        ),
        13: ("tests/sandbox/test_collected.py::test_hostile_files_lead_nowhere",),
        14: (
            "tests/hostile/test_repositories.py::test_a_zip_that_reaches_outside",
            "tests/hostile/test_repositories.py::test_a_tar_that_writes_through_its_own_link",
            "tests/sandbox/test_collected.py::test_a_root_that_was_put_elsewhere_is_still_the_root",
        ),
        16: (
            "tests/template/test_new.py::test_wheel__holds_the_template_and_no_solution",
            "tests/template/test_new.py::test_student_edition__has_no_answer_in_it_nor_in_its_history",
        ),
        18: ("tests/hostile/test_repositories.py::test_nothing_of_the_repository_is_executed",),
        21: (
            "tests/template/test_workflows.py::test_where_the_students_code_runs_nothing_can_be_written_and_nothing_is_secret",
        ),
        22: ("tests/render/test_hostile.py::test_every_renderer_ends_its_work_in_utf8_and_in_reason",),
        24: (
            "tests/sandbox/test_collected.py::test_nobody_writes_any_more_when_files_are_taken",
            "tests/sandbox/test_commands.py::test_what_a_command_leaves_behind_lives_until_the_end",
            "tests/sandbox/test_services.py::test_nothing_of_a_service_goes_on",
        ),
        25: (
            "tests/sandbox/test_lifetime.py::test_a_parent_that_dies_in_the_middle_is_our_fault",
            "tests/sandbox/test_commands.py::test_what_is_done_to_later_commands_is_their_failure",
        ),
        26: ("tests/hostile/test_forgeries.py",),
        28: (
            "tests/hostile/test_repositories.py::test_a_zip_that_grows_without_end",
            "tests/hostile/test_repositories.py::test_a_zip_with_too_many_files",
            "tests/hostile/test_repositories.py::test_a_tree_that_repeats_itself_without_end_is_refused",
            "tests/sandbox/test_collected.py::test_more_files_than_are_looked_at",
        ),
        29: ("tests/hostile/test_repositories.py::test_a_commit_named_with_ill_will",),
        30: ("tests/sandbox/test_services.py::test_a_service_cannot_see_or_end_its_client",),
        32: (
            "tests/images/test_limits.py::test_a_limit_is_met",
            "tests/images/test_limits.py::test_what_stays_for_others_holds_nothing_of_the_project",
            "tests/images/test_recipes.py::test_recipe",
        ),
        33: ("tests/hostile/test_corpus.py::test_two_at_the_same_time_do_not_meet",),
    }
)
"""Tests of their own that hold a trap shut, beside the corpus or in its place."""

LEFT: Mapping[int, str] = MappingProxyType(
    {
        14: "An exchange folder, a job on a server: neither exists here.",
        17: "The checker runs where the student is and may be asked as often as they like; its answers hold no secret. "
        "Limits belong to a server, and there is none.",
        20: "The workflow in a student's repository is theirs to change. Grading a class anew at the instructor's does "
        "not exist yet.",
        22: "No CSV and no gradebook is written yet.",
    }
)
"""What of a trap is not tried, because what it would hit does not exist yet."""


def table(cases: Mapping[int, int]) -> str:
    """The list in Markdown, with the number of *cases* of the corpus for each trap."""
    lines = ["| | trap | in the corpus | tests of their own | not tried |", "|--:|---|--:|---|---|"]
    for number, title in TRAPS.items():
        tests = ", ".join(f"`{place.removeprefix('tests/').replace('.py', '')}`" for place in ELSEWHERE.get(number, ()))
        lines.append(f"| {number} | {title} | {cases.get(number, 0) or ''} | {tests} | {LEFT.get(number, '')} |")
    return "\n".join(lines) + "\n"

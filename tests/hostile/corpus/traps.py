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

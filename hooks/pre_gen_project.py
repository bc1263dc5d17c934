"""Refuse impossible answers that were not asked for: those that ``cookiecutter --replay`` finds in a file."""

import json
import runpy
import sys
from pathlib import Path

ROOT = Path({{template_root() | tojson}})  # noqa: F821  filled in by cookiecutter
ANSWERS = json.loads({{cookiecutter | tojson | string | tojson}})  # noqa: F821
SHIPPED = {{shipped_steps() | tojson}}  # noqa: F821

refusal = runpy.run_path(str(ROOT / "hooks" / "answers.py"))["refusal"]

if sentence := refusal(ANSWERS, SHIPPED):
    sys.exit(sentence)

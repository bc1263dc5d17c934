"""Imports of what no declaration gives: the run charges them, and the checks of the environment do not once more."""

from tests.field.model import situation
from tests.mutants.model import Edit, Replace

_NAMED = "No library known here is called"
_NOT_HERE = "The library lightgbm is not on this machine"
_REACHED = {"notebook-runs": ""}


def _importing(path: str, line: str) -> tuple[Edit, ...]:
    place = "\nfrom src.data.import_data" if path == "main.py" else "\nfrom sklearn.ensemble"
    return (Replace(path, place, f"\n{line}{place}"),)


SITUATIONS = (
    situation(
        "a drive of Colab in the script",
        "2.2",
        *_importing("main.py", "from google.colab import drive"),
        charged={"main-runs": "google exists in the notebooks of one service only"},
        passed=("environment-sufficient", "functions-standalone"),
        advises={"environment-complete": _NAMED},
    ),
    situation(
        "Colab as a name of its package",
        "1.6",
        *_importing("main.py", "from google import colab"),
        charged={"main-runs": "google exists in the notebooks of one service only"},
        advises={"environment-complete": _NAMED},
        up_to="1.6",
    ),
    situation(
        "a library that nobody knows",
        "2.2",
        *_importing("src/models/train_evaluate.py", "import foolib"),
        charged={"main-runs": "No module named 'foolib'"},
        reached=_REACHED,
        passed=("environment-sufficient", "functions-standalone"),
        advises={"environment-complete": _NAMED},
    ),
    situation(
        "a library that is neither declared nor here",
        "1.6",
        *_importing("src/models/train_evaluate.py", "import lightgbm"),
        charged={"environment-complete": "does not declare lightgbm"},
        unavailable=dict.fromkeys(("notebook-runs", "functions-standalone", "main-runs"), _NOT_HERE),
        up_to="1.6",
    ),
)

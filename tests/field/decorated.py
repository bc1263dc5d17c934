"""Main functions that a decorator gives their parameters: pylint misses them in the call, and is not believed."""

from tests.field.model import situation
from tests.mutants.model import Replace, Write

_CONFIGURED = '''"""Settings."""


def configured(function):
    """Call *function* with settings."""

    def call(*values):
        """Add the settings."""
        return function({}, *values)

    return call
'''

SITUATIONS = (
    situation(
        "a main function that takes its parameters from the command line",
        "1.4",
        Replace("main.py", "def main():", '@click.command()\n@click.option("--trees")\ndef main(trees):'),
        Replace("main.py", "    train, test", "    print(trees)\n    train, test"),
        Replace("main.py", "from functions", "import click\n\nfrom functions"),
        up_to="1.4",
        passed=("lint-main", "main-runs", "main-reports"),
    ),
    situation(
        "a main function that a decorator of the project gives its parameters",
        "1.4",
        Write("configured.py", _CONFIGURED),
        Replace("main.py", "def main():", "@configured\ndef main(settings):"),
        Replace("main.py", "    train, test", "    print(settings)\n    train, test"),
        Replace("main.py", "from functions", "from configured import configured\nfrom functions"),
        up_to="1.4",
        passed=("lint-main", "main-runs", "main-reports"),
    ),
)

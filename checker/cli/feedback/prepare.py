"""``checker feedback prepare``: make the sandbox possible on a rented machine."""

from __future__ import annotations

import os
from collections.abc import Mapping

from checker.cli.console import Console
from checker.feedback.namespaces import SWITCH, Namespaces, free_namespaces
from checker.model import Text, text

_SAID: Mapping[Namespaces, Text] = {
    Namespaces.FREE: text("Nothing on this machine restricts user namespaces: student code can run isolated."),
    Namespaces.FREED: text("AppArmor's switch {switch} is off now: student code can run isolated.", switch=SWITCH),
    Namespaces.KEPT: text(
        "AppArmor restricts user namespaces here ({switch}), and this machine is not GitHub's: it stays as it is.",
        switch=SWITCH,
    ),
    Namespaces.REFUSED: text(
        "AppArmor restricts user namespaces here ({switch}), and sudo cannot change it: student code runs unisolated.",
        switch=SWITCH,
    ),
}


def run(console: Console) -> None:
    """Free the namespaces, and print the result."""
    console.say(_SAID[free_namespaces(os.environ)])

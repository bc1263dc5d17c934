"""Crashes of the main script that another check charges: one fault costs points once."""

from __future__ import annotations

from checker.checks.runs.run_endings import lacks_scheme
from checker.course import Course
from checker.facts.configuration import Configuration, ConfigurationCrash
from checker.facts.data_access import DataAccess
from checker.facts.main_script import MainRun
from checker.facts.table_roles import TRAIN
from checker.model import Passed, text


def charged_elsewhere(
    run: MainRun,
    access: DataAccess | None,
    configuration: Configuration | None,
    crash: ConfigurationCrash | None,
    course: Course,
) -> Passed | None:
    """The verdict of main-runs on a crash for which the course has a check of its own; None: it is charged here.

    A crash in the reading over the network is one of data-remote, one over a configuration that is absent, cannot be
    read or holds no place of data is one of config-file. A script without the work for which it should run earns
    nothing by its crash.
    """
    if not run.speaks_of_training:
        return None
    if configuration is not None and course.judges("config-file") and _in_configuration(run, configuration, crash):
        return Passed(
            message=text(
                "{path} runs up to the reading of its configuration, which {check} judges.",
                path=run.path,
                check="config-file",
            )
        )
    if access is not None and course.judges("data-remote") and _in_remote_reading(run, access):
        return Passed(
            message=text(
                "{path} runs up to the reading of the data over the network, which {check} judges.",
                path=run.path,
                check="data-remote",
            )
        )
    return None


def _in_configuration(run: MainRun, configuration: Configuration, crash: ConfigurationCrash | None) -> bool:
    """Whether the run ended over a configuration file that config-file fails, before any data were read."""
    error, read = run.finished.error, run.observation.reads if run.observation is not None else ()
    if error is None or read:
        return False
    if configuration.main is None:
        return error.name == "FileNotFoundError" and any(path in error.message for path, _ in configuration.absent)
    return crash is not None and crash.by_configuration


def _in_remote_reading(run: MainRun, access: DataAccess) -> bool:
    """Whether the run ended in a request that was refused, or in an address that lacks its scheme."""
    if not access.broke or access.remote(TRAIN):
        return False
    return bool(access.refused) or lacks_scheme(run.finished)

"""Opening a gradebook: a SQLite file or another database, brought to the newest version by its migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import alembic.command
import alembic.config
import sqlalchemy
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from checker.errors import ClassError
from checker.model import Text, text

_BUSY_SECONDS = 30
_WRITING_LOCK = 0x71_7A_6E_69
"""The number of the lock under which PostgreSQL lets one transaction write at a time, as SQLite does by itself."""


class Gradebook:
    """A gradebook at *url*, or in the SQLite file *path*.

    A context manager: leaving it closes its connections. May be used by several threads and processes at once. Entering
    it migrates an older gradebook. Both raise ClassError: making it for an address that cannot be used, entering it if
    the gradebook cannot be opened, or was written by a newer checker.
    """

    def __init__(self, url: str | Path) -> None:
        self._url = URL.create("sqlite", database=str(url)) if isinstance(url, Path) else _parsed(url)
        self._engine = _engine(self._url)

    def __enter__(self) -> Self:
        try:
            with self.writing() as connection:
                _migrate(connection)
        except BaseException:
            self._engine.dispose()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the gradebook. Raises ClassError where the database fails."""
        with _said(self._url), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of its writes are kept, or none. Raises ClassError where the database fails.

        One transaction writes at a time; another waits for it, in SQLite up to half a minute.
        """
        with _said(self._url), self._engine.connect() as opened:
            connection = opened.execution_options(writes=True)
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(sqlalchemy.text(f"SELECT pg_advisory_xact_lock({_WRITING_LOCK})"))
                yield connection


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise ClassError(
            text("This is no address of a database."),
            text("Write it as SQLAlchemy does: postgresql+psycopg://USER@HOST/DATABASE."),
        ) from error


def _engine(url: URL) -> Engine:
    """An engine for the database. Raises ClassError if its driver is not installed."""
    try:
        if url.get_backend_name() != "sqlite":
            return sqlalchemy.create_engine(url, pool_pre_ping=True)
        engine = sqlalchemy.create_engine(url, connect_args={"timeout": _BUSY_SECONDS})
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        reason = str(error)[:200]
        raise ClassError(
            text("The driver of {kind} is not installed here ({reason}).", kind=url.drivername, reason=reason),
            text("Install it beside the checker: pip install psycopg[binary]")
            if url.get_backend_name() == "postgresql"
            else text("A gradebook is in SQLite or in PostgreSQL: postgresql+psycopg://USER@HOST/DATABASE."),
        ) from error
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Let SQLAlchemy begin transactions, which sqlite3 would do by itself and too late to exclude another writer."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(connection: Connection) -> None:
    """Bring the database to the newest form. Raises ClassError where a newer checker wrote it."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision == scripts.get_current_head():
        return
    if revision is not None and revision not in {script.revision for script in scripts.walk_revisions()}:
        raise ClassError(
            text("The gradebook was written by a newer checker."),
            text("Upgrade titanic-checker: pip install --upgrade titanic-checker"),
        )
    alembic.command.upgrade(config, "head")


@contextmanager
def _said(url: URL) -> Iterator[None]:
    """The error of the database as a ClassError."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0][:300]
        raise ClassError(
            text("The gradebook {place} cannot be used: {reason}.", place=_shown(url), reason=reason), _remedy(error)
        ) from error


def _shown(url: URL) -> str:
    return url.database or "" if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def _remedy(error: SQLAlchemyError) -> Text:
    message = str(error).lower()
    if "full" in message or "no space" in message:
        return text("Make room on the disk, then run the command again: what was graded before is kept.")
    if "locked" in message:
        return text("Another program is writing to it. Wait for its end, then run the command again.")
    if isinstance(error, DBAPIError) and "not a database" in message:
        return text("This is no gradebook. Move the file away, then run the command again.")
    return text("Mend that, then run the command again: what was graded before is kept.")

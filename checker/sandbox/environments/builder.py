"""Builds environments with uv and keeps them, one folder each, named by a hash of the contents."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from checker.facts.preloading import NO_LIBRARIES, PreloadedLibraries
from checker.model import text
from checker.sandbox.base import SandboxFault
from checker.sandbox.cache.lru_folder import Entry, LruFolder
from checker.sandbox.environments.confinement import enclosed
from checker.sandbox.environments.index_settings import index_variables
from checker.sandbox.environments.kernel import runs_notebooks
from checker.sandbox.environments.resolver import RULES, Resolution, kernels, resolve
from checker.sandbox.environments.spec import BuiltEnvironment, EnvironmentSpec, EnvironmentUnavailable
from checker.sandbox.environments.uv import (
    NO_UV,
    UNREACHABLE,
    Uv,
    is_unreachable,
    program,
    refused,
    size_of,
    written,
)
from checker.sandbox.interpreter import Interpreter

ENVIRONMENTS = "environments"
"""The name of the folder of environments within that of the cache."""

_FORM = 2
_MOST = 12
_MOST_BYTES = 12 << 30
_LARGEST = 6 << 30
_NAME = re.compile(r"[0-9a-f]{64}")
_DOWNLOADED = "fetched"
_READY = "made.json"
_COMPILING_SECONDS = 300


class Environments:
    """The environments in *folder*, at most *most* of them and *most_bytes* together: the least recently used go first.

    Several processes may use one folder at once: one of them builds an environment while the others wait, and none is
    removed while a process uses it. An environment left unfinished is removed at the next build.
    """

    def __init__(
        self,
        folder: Path,
        variables: Mapping[str, str] | None = None,
        *,
        libraries: PreloadedLibraries = NO_LIBRARIES,
        most: int = _MOST,
        most_bytes: int = _MOST_BYTES,
        largest: int = _LARGEST,
    ) -> None:
        self.folder = folder
        self._variables = os.environ if variables is None else variables
        self._place = LruFolder(folder, most_bytes, most)
        self._largest = largest
        self._libraries = libraries
        self._lock = threading.Lock()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def make(
        self, wanted: EnvironmentSpec, *, trusted: bool = False, on_start: Callable[[], None] = lambda: None
    ) -> BuiltEnvironment:
        """The environment of *wanted*, in use until this object is closed. Raises EnvironmentUnavailable.

        Packages of an environment that is not *trusted* are never imported outside of a sandbox. ``on_start`` is called
        before an environment is built.
        """
        uv = program(self._variables)
        python, asked = self._python(uv, wanted.python)
        key = _key(wanted, python, self._libraries)
        try:
            with self._place.opened(make=True), self._lock:
                made = self._take(key)
                if made is None:
                    if uv is None:
                        raise EnvironmentUnavailable(*NO_UV)
                    on_start()
                    made = self._make(key, uv, wanted, python, trusted=trusted)
        except OSError as error:
            raise EnvironmentUnavailable(
                text("The environment cannot be kept in {path}.", path=str(self.folder)),
                text("Name another folder by the variable TITANIC_CHECKER_CACHE."),
            ) from error
        vouched = trusted and made.interpreter.vouched
        return replace(made, asked=asked, interpreter=replace(made.interpreter, vouched=vouched))

    def has_python(self, version: str) -> bool:
        """Whether there is a Python here that meets *version*, a specifier in pip's syntax."""
        uv = program(self._variables)
        return uv is not None and not self._python(uv, version)[1]

    def clear(self) -> int:
        """Remove all environments that no process uses. Gives the bytes that became free."""
        with contextlib.suppress(OSError), self._place.opened():
            before = size_of(self.folder)
            for key in self._keys():
                self._remove(key)
            shutil.rmtree(self.folder / _DOWNLOADED, ignore_errors=True)
            return max(0, before - size_of(self.folder))
        return 0

    def contents(self) -> tuple[int, int]:
        """The number of environments, and the size of the whole folder in bytes."""
        return sum(1 for key in self._keys() if (self.folder / key / _READY).is_file()), size_of(self.folder)

    def _python(self, uv: str | None, specifier: str) -> tuple[str, str]:
        """A Python for *specifier*, and the specifier that it does not meet (empty: it meets *specifier*).

        Second choice is a Python of the same minor version, third our own.
        """
        own, own_version = _own_python(), platform.python_version()
        try:
            if not specifier or SpecifierSet(specifier).contains(own_version, prereleases=True):
                return own, ""
        except InvalidSpecifier:
            return own, specifier
        minor = re.match(r"===?\s*3\.(\d+)\.\d", specifier)
        alike = f"==3.{minor[1]}.*" if minor else specifier
        if SpecifierSet(alike).contains(own_version, prereleases=True):
            return own, specifier
        if uv is not None:
            with tempfile.TemporaryDirectory() as empty, contextlib.suppress(EnvironmentUnavailable, SandboxFault):
                caller = Uv(uv, index_variables(self._variables), Path(empty), Path(empty, "cache"))
                for version in dict.fromkeys((specifier, alike)):
                    answer = caller.run("python", "find", "--no-project", "--system", version, seconds=60)
                    path = answer.output.strip()
                    if answer.status == 0 and os.path.isfile(path):
                        executable = Interpreter.of(path).executable
                        if _version(executable) >= (3, 9):
                            return os.path.realpath(executable), "" if version == specifier else specifier
        return own, specifier

    @contextlib.contextmanager
    def _locked(self, key: str, how: int) -> Iterator[int]:
        descriptor = os.open(self.folder / f"{key}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, how)
            yield descriptor
        finally:
            os.close(descriptor)

    def _take(self, key: str) -> BuiltEnvironment | None:
        """The environment of that key, in use from now on; None where there is none that is complete."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._locked(key, fcntl.LOCK_SH))
            made = _read(self.folder / key)
            if made is not None:
                os.utime(self.folder / key / _READY)
                self._stack.push(stack.pop_all())
        return made

    def _make(self, key: str, uv: str, wanted: EnvironmentSpec, python: str, *, trusted: bool) -> BuiltEnvironment:
        with self._locked(key, fcntl.LOCK_EX):
            if (made := _read(self.folder / key)) is None:
                place = self.folder / key
                shutil.rmtree(place, ignore_errors=True)
                try:
                    made = self._build(place, uv, wanted, python, trusted=trusted)
                except BaseException:
                    shutil.rmtree(place, ignore_errors=True)
                    raise
        self._make_room(key)
        return self._take(key) or made

    def _build(self, place: Path, uv: str, wanted: EnvironmentSpec, python: str, *, trusted: bool) -> BuiltEnvironment:
        fetched = self.folder / _DOWNLOADED
        place.mkdir(mode=0o700)
        work = place / "work"
        work.mkdir()
        caller = Uv(uv, index_variables(self._variables), work, fetched, (place, fetched), self._largest)
        resolution = resolve(caller, wanted, python)
        _call(caller, "venv", "--quiet", "--no-project", "--python", python, str(place / "env"))
        # asked while the environment has no packages, whose code could answer
        empty = Interpreter.of(str(place / "env" / "bin" / "python"))
        if resolution.lock:
            _install(caller, resolution.lock, "env.lock", "--python", empty.executable)
        _compile(python, place / "env" / "lib", place)
        interpreter = _with_kernel(caller, place, resolution, python, empty)
        if trusted and interpreter.kernel:
            lasting = replace(interpreter, vouched=True)
            interpreter = lasting if runs_notebooks(lasting, resolution.versions, self._libraries) else interpreter
        elif trusted:
            interpreter = replace(interpreter, vouched=True)
        version = ".".join(map(str, _version(python)))
        made = BuiltEnvironment(interpreter, version, resolution.versions, left_out=resolution.left_out)
        shutil.rmtree(work)
        content = json.dumps({"form": _FORM, "size": size_of(place), **asdict(made)})
        unfinished = place / f".{_READY}"
        unfinished.write_text(content, encoding="utf-8")
        unfinished.replace(place / _READY)
        return made

    def _keys(self) -> list[str]:
        with contextlib.suppress(OSError):
            return sorted(name for name in os.listdir(self.folder) if _NAME.fullmatch(name))
        return []

    def _make_room(self, new: str) -> None:
        """Remove environments left unfinished, then the least recently used."""
        entries = []
        for key in self._keys():
            try:
                record = json.loads((self.folder / key / _READY).read_bytes())
                entries.append(Entry(key, int(record["size"]), (self.folder / key / _READY).stat().st_mtime_ns))
            except (OSError, ValueError, KeyError, TypeError):
                self._remove(key)
        for entry in self._place.surplus(entries):
            if entry.name != new:
                self._remove(entry.name)
        fetched = self.folder / _DOWNLOADED
        if size_of(fetched) > self._place.most:
            shutil.rmtree(fetched, ignore_errors=True)

    def _remove(self, key: str) -> None:
        """Remove the environment, unless a process builds or uses it."""
        with contextlib.suppress(OSError), self._locked(key, fcntl.LOCK_EX | fcntl.LOCK_NB):
            (self.folder / key / _READY).unlink(missing_ok=True)
            shutil.rmtree(self.folder / key, ignore_errors=True)


def _key(wanted: EnvironmentSpec, python: str, libraries: PreloadedLibraries) -> str:
    """The hash of the wanted packages, the Python, the system, and the libraries with which the kernel is tried.

    The index that serves the packages is left out.
    """
    content = None if wanted.file is None else hashlib.sha256(_whole(wanted.file)).hexdigest()
    names = map(sorted, (wanted.lines, wanted.certain, wanted.needed, wanted.useful))
    system = (platform.system(), platform.machine(), *platform.libc_ver())
    preloaded = [libraries.programs, libraries.notebooks]
    parts = [[_FORM, *RULES], *names, content, python, _version(python), *system, preloaded]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _whole(path: Path) -> bytes:
    """A requirements file with the files that it includes, as far as they can be read."""
    parts: list[bytes] = []
    waiting, visited = [path], set[Path]()
    while waiting:
        current = waiting.pop().resolve()
        if current in visited:
            continue
        visited.add(current)
        try:
            content = current.read_bytes()
        except OSError:
            continue
        parts.append(content)
        included = re.findall(rb"^[^\S\n]*(?:-[rc]|--requirement|--constraint)[\s=]+(\S+)", content, re.MULTILINE)
        waiting += [current.parent / os.fsdecode(name) for name in included]
    return b"\0".join(parts)


def _own_python() -> str:
    return os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)


def _version(python: str) -> tuple[int, ...]:
    if python == _own_python():
        return sys.version_info[:3]
    command = [python, "-I", "-S", "-c", "import sys; print(*sys.version_info[:3])"]
    try:
        done = subprocess.run(command, env={}, cwd="/", capture_output=True, timeout=60, check=True)
        return tuple(int(part) for part in done.stdout.split())
    except (OSError, subprocess.SubprocessError, ValueError) as broken:
        raise SandboxFault(f"{python} cannot be started: {broken}") from broken


def _install(uv: Uv, lines: tuple[str, ...], name: str, *where: str) -> None:
    """Unpack wheels; no code of a package is built or run."""
    path = str(written(uv.folder, name, lines))
    _call(uv, "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", *where, "--requirements", path)


def _call(uv: Uv, *arguments: str) -> None:
    result = uv.run(*arguments)
    if result.status:
        raise EnvironmentUnavailable(*(UNREACHABLE if is_unreachable(result.errors) else refused(result.errors)))


def _with_kernel(uv: Uv, place: Path, resolution: Resolution, python: str, interpreter: Interpreter) -> Interpreter:
    """*interpreter* with the first kernel that runs in it, or with none; it is not vouched for."""
    folder = place / "kernel"
    for overlay in kernels(uv, resolution, python):
        shutil.rmtree(folder, ignore_errors=True)
        if overlay:
            _install(uv, overlay, "kernel.lock", "--python", python, "--target", str(folder))
            _compile(python, folder, place)
        tried = replace(interpreter, overlaid=(str(folder),) if overlay else (), kernel=True, vouched=False)
        if runs_notebooks(tried, resolution.versions):
            return tried
    shutil.rmtree(folder, ignore_errors=True)
    return replace(interpreter, kernel=False, vouched=False)


def _compile(python: str, folder: Path, place: Path) -> None:
    """Compile all modules in *folder* by the bare Python, which reads the packages in *place* and does not run them."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            enclosed([python, "-I", "-S", "-m", "compileall", "-q", "-j", "0", str(folder)], (place,)),
            env={},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_COMPILING_SECONDS,
            check=False,
        )


def _read(place: Path) -> BuiltEnvironment | None:
    try:
        record: Any = json.loads((place / _READY).read_bytes())
        if record["form"] != _FORM:
            return None
        parts = dict(record["interpreter"])
        interpreter = Interpreter(**{**parts, "site": tuple(parts["site"]), "overlaid": tuple(parts["overlaid"])})
        return BuiltEnvironment(
            interpreter, record["python"], dict(record["versions"]), left_out=tuple(record["left_out"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None

"""Makes environments with uv, and keeps them: one folder each, by what it holds."""

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

from checker.model import text
from checker.sandbox.base import SandboxFault
from checker.sandbox.environments.index import index_variables
from checker.sandbox.environments.kernel import runs_notebooks
from checker.sandbox.environments.resolving import RULES, Resolution, kernels, resolve
from checker.sandbox.environments.room import enclosed
from checker.sandbox.environments.uv import NO_UV, SECONDS, Uv, is_unreachable, program, sentence, size_of, unreachable
from checker.sandbox.environments.wanted import Made, Unmade, Wanted
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.store import is_own

ENVIRONMENTS = "environments"
"""The folder of theirs in the one of the cache."""

_FORM = 2
_MOST = 12
_MOST_BYTES = 12 << 30
_LARGEST = 6 << 30
_NAME = re.compile(r"[0-9a-f]{64}")
_DOWNLOADED = "fetched"
_READY = "made.json"
_COMPILING_SECONDS = 300


class Environments:
    """The environments in *folder*, at most *most* of them and *most_bytes* together: the longest unused go first.

    Several processes may use one folder at once: an environment is made by one of them while the others wait, and is
    not removed while somebody uses it. What is half made is removed by the next who comes by.
    """

    def __init__(
        self,
        folder: Path,
        variables: Mapping[str, str] | None = None,
        *,
        most: int = _MOST,
        most_bytes: int = _MOST_BYTES,
        largest: int = _LARGEST,
    ) -> None:
        self.folder = folder
        self._variables = os.environ if variables is None else variables
        self._most = most
        self._most_bytes = most_bytes
        self._largest = largest
        self._lock = threading.Lock()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def make(self, wanted: Wanted, *, trusted: bool = False, on_start: Callable[[], None] = lambda: None) -> Made:
        """The environment of *wanted*, kept until this object is closed. Raises Unmade.

        The packages of one that is not *trusted* are never imported outside of a sandbox. ``on_start`` is called when
        it has to be made first.
        """
        uv = program(self._variables)
        python, asked = self._python(uv, wanted.python)
        key = _key(wanted, python)
        try:
            self._prepared()
            with self._lock:
                made = self._take(key)
                if made is None:
                    if uv is None:
                        raise Unmade(*NO_UV)
                    on_start()
                    made = self._make(key, uv, wanted, python, trusted=trusted)
        except OSError as error:
            raise Unmade(
                text("The environment cannot be kept in {path}.", path=str(self.folder)),
                text("Name another folder by the variable TITANIC_CHECKER_CACHE."),
            ) from error
        vouched = trusted and made.interpreter.vouched
        return replace(made, asked=asked, interpreter=replace(made.interpreter, vouched=vouched))

    def clear(self) -> int:
        """Remove all that nobody uses. Gives the bytes that became free."""
        if not self.folder.is_dir() or self.folder.is_symlink():
            return 0
        before = size_of(self.folder)
        for key in self._keys():
            self._remove(key)
        shutil.rmtree(self.folder / _DOWNLOADED, ignore_errors=True)
        return max(0, before - size_of(self.folder))

    def contents(self) -> tuple[int, int]:
        """How many there are, and the bytes of the whole folder."""
        return sum(1 for key in self._keys() if (self.folder / key / _READY).is_file()), size_of(self.folder)

    def _prepared(self) -> None:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if self.folder.is_symlink() or not is_own(self.folder.stat()):
            raise PermissionError(self.folder)

    def _python(self, uv: str | None, asked: str) -> tuple[str, str]:
        """The executable of a Python that meets *asked*; else of one of its minor version, or ours, and *asked*."""
        own = os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)
        here = platform.python_version()
        try:
            if not asked or SpecifierSet(asked).contains(here, prereleases=True):
                return own, ""
        except InvalidSpecifier:
            return own, asked
        minor = re.match(r"===?\s*3\.(\d+)\.\d", asked)
        alike = f"==3.{minor[1]}.*" if minor else asked
        if SpecifierSet(alike).contains(here, prereleases=True):
            return own, asked
        if uv is not None:
            with tempfile.TemporaryDirectory() as empty, contextlib.suppress(Unmade, SandboxFault):
                caller = Uv(uv, index_variables(self._variables), Path(empty), Path(empty, "cache"))
                for version in dict.fromkeys((asked, alike)):
                    said = caller.run("python", "find", "--no-project", "--system", version, seconds=60)
                    found = said.output.strip()
                    if said.status == 0 and os.path.isfile(found):
                        executable = Interpreter.of(found).executable
                        if _version(executable) >= (3, 9):
                            return os.path.realpath(executable), "" if version == asked else asked
        return own, asked

    @contextlib.contextmanager
    def _locked(self, key: str, how: int) -> Iterator[int]:
        descriptor = os.open(self.folder / f"{key}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, how)
            yield descriptor
        finally:
            os.close(descriptor)

    def _take(self, key: str) -> Made | None:
        """The environment of that key, in use from now on; None where there is none that is whole."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._locked(key, fcntl.LOCK_SH))
            made = _read(self.folder / key)
            if made is not None:
                os.utime(self.folder / key / _READY)
                self._stack.push(stack.pop_all())
        return made

    def _make(self, key: str, uv: str, wanted: Wanted, python: str, *, trusted: bool) -> Made:
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

    def _build(self, place: Path, uv: str, wanted: Wanted, python: str, *, trusted: bool) -> Made:
        fetched = self.folder / _DOWNLOADED
        place.mkdir(mode=0o700)
        work = place / "work"
        work.mkdir()
        caller = Uv(uv, index_variables(self._variables), work, fetched, (place, fetched), self._largest)
        resolution = resolve(caller, wanted, python)
        _call(caller, "venv", "--quiet", "--no-project", "--python", python, str(place / "env"))
        empty = Interpreter.of(str(place / "env" / "bin" / "python"))  # while it holds nothing that could speak for it
        if resolution.lock:
            _install(caller, resolution.lock, "env.lock", "--python", empty.executable)
        _compile(python, place / "env" / "lib", place)
        interpreter = _with_kernel(caller, place, resolution, python, empty)
        if trusted and interpreter.kernel:
            lasting = replace(interpreter, vouched=True)
            interpreter = lasting if runs_notebooks(lasting, resolution.versions) else interpreter
        elif trusted:
            interpreter = replace(interpreter, vouched=True)
        version = ".".join(map(str, _version(python)))
        made = Made(interpreter, version, resolution.versions, left_out=resolution.left_out)
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
        """Remove what is half made and left, then what has not been used for longest."""
        found = []
        for key in self._keys():
            try:
                said = json.loads((self.folder / key / _READY).read_bytes())
                found.append(((self.folder / key / _READY).stat().st_mtime_ns, key, int(said["size"])))
            except (OSError, ValueError, KeyError, TypeError):
                self._remove(key)
        found.sort(reverse=True)
        total = 0
        for number, (_, key, size) in enumerate(found):
            total += size
            if key != new and (number >= self._most or total > self._most_bytes):
                self._remove(key)
        fetched = self.folder / _DOWNLOADED
        if size_of(fetched) > self._most_bytes:
            shutil.rmtree(fetched, ignore_errors=True)

    def _remove(self, key: str) -> None:
        """Remove it, unless somebody makes or uses it."""
        with contextlib.suppress(OSError), self._locked(key, fcntl.LOCK_EX | fcntl.LOCK_NB):
            (self.folder / key / _READY).unlink(missing_ok=True)
            shutil.rmtree(self.folder / key, ignore_errors=True)


def _key(wanted: Wanted, python: str) -> str:
    """What is wanted, of which Python, on which system: not from where it comes."""
    content = None if wanted.file is None else hashlib.sha256(_whole(wanted.file)).hexdigest()
    told = [
        [_FORM, *RULES],
        sorted(wanted.lines),
        sorted(wanted.certain),
        sorted(wanted.needed),
        sorted(wanted.useful),
        content,
        python,
        _version(python),
        platform.system(),
        platform.machine(),
        *platform.libc_ver(),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _whole(path: Path) -> bytes:
    """A requirements file with those that it includes, as far as they can be read."""
    parts: list[bytes] = []
    waiting, seen = [path], set[Path]()
    while waiting:
        current = waiting.pop().resolve()
        if current in seen:
            continue
        seen.add(current)
        try:
            content = current.read_bytes()
        except OSError:
            continue
        parts.append(content)
        included = re.findall(rb"^[^\S\n]*(?:-[rc]|--requirement|--constraint)[\s=]+(\S+)", content, re.MULTILINE)
        waiting += [current.parent / os.fsdecode(name) for name in included]
    return b"\0".join(parts)


def _version(python: str) -> tuple[int, ...]:
    if python == os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable):
        return sys.version_info[:3]
    command = [python, "-I", "-S", "-c", "import sys; print(*sys.version_info[:3])"]
    try:
        done = subprocess.run(command, env={}, cwd="/", capture_output=True, timeout=60, check=True)
        return tuple(int(part) for part in done.stdout.split())
    except (OSError, subprocess.SubprocessError, ValueError) as broken:
        raise SandboxFault(f"{python} cannot be started: {broken}") from broken


def _install(uv: Uv, lines: tuple[str, ...], name: str, *where: str) -> None:
    """Unpack wheels: nothing is built and nothing of them is run."""
    path = uv.folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    _call(uv, "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", *where, "--requirements", str(path))


def _call(uv: Uv, *arguments: str) -> None:
    said = uv.run(*arguments, seconds=SECONDS)
    if said.status:
        if is_unreachable(said.errors):
            raise Unmade(*unreachable())
        raise Unmade(
            text("What is declared cannot be installed: {reason}.", reason=sentence(said.errors) or "?"),
            text("Try it: uv pip compile, or conda env create."),
        )


def _with_kernel(uv: Uv, place: Path, resolution: Resolution, python: str, interpreter: Interpreter) -> Interpreter:
    """*interpreter* with the first kernel that runs in it, or with none. Nobody has vouched for it."""
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
    """Compile all modules in *folder* by the bare Python: what was installed in *place* is read, and not run."""
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


def _read(place: Path) -> Made | None:
    try:
        said: Any = json.loads((place / _READY).read_bytes())
        if said["form"] != _FORM:
            return None
        parts = dict(said["interpreter"])
        interpreter = Interpreter(**{**parts, "site": tuple(parts["site"]), "overlaid": tuple(parts["overlaid"])})
        return Made(interpreter, said["python"], dict(said["versions"]), left_out=tuple(said["left_out"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None

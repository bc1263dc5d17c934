"""The files that a built image adds to its base: ``.git``, data and secrets, in each layer, even if deleted later."""

from __future__ import annotations

import contextlib
import posixpath
import re
import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from checker.course import Course
from checker.evidence.image.simulated_build import KEY_FILE, secret_in
from checker.evidence.repository.data_files import Passengers, is_data, is_fixture, passengers
from checker.facts.image import Contents, Dockerfile, LayerFinding
from checker.sandbox.images.layers import Added, Layer, LayerFile, SearchTooLarge, files
from checker.sandbox.images.rewrite import RewrittenDockerfile
from checker.secret_patterns import PRIVATE_KEY

_SECONDS = 20.0
_MOST_FILES = 50_000
_MOST_READ = 200_000_000
_LARGEST = 8_000_000
_MOST_FOUND = 20
_LIBRARY = re.compile(r"(?:site|dist)-packages|node_modules|pkgs|(?:python|pypy)\d(?:\.\d+)?t?|__pycache__")
_OF_TOOLS = re.compile(r"\.(?:cache|cargo|conda|mamba|npm|nvm|oh-my-zsh|pixi|pyenv|rustup|uv|vscode-server)")
_SYSTEM = re.compile(
    r"/(?:bin|boot|dev|etc|lib\w*|media|proc|run|sbin|sys|"
    r"usr/(?:local/)?(?:bin|etc|games|include|lib\w*|man|sbin|share)|"
    r"var/(?:backups|cache|lib|local|lock|log|mail|opt|run|spool|tmp))"
)
_ENVIRONMENT = frozenset({"conda-meta", "pyvenv.cfg"})
_INSTALLED = ".dist-info"
_GIT_HAS = frozenset({"HEAD", "objects", "refs"})
_MADE_BY_PROGRAMS = frozenset({KEY_FILE, PRIVATE_KEY})


def contents(added: Added, recipe: RewrittenDockerfile, image: Dockerfile, course: Course) -> Contents:
    """The findings in *added*, the additions of the image that *recipe* built."""
    search = _Search(image, recipe, passengers(course))
    complete = False
    if added.layers is not None:
        with contextlib.suppress(SearchTooLarge):
            search.look(added.layers)
            complete = True
    steps = [step for entry, step in added.history if secret_in("history", entry.encode("utf-8", "surrogateescape"))]
    lines = [recipe.lines[step] if step is not None else None for step in steps]
    return Contents(
        secrets=tuple(search.secrets.values())[:_MOST_FOUND],
        git=tuple(search.git.values())[:_MOST_FOUND],
        data=tuple(search.data.values())[:_MOST_FOUND],
        files=search.files,
        complete=complete,
        variables=added.variables,
        keys=tuple(dict.fromkeys(lines)),
    )


class _Search:
    """A search through layers, the lowest first. Findings are stored by their path in the image."""

    def __init__(self, image: Dockerfile, recipe: RewrittenDockerfile, people: Passengers) -> None:
        self.secrets: dict[str, LayerFinding] = {}
        self.git: dict[str, LayerFinding] = {}
        self.data: dict[str, LayerFinding] = {}
        self.files = 0
        self._lines = recipe.lines
        self._own = {instruction.line for instruction in image.of("COPY", "ADD") if "from" not in instruction.flags}
        self._folder = image.folder
        self._people = people
        self._space = _MOST_READ

    def look(self, layers: Iterable[Layer]) -> None:
        """Searches *layers*. Raises SearchTooLarge at a limit."""
        deadline = time.monotonic() + _SECONDS
        for layer in layers:
            line = self._lines[layer.step] if layer.step is not None else None
            own = line in self._own
            for laid in files(layer, partial(self._enters, line, own), deadline):
                if laid.removes:
                    self._remove(laid.path)
                else:
                    self._keep(laid, line, own)

    def _enters(self, line: int | None, own: bool, folder: str, names: frozenset[str]) -> bool:
        """True where the files of a folder belong to the project. *own*: their layer copies files of the repository.

        Files that installers leave, such as test keys and sample tables, do not.
        """
        name = posixpath.basename(folder)
        if name == ".git" and names >= _GIT_HAS:
            self.git[folder] = LayerFinding(folder, line)
        if name == "objects" and folder.endswith("/.git/objects"):
            return False
        has_packages = any(name_inside.endswith(_INSTALLED) for name_inside in names)
        if folder == "/" or f"{self._folder}/".startswith(f"{folder}/"):
            return own or not has_packages
        if has_packages or _LIBRARY.fullmatch(name) or names & _ENVIRONMENT:
            return False
        return own or not (_SYSTEM.fullmatch(folder) or _OF_TOOLS.fullmatch(name))

    def _keep(self, laid: LayerFile, line: int | None, own: bool) -> None:
        self.files += 1
        size = min(laid.size, _LARGEST + 1)
        self._space -= size
        if self.files > _MOST_FILES or self._space < 0:
            raise SearchTooLarge
        try:
            content = laid.read(size) if laid.size <= _LARGEST else b""
        except OSError:
            return
        if kind := secret_in(laid.path, content) if content else None:
            self.secrets[laid.path] = LayerFinding(laid.path, line, sure=own or kind not in _MADE_BY_PROGRAMS)
        path = laid.path.lstrip("/")
        if laid.size and not is_fixture(path, laid.size) and is_data(path, content, self._people, of_course=not own):
            self.data[laid.path] = LayerFinding(laid.path, line)

    def _remove(self, path: str) -> None:
        for findings in (self.secrets, self.git, self.data):
            for held in findings:
                if held == path or held.startswith(f"{path}/"):
                    findings[held] = replace(findings[held], removed=True)

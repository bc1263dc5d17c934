"""What an image really holds beyond its base: ``.git``, data and secrets, in each layer, removed later or not."""

from __future__ import annotations

import contextlib
import posixpath
import re
import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from checker.course import Course
from checker.evidence.data_files import Passengers, is_data, is_fixture, passengers
from checker.evidence.dockerfile import KEY_FILE, secret_in
from checker.facts.image import Contents, Dockerfile, Held
from checker.sandbox.images.layers import Added, Laid, Layer, Unended, files
from checker.sandbox.images.recipe import Recipe

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
_MADE_BY_PROGRAMS = frozenset({KEY_FILE, "private key"})


def contents(added: Added, recipe: Recipe, image: Dockerfile, course: Course) -> Contents:
    """What was found in *added*, of the image that *recipe* made."""
    search = _Search(image, recipe, passengers(course.edition, course.data.name))
    complete = False
    if added.layers is not None:
        with contextlib.suppress(Unended):
            search.look(added.layers)
            complete = True
    lines = [recipe.lines[step] if step is not None else None for said, step in added.history if _shows_key(said)]
    return Contents(
        secrets=tuple(search.secrets.values())[:_MOST_FOUND],
        git=tuple(search.git.values())[:_MOST_FOUND],
        data=tuple(search.data.values())[:_MOST_FOUND],
        files=search.files,
        complete=complete,
        variables=added.variables,
        keys=tuple(dict.fromkeys(lines)),
    )


def _shows_key(said: str) -> bool:
    return secret_in("history", said.encode("utf-8", "surrogateescape")) is not None


class _Search:
    """A search through layers, the lowest first. What was found is kept by its path in the image."""

    def __init__(self, image: Dockerfile, recipe: Recipe, people: Passengers) -> None:
        self.secrets: dict[str, Held] = {}
        self.git: dict[str, Held] = {}
        self.data: dict[str, Held] = {}
        self.files = 0
        self._lines = recipe.lines
        self._own = {one.line for one in image.of("COPY", "ADD") if "from" not in one.flags}
        self._folder = image.folder
        self._people = people
        self._space = _MOST_READ

    def look(self, layers: Iterable[Layer]) -> None:
        """Look through *layers*. Raises Unended where a limit ends that."""
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
        """Whether the files of a folder are the project's. *own* are the folders that the repository itself brings.

        What installers leave, test keys and sample tables too, nobody of the project put there.
        """
        name = posixpath.basename(folder)
        if name == ".git" and names >= _GIT_HAS:
            self.git[folder] = Held(folder, line)
        if name == "objects" and folder.endswith("/.git/objects"):
            return False
        if folder == "/" or f"{self._folder}/".startswith(f"{folder}/"):
            return own or not any(one.endswith(_INSTALLED) for one in names)
        if _LIBRARY.fullmatch(name) or names & _ENVIRONMENT or any(one.endswith(_INSTALLED) for one in names):
            return False
        return own or not (_SYSTEM.fullmatch(folder) or _OF_TOOLS.fullmatch(name))

    def _keep(self, laid: Laid, line: int | None, own: bool) -> None:
        self.files += 1
        most = min(laid.size, _LARGEST + 1)
        self._space -= most
        if self.files > _MOST_FILES or self._space < 0:
            raise Unended
        try:
            content = laid.read(most) if laid.size <= _LARGEST else b""
        except OSError:
            return
        if kind := secret_in(laid.path, content) if content else None:
            self.secrets[laid.path] = Held(laid.path, line, sure=own or kind not in _MADE_BY_PROGRAMS)
        path = laid.path.lstrip("/")
        if laid.size and not is_fixture(path, laid.size) and is_data(path, content, self._people, of_course=not own):
            self.data[laid.path] = Held(laid.path, line)

    def _remove(self, path: str) -> None:
        for found in (self.secrets, self.git, self.data):
            for held in found:
                if held == path or held.startswith(f"{path}/"):
                    found[held] = replace(found[held], removed=True)

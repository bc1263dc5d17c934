"""The image of a submission, built and run on the engine of this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Self

from checker.absences import NotDoneYet
from checker.course import Course
from checker.evidence.dockerfile import ignoring
from checker.evidence.instructions import words_of
from checker.evidence.layers import contents
from checker.evidence.package_hosts import package_hosts
from checker.evidence.printed import said
from checker.evidence.worlds import ordinary_world
from checker.facts.code import Code
from checker.facts.image import Build, Dockerfile, Engine, Instruction, Mistake, Stop, Trial, Wrong
from checker.facts.running import Limits
from checker.facts.tree import Tree, tree_of
from checker.model import Text, text
from checker.sandbox.clock import GradingClock
from checker.sandbox.images import installers
from checker.sandbox.images.bases import NoSuchImage, NotAllowed, OutOfReach, Sources
from checker.sandbox.images.building import BUILT, Built, Order
from checker.sandbox.images.context import context
from checker.sandbox.images.engine import Unfit
from checker.sandbox.images.proxy import Log
from checker.sandbox.images.recipe import NeedsBuildKit, Recipe, images_of, rewritten
from checker.sandbox.images.workshop import REASONS, Workshop
from checker.sandbox.processes import NO_MEMORY

_PRIVATE = ".Dockerfile-"
_FILE = f"{_PRIVATE}classic"
_CERTAIN = frozenset({Wrong.UNKNOWN, Wrong.INCOMPLETE, Wrong.EARLY, Wrong.OPEN}) | frozenset(
    {Wrong.SOURCE, Wrong.IGNORED, Wrong.REFERENCE, Wrong.STAGE}
)
_INSTALLS = re.compile(
    r"(?:^|[&|;])(?>[^&|;]*?\b(?:pip3?|conda|mamba|micromamba|uv|poetry|pixi)\b)"
    r"[^&|;]*\b(?:install|create|sync|update)\b"
)
_ENVIRONMENT_FILE = re.compile(
    r"(?:.*/)?(?:(?:requirements|constraints)[\w.-]*\.(?:txt|in)|(?:conda-)?(?:environment|env|lock)[\w.-]*\.(?:ya?ml|txt)|"
    r"pyproject\.toml|uv\.lock|poetry\.lock|Pipfile(?:\.lock)?|pixi\.(?:toml|lock)|\.python-version|README\.md)"
)
_LEAST_SPACE = 2 << 30
_SHOWN = 6_000
_DISTRUST = re.compile(r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|self[- ]signed certificate|UnknownIssuer")
_NO_SPACE = re.compile(r"no space left on device", re.IGNORECASE)
_CHANGED = b"\n# changed\n"


def trial(
    tree: Tree, image: Dockerfile, course: Course, engine: Engine, code: Code, workshop: Workshop, clock: GradingClock
) -> Trial:
    """What an engine makes of the image. Raises NotDoneYet where it surely cannot be built, or no engine answers."""
    if engine.version is None:
        raise NotDoneYet(text("No Docker engine answers on this machine."))
    if image.problem is not None or not image.stages or image.misplaced or any(map(_is_certain, image.mistakes)):
        raise NotDoneYet(text("The Dockerfile cannot be followed."))
    with clock.excluded(), _Bench(tree, image, course, workshop) as bench:
        return _tried(bench, image, course, code, workshop)


def _tried(bench: _Bench, image: Dockerfile, course: Course, code: Code, workshop: Workshop) -> Trial:
    try:
        bases = bench.bases()
        recipe = rewritten(image.instructions, image.stages, bases, _PRIVATE, BUILT, installers.NAMES)
    except _Missing as missing:
        return Trial(missing=missing.what, remedy=missing.remedy)
    except NoSuchImage as missing:
        line = next((line for name, line in images_of(image.instructions, image.stages) if name == str(missing)), None)
        return Trial(build=Build(seconds=0.0, stop=Stop.BASE, line=line, what=str(missing)))
    except NeedsBuildKit as need:
        return Trial(
            missing=text("Line {line} needs a builder that is not used here ({what}).", line=need.line, what=need.what),
            remedy=text("Build the image by hand, or write that line in the older way."),
        )
    try:
        made = bench.build(recipe)
        if bench.had_a_part(recipe, made):
            bench.answers = False
            made = bench.build(recipe)
    except Unfit as unfit:
        return Trial(missing=unfit.what, remedy=unfit.remedy)
    build = bench.fact(recipe, made)
    if made.image is None:
        return bench.unmade(build, made)
    if kept := _environment_layer(recipe, image, made):
        workshop.keep(kept)
    finished, printed, not_run, fault = None, None, None, ""
    if workshop.can_join:
        try:
            finished = workshop.run(made.image, ordinary_world(course), _limits(course))
        except Unfit as unfit:
            not_run = (unfit.what, unfit.remedy)
    else:
        not_run = (
            text("Only the administrator of the machine can give a container the data of the exercise."),
            text("Run the image yourself: docker run --rm titanic; or let the instructor's machine do it."),
        )
    if finished is not None:
        printed = said(finished)
        if not finished.succeeded and (seen := _DISTRUST.search(finished.errors + finished.output)):
            fault = f"a program in the image does not trust the gateway: {seen[0]}"
    added = workshop.added(made.image, _base(image, bases), made.built.layers)
    return Trial(
        build=build,
        finished=finished,
        printed=printed,
        not_run=not_run,
        fault=fault,
        reinstalled=bench.reinstalled(recipe, code.main),
        contents=contents(added, recipe, image, course) if added is not None else None,
    )


class _Missing(Exception):
    """What this machine lacks to build it."""

    def __init__(self, what: Text, remedy: Text) -> None:
        super().__init__(str(what))
        self.what, self.remedy = what, remedy


def _base(image: Dockerfile, bases: Mapping[str, str]) -> str | None:
    """The image from outside that the last stage starts from in the end; None for one that starts from nothing."""
    stage = image.stages[-1]
    while stage.earlier is not None:
        stage = image.stages[stage.earlier]
    return bases.get(stage.base)


def _is_certain(mistake: Mistake) -> bool:
    return mistake.kind in _CERTAIN


def _limits(course: Course) -> Limits:
    return Limits(seconds=course.image.run_seconds, memory=course.image.memory)


class _Made(NamedTuple):
    """What a build gave, and which hosts it asked for."""

    built: Built
    log: Log

    @property
    def image(self) -> str | None:
        return self.built.image


class _Bench:
    """One submission's image on the engine. ``answers`` says that we answer installers in the name of their sources.

    A context manager: leaving it removes what was built, but for what is kept for others to start from.
    """

    def __init__(self, tree: Tree, image: Dockerfile, course: Course, workshop: Workshop) -> None:
        self._tree, self._image, self._workshop = tree, image, workshop
        _, self._ignored = ignoring(tree, image.path)
        self._limits = course.image
        self._found: dict[str, str] = {}
        self._built: list[Built] = []
        self.answers = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for built in reversed(self._built):
            self._workshop.discard(built)

    def bases(self) -> dict[str, str]:
        """The ids of the images from outside. Raises _Missing, NoSuchImage."""
        sources = Sources(self._limits.stand_ins, self._limits.well_known, self._limits.registries)
        found = self._found
        for name, line in images_of(self._image.instructions, self._image.stages):
            if "$" in name:
                raise _Missing(
                    text("Line {line} names its image by a variable that is not set.", line=line),
                    text("Give the variable a value: ARG before FROM."),
                )
            try:
                found[name] = self._workshop.resolve(name, sources, self._limits.build_seconds)
            except OutOfReach:
                raise _Missing(
                    text("The image {name} is not on this machine, and no registry gives it.", name=name),
                    text("Where a registry can be reached: docker pull {name}.", name=name),
                ) from None
            except NotAllowed:
                raise _Missing(
                    text(
                        "The course does not take the image {name}: its registry is not among the known ones.",
                        name=name,
                    ),
                    text("Start from an image of Docker Hub, for example python:3.11-slim."),
                ) from None
        return found

    def build(self, recipe: Recipe, tree: Tree | None = None, *, until: frozenset[int] = frozenset()) -> _Made:
        """Build *tree*, or the submission as it is.

        The first instruction on a line of *until* that is not taken from the cache ends it.
        """
        sent = tree if tree is not None else self._tree
        given = self._workshop.platform() if recipe.arguments else {}
        arguments = {name: value for name, value in given.items() if name in recipe.arguments}
        hosts = (*self._limits.hosts, *package_hosts())
        trusted = [host for host in self._limits.hosts if "*" not in host] if self.answers else []

        def order(network: str) -> Order:
            proxies: dict[str, str] = {}
            if network != "default":
                proxies = {**installers.leading(), **(installers.trusting(trusted) if trusted else {})}
            return Order(
                context=context(self._sent(sent), {**recipe.files, **self._beside(recipe, sent)}),
                dockerfile=_FILE,
                arguments={**arguments, **proxies},
                network=network,
                seconds=self._limits.build_seconds,
                written=self._limits.written,
                memory=self._limits.memory,
                processors=2.0,
                bases=tuple(self._found.values()),
                stages=recipe.stages,
            )

        made = _Made(*self._workshop.build(order, hosts, trusted, lambda step: recipe.lines[step] not in until))
        self._built.append(made.built)
        return made

    def had_a_part(self, recipe: Recipe, made: _Made) -> bool:
        """Whether an installation failed for which we answered: it is tried once more without."""
        built, log = made
        if built.image or built.reason or not (log.opened or log.distrusted or installers.CONDA in log.reached):
            return False
        line = _line(recipe, built)
        return any(one.line == line and _INSTALLS.search(one.words) for one in self._image.of("RUN"))

    def fact(self, recipe: Recipe, made: _Made) -> Build:
        """What is to be known of a build."""
        built, log = made
        stop = None if built.image else REASONS.get(built.reason or "", Stop.STEP)
        line = _line(recipe, built)
        output = f"{built.output.rstrip()}\n{built.error}".strip() if stop else ""
        return Build(
            seconds=built.seconds,
            stop=stop,
            line=line if stop else None,
            output=output[-_SHOWN:],
            refused=tuple(sorted(log.refused)),
            # what this machine's own configuration names is nobody else's business
            unreached=tuple(sorted(host for host in log.unreached if host not in package_hosts())),
            notes=recipe.notes,
        )

    def unmade(self, build: Build, made: _Made) -> Trial:
        """What it means that there is no image: who has to do something about it."""
        if made.log.unreached and build.stop is Stop.STEP:
            return Trial(
                build=build,
                missing=text(
                    "This machine does not reach a package source that the build needs: {hosts}.", hosts=build.unreached
                )
                if build.unreached
                else text("This machine does not reach its own package source."),
                remedy=text("Grade where it can be reached."),
            )
        if build.refused and build.stop is Stop.STEP:
            return Trial(
                build=build,
                missing=text(
                    "The build asks for {hosts}, which the course does not let a build reach.", hosts=build.refused
                ),
                remedy=text("Take packages from PyPI, conda or Debian, and data by a link when the image runs."),
            )
        if build.stop is Stop.STEP and _DISTRUST.search(build.output):
            return Trial(
                build=build,
                missing=text("A program in the build does not trust the network of this machine."),
                remedy=text("Grade where https is not looked into."),
            )
        if made.built.scarce:
            return Trial(build=build, missing=NO_MEMORY[0], remedy=NO_MEMORY[1])
        free = self._workshop.free_space()
        full = build.stop is Stop.STEP and _NO_SPACE.search(build.output)
        if full or (free is not None and free < _LEAST_SPACE):
            return Trial(
                build=build,
                missing=text("There is no space left for images on this machine."),
                remedy=text("Make room: docker system prune."),
            )
        return Trial(build=build)

    def reinstalled(self, recipe: Recipe, main: str | None) -> int | None:
        """The line of the installation that a change of the main script repeats, 0 for none; None: not to be tried."""
        installs = frozenset(one.line for one in self._image.of("RUN") if _INSTALLS.search(one.words))
        if main is None or not installs:
            return None
        changed = self._tree.with_({main: self._tree.read(main) + _CHANGED})
        made = self.build(recipe, changed, until=installs)
        if not made.built.layers:
            # an engine that does not tell its steps as Docker does
            return None
        if made.image is not None:
            return 0
        stopped = recipe.lines[made.built.step] if made.built.reason == "abandoned" else 0
        return stopped if stopped in installs else None

    def _sent(self, tree: Tree) -> Tree:
        """What of *tree* the builder gets."""
        kept = {path: entry for path, entry in tree.entries.items() if self._ignored(path) is None}
        return tree_of(kept, tree.fetch)

    def _beside(self, recipe: Recipe, tree: Tree) -> dict[str, bytes]:
        """Our files in the context. The builder takes away what the last one names before anything is copied."""
        written = recipe.content.encode("utf-8", "surrogateescape")
        rules = b""
        if ".dockerignore" in tree and self._ignored(".dockerignore") is None:
            rules = tree.read(".dockerignore") + b"\n"
        else:
            rules = b".dockerignore\n"
        return {_FILE: written, ".dockerignore": rules + _FILE.encode() + b"\n"}


def _line(recipe: Recipe, built: Built) -> int | None:
    """The line of the student's file at which a build is; None where it came to none."""
    return recipe.lines[built.step] if 0 <= built.step < len(recipe.lines) else None


def _environment_layer(recipe: Recipe, image: Dockerfile, made: _Made) -> str | None:
    """The image after the last installation, if nothing but files of the environment was copied before it."""
    kept = None
    lines = {one.line for one in _without_code(image)}
    for step, line in enumerate(recipe.lines):
        one = next((one for one in image.instructions if one.line == line), None)
        if line not in lines or one is None:
            break
        if one.keyword == "RUN" and _INSTALLS.search(one.words):
            kept = made.built.layers.get(step)
    return kept


def _without_code(image: Dockerfile) -> Iterator[Instruction]:
    """The instructions of a single stage, up to the first that copies something else than an environment's files."""
    if len(image.stages) != 1:
        return
    for one in image.instructions:
        if one.keyword in ("COPY", "ADD"):
            sources = words_of(one.value)[0][:-1]
            if "from" in one.flags or not sources or not all(map(_ENVIRONMENT_FILE.fullmatch, sources)):
                return
        yield one


PROBES = (trial,)

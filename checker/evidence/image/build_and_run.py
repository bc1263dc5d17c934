"""The image of a submission, built and run on the engine of this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Self

from checker.absences import NotDoneYet
from checker.course import Course
from checker.evidence.datasets.served import ordinary_data
from checker.evidence.image.contents import contents
from checker.evidence.image.dockerfile_parser import words_of
from checker.evidence.image.package_indexes import machine_indexes
from checker.evidence.image.simulated_build import ignoring
from checker.evidence.results.printed_results import parse_results
from checker.facts.code import Code
from checker.facts.image import Build, Dockerfile, Engine, ImageTrial, Instruction, Stop, Wrong
from checker.facts.job import RunLimits
from checker.facts.tree import Tree, tree_of
from checker.model import Text, text
from checker.sandbox.images.base_images import BaseImagePolicy, NoSuchImage, NotAllowed, OutOfReach
from checker.sandbox.images.context import context
from checker.sandbox.images.engine import EngineUnusable
from checker.sandbox.images.engine_session import REASONS, EngineSession
from checker.sandbox.images.image_build import BUILT, BuildOrder, Built
from checker.sandbox.images.proxy import ARGUMENTS, HostLog
from checker.sandbox.images.rewrite import NeedsBuildKit, RewrittenDockerfile, images_of, rewritten
from checker.sandbox.per_grading.clock import GradingClock
from checker.sandbox.process.process_sandbox import NO_MEMORY

_PRIVATE = ".Dockerfile-"
_FILE = f"{_PRIVATE}classic"
_CERTAIN = frozenset(Wrong) - {Wrong.USED_BEFORE, Wrong.LIST, Wrong.ONE_WORD}
_INSTALLS = re.compile(
    r"(?:^|[&|;])(?>[^&|;]*?\b(?:pip3?|conda|mamba|micromamba|uv|poetry|pixi)\b)"
    r"[^&|;]*\b(?:install|create|sync|update)\b"
)
_UV = re.compile(r"\buv\b")
_BY_A_LOCK = re.compile(r"\b(?:sync|run|lock|export|add)\b")
_ENVIRONMENT_FILE = re.compile(
    r"(?:.*/)?(?:(?:requirements|constraints)[\w.-]*\.(?:txt|in)|(?:conda-)?(?:environment|env|lock)[\w.-]*\.(?:ya?ml|txt)|"
    r"pyproject\.toml|uv\.lock|poetry\.lock|Pipfile(?:\.lock)?|pixi\.(?:toml|lock)|\.python-version|README\.md)"
)
_LEAST_SPACE = 2 << 30
_SHOWN = 6_000
_DISTRUST = re.compile(r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|self[- ]signed certificate|UnknownIssuer")
_ABSENT = re.compile(
    r"No matching distribution found|not\s+found\s+in\s+the\s+package\s+registry|there\s+is\s+no\s+version\s+of"
)
_NO_SPACE = re.compile(r"no space left on device", re.IGNORECASE)
_CHANGED = b"\n# changed\n"


def image_trial(
    tree: Tree,
    image: Dockerfile,
    course: Course,
    engine: Engine,
    code: Code,
    engine_session: EngineSession,
    clock: GradingClock,
) -> ImageTrial:
    """The image, built and run on the engine. Raises NotDoneYet where the build is certain to fail, or no engine
    answers.
    """
    if engine.version is None:
        raise NotDoneYet(text("No Docker engine answers on this machine."))
    fails = _CERTAIN & {mistake.kind for mistake in image.mistakes}
    if image.problem is not None or not image.stages or image.misplaced or fails:
        raise NotDoneYet(text("The Dockerfile cannot be followed."))
    with clock.excluded(), _ImageBuilder(tree, image, course, engine_session) as bench:
        return _tried(bench, image, course, code, engine_session)


def _tried(
    bench: _ImageBuilder, image: Dockerfile, course: Course, code: Code, engine_session: EngineSession
) -> ImageTrial:
    try:
        bases = bench.bases()
        recipe = rewritten(image.instructions, image.stages, bases, _PRIVATE, BUILT, bench.argument_names)
    except _Missing as missing:
        return ImageTrial(missing=missing.what, remedy=missing.remedy)
    except NoSuchImage as missing:
        line = next((line for name, line in images_of(image.instructions, image.stages) if name == str(missing)), None)
        return ImageTrial(build=Build(seconds=0.0, stop=Stop.BASE, line=line, what=str(missing)))
    except NeedsBuildKit as need:
        return ImageTrial(
            missing=text("Line {line} needs a builder that is not used here ({what}).", line=need.line, what=need.what),
            remedy=text("Build the image by hand, or write that line in the older way."),
        )
    try:
        built = bench.build(recipe)
    except EngineUnusable as unfit:
        return ImageTrial(missing=unfit.what, remedy=unfit.remedy)
    build = bench.fact(recipe, built)
    if built.image is None:
        return bench.unmade(build, built)
    if layer := _environment_layer(recipe, image, built):
        engine_session.keep(layer)
    finished, printed, not_run, fault = None, None, None, ""
    if engine_session.can_join:
        try:
            limits = RunLimits(seconds=course.image.run_seconds, memory=course.image.memory)
            finished = engine_session.run(built.image, ordinary_data(course), limits)
        except EngineUnusable as unfit:
            not_run = (unfit.what, unfit.remedy)
    else:
        not_run = (
            text("Only the administrator of the machine can give a container the data of the exercise."),
            text(
                "Run the image yourself: docker run --rm {image}; or let the instructor's machine do it.",
                image=course.image_name,
            ),
        )
    if finished is not None:
        printed = parse_results(finished, course)
        if not finished.succeeded and (distrust := _DISTRUST.search(finished.errors + finished.output)):
            fault = f"a program in the image does not trust the gateway: {distrust[0]}"
    added = engine_session.added(built.image, _base(image, bases), built.built.layers)
    return ImageTrial(
        build=build,
        finished=finished,
        printed=printed,
        not_run=not_run,
        fault=fault,
        reinstalled=bench.reinstalled(recipe, code.main),
        contents=contents(added, recipe, image, course) if added is not None else None,
    )


class _Missing(Exception):
    """A requirement of the build that this machine lacks."""

    def __init__(self, what: Text, remedy: Text) -> None:
        super().__init__(str(what))
        self.what, self.remedy = what, remedy


def _base(image: Dockerfile, bases: Mapping[str, str]) -> str | None:
    """The external image at the root of the last stage; None for ``scratch``."""
    stage = image.stages[-1]
    while stage.earlier is not None:
        stage = image.stages[stage.earlier]
    return bases.get(stage.base)


class _Made(NamedTuple):
    """The result of a build, and the hosts that it requested."""

    built: Built
    log: HostLog

    @property
    def image(self) -> str | None:
        return self.built.image


class _ImageBuilder:
    """Builds and runs one submission's image on the engine.

    A context manager: leaving it removes the built images, except for layers kept as a cache.
    """

    def __init__(self, tree: Tree, image: Dockerfile, course: Course, engine_session: EngineSession) -> None:
        self._tree, self._image, self._workshop = tree, image, engine_session
        _, self._ignored = ignoring(tree, image.path)
        self._limits = course.image
        self._found: dict[str, str] = {}
        self._built: list[Built] = []
        self._indexes = machine_indexes()
        self._locked = any(
            _UV.search(instruction.words) and _BY_A_LOCK.search(instruction.words) for instruction in image.of("RUN")
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for built in reversed(self._built):
            self._workshop.discard(built)

    def bases(self) -> dict[str, str]:
        """The ids of the external base images. Raises _Missing where this machine cannot get one, NoSuchImage."""
        sources = BaseImagePolicy(self._limits.stand_ins, self._limits.well_known, self._limits.registries)
        ids = self._found
        for name, line in images_of(self._image.instructions, self._image.stages):
            if "$" in name:
                raise _Missing(
                    text("Line {line} names its image by a variable that is not set.", line=line),
                    text("Give the variable a value: ARG before FROM."),
                )
            try:
                ids[name] = self._workshop.resolve(name, sources, self._limits.build_seconds)
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
        return ids

    @property
    def argument_names(self) -> tuple[str, ...]:
        """The build arguments of installers, which the rewritten Dockerfile has to declare."""
        return tuple(self._indexes.build_arguments(here=True, locked=self._locked))

    @property
    def _has_own_index(self) -> bool:
        """True where packages come from this machine's own index, which may lack packages of PyPI."""
        return bool(self.argument_names) and not self._indexes.hosts <= set(self._limits.hosts)

    def build(
        self, recipe: RewrittenDockerfile, tree: Tree | None = None, *, until: frozenset[int] = frozenset()
    ) -> _Made:
        """Builds *tree*, or the submission as it is.

        The build stops at the first uncached instruction on a line of *until*.
        """
        sent = tree if tree is not None else self._tree
        platform = self._workshop.platform() if recipe.arguments else {}
        arguments = {name: value for name, value in platform.items() if name in recipe.arguments}

        def order(network: str) -> BuildOrder:
            alone = network == "default"
            index_arguments = self._indexes.build_arguments(here=not alone, locked=self._locked)
            return BuildOrder(
                context=context(self._sent(sent), {**recipe.files, **self._beside(recipe, sent)}),
                dockerfile=_FILE,
                arguments={**arguments, **index_arguments, **({} if alone else ARGUMENTS)},
                network=network,
                seconds=self._limits.build_seconds,
                written=self._limits.written,
                memory=self._limits.memory,
                processors=2.0,
                bases=tuple(self._found.values()),
            )

        def goes_on(step: int) -> bool:
            return recipe.lines[step] not in until

        result = _Made(*self._workshop.build(order, self._limits.hosts, self._indexes.origins, goes_on))
        self._built.append(result.built)
        return result

    def fact(self, recipe: RewrittenDockerfile, result: _Made) -> Build:
        """The fact about a build."""
        built, log = result
        stop = None if built.image else REASONS.get(built.reason or "", Stop.STEP)
        line = recipe.lines[built.step] if stop and 0 <= built.step < len(recipe.lines) else None
        messages = f"{built.output.rstrip()}\n{built.error}".strip() if stop else ""
        # The hosts in this machine's own configuration are private.
        output = self._indexes.hidden(messages, self._limits.hosts)
        return Build(
            seconds=built.seconds,
            stop=stop,
            line=line,
            output=output[-_SHOWN:],
            refused=tuple(sorted(log.refused - self._indexes.hosts)),
            unreached=tuple(sorted(log.unreached - self._indexes.hosts)),
            notes=recipe.notes,
        )

    def unmade(self, build: Build, result: _Made) -> ImageTrial:
        """The result for a build without an image: the student's fault, or a missing requirement of this machine."""
        missing, remedy = self._missing(build, result) or (None, None)
        return ImageTrial(build=build, missing=missing, remedy=remedy)

    def _missing(self, build: Build, result: _Made) -> tuple[Text, Text] | None:
        """The part of this machine for whose lack a build stopped, and the remedy; None for the student's fault."""
        if build.stop is Stop.STEP and (result.log.unreached or result.log.refused & self._indexes.hosts):
            what = text("This machine does not reach its own package source.")
            if hosts := build.unreached:
                what = text("This machine does not reach a package source that the build needs: {hosts}.", hosts=hosts)
            return what, text("Grade where it can be reached.")
        if build.refused and build.stop is Stop.STEP:
            return (
                text("The build asks for {hosts}, which the course does not let a build reach.", hosts=build.refused),
                text("Take packages from PyPI, conda or Debian, and data by a link when the image runs."),
            )
        if build.stop is Stop.STEP and self._has_own_index and _ABSENT.search(build.output):
            return (
                text("The package index of this machine does not have a package that the build asks for."),
                text("See whether PyPI has it, and whether that index reaches PyPI."),
            )
        if build.stop is Stop.STEP and _DISTRUST.search(build.output):
            return (
                text("A program in the build does not trust the network of this machine."),
                text("Grade where https is not looked into."),
            )
        if result.built.scarce:
            return NO_MEMORY
        free = self._workshop.free_space()
        full = build.stop is Stop.STEP and _NO_SPACE.search(build.output)
        if full or (free is not None and free < _LEAST_SPACE):
            return text("There is no space left for images on this machine."), text("Make room: docker system prune.")
        return None

    def reinstalled(self, recipe: RewrittenDockerfile, main: str | None) -> int | None:
        """The line of the installation that a change of the main script repeats, 0 for none; None where this cannot be
        tried.
        """
        installs = frozenset(
            instruction.line for instruction in self._image.of("RUN") if _INSTALLS.search(instruction.words)
        )
        if main is None or not installs:
            return None
        changed = self._tree.with_({main: self._tree.read(main) + _CHANGED})
        result = self.build(recipe, changed, until=installs)
        if not result.built.layers:
            # an engine that does not report its steps as Docker does
            return None
        if result.image is not None:
            return 0
        stopped = recipe.lines[result.built.step] if result.built.reason == "abandoned" else 0
        return stopped if stopped in installs else None

    def _sent(self, tree: Tree) -> Tree:
        """The part of *tree* that is sent to the builder."""
        entries = {path: entry for path, entry in tree.entries.items() if self._ignored(path) is None}
        return tree_of(entries, tree.fetch)

    def _beside(self, recipe: RewrittenDockerfile, tree: Tree) -> dict[str, bytes]:
        """The checker's own files in the context. The builder removes those that the last one names before any copy."""
        written = recipe.content.encode("utf-8", "surrogateescape")
        is_sent = ".dockerignore" in tree and self._ignored(".dockerignore") is None
        rules = tree.read(".dockerignore") if is_sent else b".dockerignore"
        return {_FILE: written, ".dockerignore": rules + f"\n{_FILE}\n".encode()}


def _environment_layer(recipe: RewrittenDockerfile, image: Dockerfile, made: _Made) -> str | None:
    """The image after the last installation, if only environment files were copied before it."""
    layer = None
    instructions = {instruction.line: instruction for instruction in _without_code(image)}
    for step, line in enumerate(recipe.lines):
        instruction = instructions.get(line)
        if instruction is None:
            break
        if instruction.keyword == "RUN" and _INSTALLS.search(instruction.words):
            layer = made.built.layers.get(step)
    return layer


def _without_code(image: Dockerfile) -> Iterator[Instruction]:
    """The instructions of a single stage, up to the first that copies more than environment files."""
    if len(image.stages) != 1:
        return
    for instruction in image.instructions:
        if instruction.keyword in ("COPY", "ADD"):
            sources = words_of(instruction.value)[0][:-1]
            if "from" in instruction.flags or not sources or not all(map(_ENVIRONMENT_FILE.fullmatch, sources)):
                return
        yield instruction


PROBES = (image_trial,)

"""Secrets in an image: in the words of its Dockerfile, in what it copies, and in what was really built."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from checker.checks.image.docker_lines import building
from checker.checks.image.dockerfile_commands import expression, gone
from checker.course import Course
from checker.facts.image import Contents, Dockerfile, Instruction, LayerFinding
from checker.model import Advice, Location, Text, advice, text
from checker.quoting import quoted
from checker.secret_patterns import IN_SHELL

_CREDENTIAL = re.compile(
    r"(?:^|_)(?:SECRET|TOKEN|PASSWORD|PASSWD|ACCESS_?KEY|API_?KEY|CREDENTIALS?|PRIVATE_?KEY)(?:_|$)", re.IGNORECASE
)
_NO_SECRET = re.compile(r"|true|false|none|null|\d|changeme|x{3,}|\.{3}|<.*|your.*|\$.*|/.*", re.IGNORECASE)
_SETS = re.compile(r"\b(\w+)(?:=|[ \t]+)(\"[^\"]*\"|'[^']*'|[^\s;&|]+)")
_PLACE = re.compile(r"_(?:FILE|PATH|DIR|URL|ID|NAME|TYPE|LIFETIME|EXPIRES?)$", re.IGNORECASE)
_NEVER_HARMLESS = frozenset({"AWS_ACCESS_KEY_ID"})
_HAS_KEY = f"grep -qE {quoted(IN_SHELL)}"
_WITHOUT_LINKS = quoted(r"s/[?][^[:space:]]*//g")
"""What a link asks for is taken out: a signed one names a key there, which opens nothing without the secret one."""
_VALUE_IN_SHELL = r"(^|[[:space:]]){name}(=|[[:space:]]+)[\"']?[^[:space:]\"'$]"
_VARIABLES_IN_SHELL = "! docker image inspect --format '{{json .Config.Env}}' "
_HISTORY_IN_SHELL = "! docker image history --no-trunc --format '{{.CreatedBy}}' "
_MOST_ADVICE = 3


Found = tuple[Location, Text, Text, str]
"""Where a secret is, what is wrong with it, what to do, and the command that shows it."""


def set_secrets(image: Dockerfile) -> Iterator[Found]:
    """What the lines themselves say: values of variables, and words of the shape of a key."""
    for one in image.of("ENV", "ARG", "RUN"):
        for name, value in _SETS.findall(one.words) if one.keyword != "RUN" else _set_in_shell(one):
            if _is_secret(name, value.strip("\"'")):
                yield (
                    image.place(one.line),
                    *_written(one.keyword, name),
                    f"! grep -qE {quoted(_VALUE_IN_SHELL.format(name=name))} {quoted(image.path)}",
                )
    for line in image.keys:
        yield (
            image.place(line),
            text("Line {line} of the Dockerfile holds something of the shape of a key.", line=line),
            text("Remove it, and change the key: who has the image can read it."),
            f"! grep -qE {quoted(IN_SHELL)} {quoted(image.path)}",
        )


def _written(keyword: str, name: str) -> tuple[Text, Text]:
    """What is wrong with a secret that is the value of a variable, and what to do. The value itself is told nowhere."""
    return (
        text("{keyword} writes the value of {name} into the image.", keyword=keyword, name=name),
        text("Remove the line, change the secret, and give it when the image runs: docker run -e {name}.", name=name),
    )


def _set_in_shell(one: Instruction) -> list[tuple[str, str]]:
    return re.findall(r"\b(\w+)=(\"[^\"]*\"|'[^']*'|[^\s;&|]+)", one.words)


def _is_secret(name: str, value: str) -> bool:
    return _CREDENTIAL.search(name) is not None and not _NO_SECRET.fullmatch(value) and not _is_place(name)


def _is_place(name: str) -> bool:
    return _PLACE.search(name) is not None and name.upper() not in _NEVER_HARMLESS


def copied_secrets(image: Dockerfile) -> Iterator[Found]:
    for secret in (one for one in image.copied_secrets if not one.signed):
        yield (
            image.place(secret.line),
            text("Line {line} copies {path}, which holds a secret.", line=secret.line, path=secret.path),
            text("Name it in .dockerignore, take it out of git, and change what it holds."),
            (
                f"! test -e {quoted(secret.path)} || "
                f"grep -qE {quoted(f'(^|/){expression(posixpath.basename(secret.path))}')} .dockerignore"
                + (f" || ! sed -E {_WITHOUT_LINKS} {quoted(secret.path)} | {_HAS_KEY}" if secret.shaped else "")
            ),
        )
    for line in image.git_copies:
        one = next(one for one in image.instructions if one.line == line)
        yield (
            image.place(line),
            text(
                "Line {line} copies .git: all that was ever committed, and addresses with their passwords.", line=line
            ),
            text("Copy what the script needs, and name .git in .dockerignore."),
            gone(image, one),
        )


def copied_links(image: Dockerfile) -> Iterator[Advice]:
    """The signed links that come into the image: the exercise asks for links, and each of them expires."""
    for secret in [one for one in image.copied_secrets if one.signed][:_MOST_ADVICE]:
        yield advice(
            "Line {line} copies {path}, which holds a signed link: the image works until it expires.",
            where=(image.place(secret.line),),
            line=secret.line,
            path=secret.path,
        )


def built_secrets(image: Dockerfile, contents: Contents, course: Course) -> Iterator[Found]:
    """What only the image itself shows: the values that its variables came to, its layers, its history."""
    built = _built(course)
    for name, value in contents.variables.items():
        if _is_secret(name, value):
            yield (
                image.place(next((one.line for one in reversed(image.of("ENV")) if name in one.value), None)),
                *_written("ENV", name),
                f"{built}{_VARIABLES_IN_SHELL}{course.image_name} | grep -qE " + quoted(f'"{expression(name)}=[^"]'),
            )
    for held in contents.secrets:
        if held.sure:
            actual = text("{path} in the image holds a secret.", path=held.path)
            if held.removed:
                actual = text("{path} holds a secret. It was removed later, and its layer keeps it.", path=held.path)
            yield (
                image.place(held.line),
                actual,
                text("Keep it out of the image from the beginning, and change what it holds."),
                _in_a_layer(held, course),
            )
    for line in contents.keys:
        yield (
            image.place(line),
            text("The history of the image shows something of the shape of a key."),
            text("Remove it, and change the key: who has the image can read it."),
            f"{built}{_HISTORY_IN_SHELL}{course.image_name} | grep -qE " + quoted(IN_SHELL),
        )


def _built(course: Course) -> str:
    return f"{building(course, quiet=True)} >/dev/null && "


def _in_a_layer(held: LayerFinding, course: Course) -> str:
    """Fails as long as a layer has that file: layers are archives in an archive, of one name or the other."""
    name = course.image_name
    saved = f"/tmp/{name}.tar"  # noqa: S108  a file of the reader's own
    return (
        f"{_built(course)}docker image save -o {saved} {name} && ! for layer in $(tar -tf {saved} | "
        f"grep -E 'layer.tar$|^blobs/sha256/.'); do tar -xOf {saved} \"$layer\" | tar -t 2>/dev/null; done"
        f" | grep -qxF {quoted(held.path.lstrip('/'))}"
    )


def burdens(image: Dockerfile, contents: Contents) -> Iterator[Advice]:
    """What an image should not hold, and costs nothing."""
    for held in contents.git[:_MOST_ADVICE]:
        yield advice(
            "{path} came into the image: all that was ever committed there. Copy what the script needs, and name .git "
            "in .dockerignore.",
            where=(image.place(held.line),),
            path=held.path,
        )
    for held in contents.data[:_MOST_ADVICE]:
        yield advice(
            "{path} came into the image, and is data: leave it where it is, and read it when the image runs.",
            where=(image.place(held.line),),
            path=held.path,
        )
    for held in [held for held in contents.secrets if not held.sure][:_MOST_ADVICE]:
        yield advice(
            "{path} came into the image, and looks like a key: who has the image can read it.",
            where=(image.place(held.line),),
            path=held.path,
        )

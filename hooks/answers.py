"""The rules for answers to the template's questions, with reasons. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

START = "1.0"

_FOLDER = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?")
# Windows keeps these for its devices, whatever their suffix.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_OWNER_AND_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL}){{0,20}}(:\d{{1,5}})?")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_NAME_OF_OBJECT = r"(?!\.{1,2}(/|$))[A-Za-z0-9._-]{1,100}"
_S3_PATH = re.compile(rf"{_NAME_OF_OBJECT}(/{_NAME_OF_OBJECT}){{0,20}}")

# The sources of the checker. No character of them has a meaning to a shell, to YAML or to Markdown: the starter writes
# them unquoted. The forms: the package index, git, a wheel's address, a container image.
_VERSION = r"\d{1,9}(\.[0-9A-Za-z]{1,20}){0,5}"
_FOLDERS = r"(/[A-Za-z0-9_~][A-Za-z0-9._~-]{0,99}){1,20}"
_SOURCES = (
    re.compile(rf"titanic-checker(==|~=){_VERSION}|titanic-checker"),
    re.compile(rf"git\+https://{_HOST.pattern}{_FOLDERS}(@[A-Za-z0-9][A-Za-z0-9._/-]{{0,99}})?"),
    re.compile(rf"https://{_HOST.pattern}{_FOLDERS}/[A-Za-z0-9_.+-]{{1,200}}\.whl(#sha256=[0-9a-f]{{64}})?"),
    re.compile(r"docker://[A-Za-z0-9][A-Za-z0-9._/:-]{0,300}(@sha256:[0-9a-f]{64})?"),
)


def refusal(answers: Mapping[str, str], shipped: Sequence[str]) -> str | None:
    """The reason why these answers cannot be used, in one sentence of their language; ``None`` if they can.

    ``shipped`` are the steps that have a solution here, at which a starter can begin.
    """
    language = answers["language"]
    if language not in {"fr", "en"}:
        return f"language : {language!r} ; choisir fr ou en · choose fr or en."
    for name, possible, french, english in _rules(answers, shipped):
        if not possible:
            return (
                f"{name} : {answers[name]!r} {french}" if language == "fr" else f"{name}: {answers[name]!r} {english}"
            )
    return None


def _rules(answers: Mapping[str, str], shipped: Sequence[str]) -> Iterator[tuple[str, bool, str, str]]:
    """The rules: a question, True if its answer is possible, and the end of the sentence in French and in English."""
    for name in ("project_name", "author_name"):
        yield (
            name,
            _is_name(answers[name]),
            "n'est pas un nom : une ligne de 1 à 100 caractères, sans < ni >.",
            "is no name: one line of 1 to 100 characters, without < and >.",
        )
    slug = answers["project_slug"]
    yield (
        "project_slug",
        _FOLDER.fullmatch(slug) is not None and _DEVICES.fullmatch(slug) is None,
        "ne convient pas comme nom de dossier : lettres sans accent, chiffres, « - », « _ » et « . ».",
        "will not do as the name of a folder: letters without accents, digits, “-”, “_” and “.”.",
    )
    steps = ", ".join(dict.fromkeys((START, *shipped)))
    yield (
        "start_at",
        answers["start_at"] in {START, *shipped},
        f"n'est pas une étape par laquelle commencer ici ; choisir parmi : {steps}.",
        f"is no step to start at here; choose among: {steps}.",
    )
    yield (
        "upstream",
        not answers["upstream"] or _OWNER_AND_NAME.fullmatch(answers["upstream"]) is not None,
        "n'est pas de la forme propriétaire/nom ; ne rien mettre s'il n'y a pas de dépôt d'origine.",
        "is not of the form owner/name; leave it empty if there is no such repository.",
    )
    yield (
        "checker_source",
        any(form.fullmatch(answers["checker_source"]) for form in _SOURCES),
        (
            "n'est pas une origine du correcteur : titanic-checker==VERSION, git+https://…@étiquette, "
            "https://….whl ou docker://image:étiquette."
        ),
        (
            "is no source of the checker: titanic-checker==VERSION, git+https://…@tag, https://….whl or "
            "docker://image:tag."
        ),
    )
    yield (
        "forge",
        answers["forge"] in {"github", "gitlab"},
        "n'est pas une forge connue ici ; choisir github ou gitlab.",
        "is no forge known here; choose github or gitlab.",
    )
    yield (
        "s3_endpoint",
        _HOST.fullmatch(answers["s3_endpoint"]) is not None,
        "n'est pas le nom d'un serveur ; l'écrire sans https:// et sans chemin.",
        "is not the name of a server; write it without https:// and without a path.",
    )
    yield (
        "s3_bucket",
        _BUCKET.fullmatch(answers["s3_bucket"]) is not None,
        "ne peut pas nommer un bucket : 3 à 63 minuscules, chiffres, « - » ou « . ».",
        "cannot name a bucket: 3 to 63 lower-case letters, digits, “-” or “.”.",
    )
    yield (
        "s3_path",
        _S3_PATH.fullmatch(answers["s3_path"]) is not None,
        "ne peut pas être un dossier du bucket : des noms séparés par « / », sans « / » aux extrémités.",
        "cannot be a folder of the bucket: names separated by “/”, without “/” at either end.",
    )


def _is_name(name: str) -> bool:
    return 0 < len(name.strip()) <= 100 and name.isprintable() and not set(name) & set("<>")

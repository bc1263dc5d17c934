"""Two reports, made by hand: an ordinary one, and one in which every word of the submission is hostile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from checker.model import (
    Basis,
    Blocked,
    CheckResult,
    EnvironmentInfo,
    Errored,
    Failed,
    Json,
    Location,
    Passed,
    Report,
    StepResult,
    SubmissionInfo,
    Suspicion,
    Text,
    ToDo,
    Unavailable,
    Verdict,
    advice,
    text,
)


def titled(english: str, french: str) -> Text:
    return Text(english, translations=(("fr", french),))


def check(identity: str, points: str, verdict: Verdict, title: Text | None = None) -> CheckResult:
    return CheckResult(
        id=identity,
        title=title or titled(f"The title of {identity}", f"Le titre de {identity}"),
        verdict=verdict,
        max_points=Fraction(points),
        seconds=0.25,
    )


def passed(*pieces: object, basis: Basis = Basis.RUN) -> Passed:
    return Passed(message=titled("It is as it should be.", "Tout va bien."), advice=pieces, basis=basis)  # type: ignore[arg-type]


def linted(symbol: str, identity: str, cost: float, *places: tuple[str, int, str]) -> dict[str, Json]:
    """A group of messages as the lint checks put it into their details."""
    said: list[Json] = [{"path": path, "line": line, "column": 1, "message": words} for path, line, words in places]
    where: list[Json] = [f"{path}:{line}" for path, line, _ in places]
    return {
        "symbol": symbol,
        "id": identity,
        "count": len(places),
        "cost": cost,
        "example": places[0][2],
        "where": where,
        "places": said,
    }


NOT_BEGUN = ToDo(what=text("This step has not begun yet."))
NO_ENGINE = Unavailable(
    what=titled("No Docker engine answers on this machine.", "Aucun moteur Docker ne répond sur cette machine."),
    remedy=titled("Start Docker, then run the checker again.", "Démarrer Docker, puis relancer le correcteur."),
)


def report_of(*checks: CheckResult, **more: Any) -> Report:
    """The ordinary report, with one step of these checks in the place of its own, and no doubts."""
    only = StepResult(id="1.4", title=text("Quality"), checks=checks)
    return replace(ordinary(), steps=(only,), remarks=(), suspicions=(), **more)


def step(identity: str, english: str, french: str, *checks: CheckResult, begun: bool = True) -> StepResult:
    return StepResult(id=identity, title=titled(english, french), checks=checks, begun=begun)


def ordinary() -> Report:
    """A student in the middle of the road: every kind of verdict, in words that nobody needs to fear."""
    return Report(
        checker="0.1.0",
        course="titanic",
        edition="ensae-2022",
        course_hash="0123456789ab",
        language="en",
        submission=SubmissionInfo(
            path=".",
            commit="1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b",
            branch="nettoyage",
            author="Ada",
            dirty=True,
            not_committed=("main.py", "src/data/import_data.py"),
            committed_at=datetime(2026, 9, 14, 16, 30, tzinfo=UTC),
        ),
        environment=EnvironmentInfo(kind="embedded", sandbox="bubblewrap", docker="auto"),
        steps=(
            step(
                "1.0",
                "Fork and branch",
                "Un fork et une branche",
                check("branch", "0.5", passed(advice("The course expects a branch called {name}.", name="nettoyage"))),
            ),
            step(
                "1.1",
                "The notebook executes",
                "Le notebook s'exécute",
                check(
                    "notebook-runs",
                    "1.5",
                    Failed(
                        expected=titled("Every cell runs, in order.", "Chaque cellule s'exécute, dans l'ordre."),
                        actual=titled(
                            "FileNotFoundError: no such file or directory: 'train.csv'",
                            "FileNotFoundError : aucun fichier ou dossier de ce nom : 'train.csv'",
                        ),
                        hint=titled(
                            "Read the data by its new place: ../data/raw/train.csv.",
                            "Lire les données à leur nouvelle place : ../data/raw/train.csv.",
                        ),
                        reproduce="cd notebooks && jupyter nbconvert --to notebook --execute titanic.ipynb",
                        where=(Location("notebooks/titanic.ipynb", 3, 2),),
                        credit=Fraction(1),
                        reached_at="99aabbccddeeff00112233445566778899aabbcc",
                    ),
                ),
            ),
            step(
                "1.2",
                "Functions in a module",
                "Des fonctions dans un module",
                check("functions-load", "0.5", passed()),
                check("functions-features", "0.5", passed()),
                check("functions-split", "0.25", passed(basis=Basis.READ)),
                check(
                    "functions-train",
                    "1",
                    ToDo(what=titled("No function trains the forest yet.", "Aucune fonction n'entraîne la forêt.")),
                ),
            ),
            step(
                "1.3",
                "A main script",
                "Un script principal",
                check(
                    "main-runs",
                    "1",
                    Failed(
                        expected=titled("main.py ends with status 0.", "main.py se termine avec le code 0."),
                        actual=titled(
                            "NameError: name 'x_train' is not defined\n  in train_model, called by main.py:21",
                            "NameError : le nom 'x_train' n'est pas défini\n  dans train_model, appelée par main.py:21",
                        ),
                        hint=titled(
                            "Pass the training data to train_model as an argument; "
                            "a function does not see the variables of the notebook.",
                            "Donner les données d'entraînement à train_model en argument ; "
                            "une fonction ne voit pas les variables du notebook.",
                        ),
                        reproduce="python main.py",
                        where=(Location("functions.py", None, 14), Location("main.py", None, 21)),
                    ),
                ),
                check("main-reports", "0.5", Blocked(by=("main-runs",))),
                check("main-imports", "0.5", passed(basis=Basis.READ)),
            ),
            step(
                "1.4",
                "Quality of the code",
                "La qualité du code",
                check(
                    "lint-main",
                    "1",
                    Failed(
                        expected=text("{bar}", bar=9.0),
                        actual=titled("main.py gets 8.95 of 10.", "main.py obtient 8,95 sur 10."),
                        hint=titled("Sort the imports.", "Ranger les imports."),
                        reproduce="PYTHONPATH=. pylint --rcfile=/dev/null --fail-under=9 main.py",
                        where=(Location("main.py", None, 3, 1),),
                        credit=Fraction(1, 2),
                        details={
                            "pylint": "3.3.9",
                            "messages": [
                                linted("wrong-import-order", "C0411", 0.8, ("main.py", 3, "Imports are out of order")),
                                linted("unused-import", "W0611", 0.25, ("main.py", 4, "Unused import os")),
                            ],
                        },
                    ),
                ),
                check("lint-modules", "1", Errored(fault="Traceback: not for students")),
            ),
            step(
                "2.3",
                "A Docker image",
                "Une image Docker",
                check("dockerfile", "0.5", passed()),
                check("image-builds", "0.5", NO_ENGINE),
                check("image-runs", "0.75", NO_ENGINE),
            ),
            step("3.1", "Continuous integration", "Intégration continue", check("ci", "1", NOT_BEGUN), begun=False),
        ),
        cap=Fraction(20),
        seconds=12.4,
        command="checker check",
        remarks=(advice("The data file {path} is in the history of the repository.", where=(), path="train.csv"),),
        suspicions=(
            Suspicion(
                "reaches-frames",
                text(
                    "{means}: {what}. The exercise needs none of that, and a program could change by it what is "
                    "seen of it.",
                    means=text("The code looks into the calls of others"),
                    what=("sys._getframe",),
                ),
                (Location("functions.py", None, 14),),
                ("notebook-runs",),
            ),
        ),
    )


FRAGMENTS = (
    "\x1b[31mred\x1b[0m\x1b]0;owned\x07",
    "\x9b2J",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "::error file=x::pwned\n::stop-commands::x",
    "##[add-matcher]x.json ##vso[task.setvariable variable=x]y",
    "a | b | c",
    '=cmd|"/c calc"!A1',
    "[bold]loud[/bold] [link=https://evil.example]x[/link]",
    "\x00\x01\x08\x7f\r\x0b\x0c",
    "\u202egnp.exe\u2066\u200b\ufeff\u2028\u2029",
    "\ud800 alone \udfff",
    "\ufffe\uffff\U0001fffe",
    "` `` ``` ```` ~~~",
    "# heading\n\n---\n\n- item\n1. item\n> quote\n    code\n```\nfence",
    "![x](https://evil.example/p.png) [y](javascript:alert(1)) <https://evil.example>",
    "https://evil.example www.evil.example",
    "@everyone team@example.org #1 GH-1 owner/repo#2 " + "f" * 40,
    "]]> --> &lt;b&gt; &#60;b&#62; <!-- <![CDATA[",
    "{0.__class__} {name} %s ${HOME} $(id)",
    "\\ \\n \\` \\| \\<b>",
    "字字字字 👩‍👩‍👧‍👦 e\u0301 \u3164",
)
HOSTILE = " ".join(FRAGMENTS)
LONG = "A" * 1_000_000
PATHS = ("a\nb.py", "-rf", "$(x).py", "x|y`z.py", "\u202eyp.x", "\udc80\udcff.py", "<b>.py", "\x1b[2J.py", "n" * 255)


def hostile() -> Report:
    """Every place that can hold words of a submission holds those of somebody who means harm."""
    places = tuple(Location(path, cell, line) for path in PATHS for cell in (None, 3) for line in (None, 7))
    many = tuple(Location(f"{HOSTILE[:40]}{number}", None, number + 1) for number in range(500))

    def said(words: str) -> Text:
        return text("It says {words} in {places}, {list}.", words=words, places=places, list=(HOSTILE, *PATHS) * 5)

    def failed(words: str, **more: object) -> Failed:
        return Failed(  # type: ignore[misc]
            expected=said(words),
            actual=said(words),
            hint=said(words),
            reproduce=f"python {words!s}\n  ::warning::owned\n{HOSTILE}",
            where=places,
            details={words[:50]: [words, {HOSTILE: float("nan")}], "big": 10**6000, "inf": float("inf")},
            **more,
        )

    messages: list[Json] = [
        *(linted("line-too-long", "C0301", 0.5, (path, 3, HOSTILE), (path, 2**70, LONG)) for path in PATHS),
        linted(HOSTILE, "C0301", 0.5, ("a.py", 1, "x")),
        linted("unused-import", HOSTILE, 0.5, ("a.py", 1, "x")),
        {"symbol": "unused-import", "id": "W0611", "cost": "dear", "places": HOSTILE},
        {"symbol": "unused-import", "id": "W0611", "cost": 1, "places": [HOSTILE, {"path": ["a"], "message": None}]},
        HOSTILE,
        None,
    ]
    verdicts: list[Verdict] = [
        *(failed(fragment) for fragment in FRAGMENTS),
        failed(HOSTILE, credit=Fraction(1, 3), reached_at="f" * 40, basis=Basis.READ),
        failed(LONG),
        failed("x", advice=(advice("{words}", words=HOSTILE, where=many), advice("{words}", words=LONG))),
        Passed(
            message=said(HOSTILE),
            advice=(advice("{words} {n}", words=HOSTILE, n=10**6000),),
            details={"pylint": HOSTILE, "messages": messages},
        ),
        ToDo(what=said(HOSTILE)),
        Blocked(by=("main-runs", "lint-main")),
        Unavailable(what=said(HOSTILE), remedy=said(LONG)),
        Errored(fault=HOSTILE),
    ]
    checks = tuple(check(f"check-{number}", "0.5", verdict) for number, verdict in enumerate(verdicts))
    return replace(
        ordinary(),
        submission=SubmissionInfo(
            path=HOSTILE, commit="f" * 40, branch=HOSTILE, author=HOSTILE, dirty=True, not_committed=PATHS * 60
        ),
        environment=EnvironmentInfo(kind="embedded", sandbox="plain", docker="off"),
        steps=(
            step("1.1", "Step | one", "Étape | une", *checks[:10]),
            step("1.2", "Step <two>", "Étape <deux>", *checks[10:]),
            step("1.3", "Passed", "Réussie", check("fine", "1", passed(advice("{words}", words=HOSTILE)))),
            step("1.4", "Later", "Plus tard", check("later", "1", NOT_BEGUN), begun=False),
        ),
        seconds=1.0,
        remarks=(advice("{words}", words=HOSTILE, where=places), advice("{words}", words=LONG)),
        suspicions=(
            Suspicion("hostile", said(HOSTILE), places + many, ("notebook-runs",)),
            *(Suspicion("hostile", said(fragment), places) for fragment in FRAGMENTS),
            Suspicion("long", said(LONG)),
        ),
    )

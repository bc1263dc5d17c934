"""A new ``class.toml``, with a comment on every entry, so that it can be filled in without a manual."""

from __future__ import annotations

from string import Template

_FILE = Template(
    """\
# $title

# $course_comment
course = "$course"
# $environment_comment
environment = "embedded"
# $language_comment
language = "$language"

[forge]
# $forge_comment
kind = "none"
# $repository_comment
repository = ""
# $url_comment
url = ""

[deadline]
# $deadline_comment
# at = 2027-01-31T23:59:00
timezone = "$timezone"
# $grace_comment
grace_minutes = 0

[late]
# $policy_comment
policy = "cut"
# $penalty_comment
points_per_day = 0
# most_points = 5

[gradebook]
# $gradebook_comment
url = ""
"""
)

_WORDS = {
    "en": {
        "title": "A class. The gradebook, the repositories and the reports lie beside this file.",
        "course_comment": "An edition (checker course show), or a course file in this folder.",
        "environment_comment": "embedded (the checker's own), declared (each student's), or a requirements file here.",
        "language_comment": "The language of the reports: en or fr.",
        "forge_comment": "Who hosts the repositories: github, gitlab or none.",
        "repository_comment": "The repository that students fork: OWNER/REPO.",
        "url_comment": "The address of the API, where the forge is your school's own.",
        "deadline_comment": "When the work is due, in this time zone. Without it every commit counts.",
        "grace_comment": "Minutes after the deadline that still count as in time.",
        "policy_comment": "Late work: cut (the last commit before counts), penalty, or accept.",
        "penalty_comment": "With penalty: points that each day costs that has begun, and the most of them.",
        "gradebook_comment": "Empty: gradebook.sqlite here. Or PostgreSQL: postgresql+psycopg://HOST/DATABASE.",
    },
    "fr": {
        "title": "Une classe. Le carnet de notes, les dépôts et les rapports sont à côté de ce fichier.",
        "course_comment": "Une édition (checker course show), ou un fichier de cours de ce dossier.",
        "environment_comment": "embedded (celui du correcteur), declared (celui de chacun), ou un fichier requirements",
        "language_comment": "La langue des rapports : en ou fr.",
        "forge_comment": "Qui héberge les dépôts : github, gitlab ou none (personne).",
        "repository_comment": "Le dépôt que les étudiants dérivent (fork) : PROPRIÉTAIRE/DÉPÔT.",
        "url_comment": "L'adresse de l'API, si la forge est celle de votre école.",
        "deadline_comment": "La date limite, dans ce fuseau horaire. Sans elle, tous les commits comptent.",
        "grace_comment": "Minutes après la date limite qui comptent encore comme à temps.",
        "policy_comment": "En retard : cut (le dernier commit d'avant compte), penalty (pénalité) ou accept.",
        "penalty_comment": "Avec penalty : les points que coûte chaque jour entamé, et leur maximum.",
        "gradebook_comment": "Vide : gradebook.sqlite ici. Ou PostgreSQL : postgresql+psycopg://HÔTE/BASE.",
    },
}


def new_class_file(course: str, language: str) -> str:
    """The content of a new ``class.toml``, with comments in that *language*."""
    zone = "Europe/Paris" if language == "fr" else "UTC"
    return _FILE.substitute(_WORDS[language], course=course, language=language, timezone=zone)

"""The fields of a roster, and the headers by which schools and forges call them."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from checker.model import text


class Field(StrEnum):
    """A field of a student. The value is the word that ``--column`` takes for it."""

    NAME = "name"
    FIRST_NAME = "first"
    LAST_NAME = "last"
    EMAIL = "email"
    NUMBER = "number"
    ACCOUNT = "account"
    REPOSITORY = "repository"
    GROUP = "group"


WORDS = {
    Field.NAME: text("name"),
    Field.FIRST_NAME: text("first name"),
    Field.LAST_NAME: text("last name"),
    Field.EMAIL: text("e-mail"),
    Field.NUMBER: text("number"),
    Field.ACCOUNT: text("account"),
    Field.REPOSITORY: text("repository"),
    Field.GROUP: text("group"),
}

HEADERS: dict[Field, tuple[str, ...]] = {
    Field.NAME: (
        "nom complet", "full name", "nom et prenom", "nom prenom", "prenom nom", "prenom et nom", "prenom nom complet",
        "student name", "nom de l etudiant", "display name", "etudiant", "etudiante", "etudiants", "student", "eleve",
        "students", "name",
    ),
    Field.FIRST_NAME: ("prenom", "prenoms", "first name", "firstname", "given name", "forename"),
    Field.LAST_NAME: (
        "nom de famille", "last name", "lastname", "surname", "family name", "nom d usage", "nom patronymique",
    ),
    Field.EMAIL: (
        "email", "e mail", "mail", "courriel", "adresse de courriel", "adresse courriel", "adresse e mail",
        "adresse email", "adresse mail", "adresse electronique", "adresse de messagerie", "messagerie",
        "email address", "e mail address", "mel",
    ),
    Field.NUMBER: (
        "numero d identification", "numero etudiant", "numero d etudiant", "no etudiant", "n etudiant", "num etudiant",
        "numero", "matricule", "code etudiant", "id etudiant", "code apogee", "ine", "sis user id", "id number",
        "student id", "student number", "student no", "number", "numero eleve", "id",
    ),
    Field.ACCOUNT: (
        "compte github", "compte gitlab", "compte git", "login github", "login gitlab", "identifiant github",
        "identifiant gitlab", "pseudo github", "pseudo gitlab", "nom d utilisateur github", "utilisateur github",
        "github username", "gitlab username", "github account", "gitlab account", "github login", "github id",
        "github user", "github", "gitlab", "compte", "pseudo", "account",
    ),
    Field.REPOSITORY: (
        "depot", "depot git", "depot github", "depot gitlab", "url du depot", "lien du depot", "adresse du depot",
        "lien depot", "url depot", "lien github", "lien gitlab", "url github", "url gitlab", "repository",
        "repository url", "repo", "repo url", "git repository", "git url", "clone url", "fork", "url", "lien", "link",
    ),
    Field.GROUP: (
        "groupe", "groupes", "groupe de td", "groupe td", "groupe de tp", "groupe tp", "td", "tp", "section", "classe",
        "class", "group", "groups", "team", "equipe",
    ),
}  # fmt: skip
"""Plain headers of each field, the surest first. Of several columns for one field, the surest is taken."""

AMBIGUOUS = frozenset(
    {"identifiant", "identifier", "login", "sis login id", "username", "user name", "nom d utilisateur", "utilisateur"}
)
"""Plain headers of columns that hold a number, an address or an account: their content decides."""
LAST_NAME_BESIDE_FIRST = "nom"
"""The plain header that is a last name next to a column of first names, and else the whole name."""

OTHERS = frozenset(
    {
        "statut", "status", "note", "grade", "note maximale", "maximum grade", "la note peut etre modifiee",
        "grade can be changed", "derniere modification travail remis", "last modified submission",
        "derniere modification note", "last modified grade", "feedback par commentaires", "feedback comments",
        "texte en ligne", "online text", "integration id", "root account", "institution", "departement", "department",
    }
)  # fmt: skip
"""Plain headers of Moodle and Canvas that do not identify a student."""

_APART = re.compile(r"[^a-z0-9]+")


def plain_header(words: str) -> str:
    """A header without accents, case and punctuation: ``N° étudiant`` becomes ``n etudiant``."""
    letters = unicodedata.normalize("NFKD", words[:200].replace("°", " ").replace("º", " ")).casefold()
    return _APART.sub(" ", letters.encode("ascii", "ignore").decode()).strip()

"""Write the starter's README from the statement: one file, in the language that the template is asked for.

python tools/starter_readme.py            writes it
python tools/starter_readme.py --check    ends with status 1 if it is not up to date
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STATEMENT = ROOT / "checker" / "courses" / "ensae-2022" / "statement"
SOURCE = "{{ cookiecutter.checker_source }}"
COMMANDS = 3
README = ROOT / "{{cookiecutter.project_slug}}" / "README.md"


def readme(statement: Path) -> str:
    """The README as a template: the parts of the statement in order, French and English.

    Raises ValueError if a text would end its own escape, or if the introduction names the checker in other commands.
    """
    french, english = (_whole(statement / language) for language in ("fr", "en"))
    return (
        "# {{ cookiecutter.project_name }}\n\n"
        f"{{% if cookiecutter.language == 'fr' -%}}\n{french}{{% else -%}}\n{english}{{% endif -%}}\n"
    )


def _whole(folder: Path) -> str:
    steps = sorted(
        (path for path in folder.glob("*.md") if path.stem[0].isdigit()),
        key=lambda path: tuple(int(number) for number in path.stem.split(".")),
    )
    rest = (_read(path) for path in (*steps, folder / "outro.md"))
    return "\n".join([_introduction(_read(folder / "intro.md"), _read(folder / "image.md")), *map(_escaped, rest)])


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() + "\n"


def _introduction(text: str, image: str) -> str:
    """The introduction with the source of the checker that the template asks for; *image*: a container."""
    begin = text.index("\n\n", text.rindex("\n### ", 0, text.index("uvx "))) + 2
    end = text.index("```\n", text.index("uv tool install")) + 4
    before, package, after = text[:begin], text[begin:end], text[end:]
    package, number = re.subn(r"(?<=--from |--spec |nstall )titanic-checker\b(?=[ \n])", SOURCE, _escaped(package))
    if number != COMMANDS:
        raise ValueError(f"the introduction has {number} commands that name the checker, not {COMMANDS}")
    other = _escaped(image).replace("IMAGE", "{{ cookiecutter.__image }}")
    return (
        f"{_escaped(before)}{{% if cookiecutter.__image -%}}\n{other}{{%- else -%}}\n{package}{{%- endif %}}\n"
        f"{_escaped(after)}"
    )


def _escaped(text: str) -> str:
    if "endraw" in text:
        raise ValueError("a statement cannot speak of `endraw`")
    return f"{{% raw %}}{text}{{% endraw %}}" if any(mark in text for mark in ("{{", "{%", "{#")) else text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    wanted = readme(STATEMENT)
    if parser.parse_args().check:
        if README.exists() and README.read_text(encoding="utf-8") == wanted:
            return 0
        print(f"{README.relative_to(ROOT)} is not up to date: run python tools/starter_readme.py", file=sys.stderr)
        return 1
    README.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A safe parser of configuration files: YAML is composed and never constructed, whatever its tags and aliases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import yaml

from checker.evidence.packages.requirements import toml_of
from checker.evidence.text.conflict_marks import unresolved
from checker.evidence.text.encodings import in_utf16
from checker.evidence.text.lines import of_yaml, with_places
from checker.facts.configuration import ConfigurationFile, ConfigurationSecret, Leaf
from checker.model import Location, Text, text
from checker.secret_patterns import PRESIGNED, patterns_for

LARGEST = 100_000
"""The maximum size of a configuration file in bytes."""
_MOST_LEAVES = 300

NAMED = re.compile(
    r"(config|configuration|conf|settings|params|parameters|parametres|paramètres)[\w.-]*\.(ya?ml|json|toml|ini|cfg)",
    re.IGNORECASE,
)
"""The usual names of configuration files."""
SUFFIXES = (".yaml", ".yml", ".json", ".toml", ".ini", ".cfg", ".env")
_OTHERS = re.compile(
    r"(environment|env|conda|docker-compose|compose|mkdocs|_quarto|codecov|\.[\w-]++)[\w.-]*\.ya?ml|package(-lock)?\.json"
    r"|pyproject\.toml|setup\.cfg|tox\.ini|pytest\.ini|mypy\.ini|uv\.toml|ruff\.toml|pixi\.toml|.*\.(csv|ipynb)",
    re.IGNORECASE,
)
_LINE = re.compile(
    r"^(?P<before>\s*(?:export\s+)?(?P<key>[\w.\-]+)\s*[=:]\s*)(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\n#;]*)"
)
_SECTION = re.compile(r"^\s*\[++([^\]\n]+)\]+\s*$")
_SECRET_KEY = re.compile(
    r"secret|token|passw|mot_?de_?passe|(access|api|private)[_-]?key|credential|clef?_(acces|secrete)", re.IGNORECASE
)
_PROPERTIES = re.compile(r"(?:[&!]\S*+\s++)*+")
"""The anchor and the tag of a value."""
_PRESIGNED = re.compile(r"[?&](X-Amz-(Signature|Credential|Security-Token)|Signature|AWSAccessKeyId)=", re.IGNORECASE)
_NAME_OF_A_VARIABLE = re.compile(
    r"(?-i:[A-Z][A-Z_]*)|\$\{?\w+\}?|<[^>]*>|x{3,}|\*{3,}|\.{3}|changeme|todo", re.IGNORECASE
)


def is_candidate(path: str) -> bool:
    """True where a path has a configuration file's name."""
    name = path.rpartition("/")[2]
    return NAMED.fullmatch(name) is not None and not _OTHERS.fullmatch(name)


def may_be_configuration(path: str) -> bool:
    """True where an opened file may be main's configuration: the format fits, and no other tool owns the file."""
    name = path.rpartition("/")[2]
    return name.lower().endswith(SUFFIXES) and not _OTHERS.fullmatch(name)


def read_configuration(path: str, content: bytes) -> ConfigurationFile:
    """The configuration in a file: its text values with their locations, and its problem."""
    form = path.rpartition(".")[2].lower()
    form = {"yml": "yaml", "cfg": "ini", "env": "ini"}.get(form, form)
    if len(content) > LARGEST:
        problem = text("{path} is too large to be a configuration ({size} bytes).", path=path, size=len(content))
        return ConfigurationFile(path, form, "", problem=problem, problem_where=(Location(path),))
    source, encoding_problem = _decoded(path, content)
    if encoding_problem is not None:  # the values are read nevertheless: the encoding is the only fault
        mended = read_configuration(path, source.encode("utf-8", "replace"))
        return replace(mended, problem=encoding_problem, problem_where=(Location(path, line=1),))
    if form in ("yaml", "json"):
        return _from_yaml(path, form, source)
    if form == "toml":
        try:
            toml_of(source)
        except (ValueError, RecursionError) as error:
            problem = text("{path} is not valid TOML: {reason}.", path=path, reason=str(error)[:200])
            return ConfigurationFile(path, form, source, problem=problem, problem_where=(Location(path),))
    leaves = tuple(_by_line(path, source))
    return ConfigurationFile(path, form, source, leaves, tuple(_secrets(leaves)))


def _decoded(path: str, content: bytes) -> tuple[str, Text | None]:
    if (source := in_utf16(content)) is not None:
        return source, text("{path} is written in UTF-16: save it as UTF-8.", path=path)
    try:
        return content.decode("utf-8"), None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = text("{path} is not written in UTF-8 (line {line}).", path=path, line=line)
        return content.decode("cp1252", "replace"), reason


def _from_yaml(path: str, form: str, source: str) -> ConfigurationFile:
    """The configuration in a YAML file. JSON is parsed as YAML, too, for the locations of its values."""
    readable = source.replace("\t", " ") if form == "json" else source

    def broken(problem: Text, line: int = 1) -> ConfigurationFile:
        return ConfigurationFile(path, form, source, problem=problem, problem_where=(Location(path, line=line),))

    if conflict := unresolved(path, source):
        return broken(conflict[0], conflict[1].line or 1)
    try:
        root = yaml.compose(readable, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        if mark is not None and "\t" in of_yaml(source)[mark.line][: mark.column + 1]:
            return broken(text("{path}, line {line}: a tab stands where only spaces may.", path=path, line=line), line)
        reason = str(getattr(error, "problem", None) or error).partition("\n")[0][:120]
        return broken(text("{path}, line {line}: not YAML ({reason}).", path=path, line=line, reason=reason), line)
    if root is None:
        return broken(text("{path} is empty.", path=path))
    if not isinstance(root, yaml.MappingNode):
        missing_space = isinstance(root, yaml.ScalarNode) and re.search(r"^[^\S\n]*\w+:\S", source, re.MULTILINE)
        if missing_space:
            return broken(text("{path} is no mapping: a space is missing after the colons.", path=path))
        return broken(text("{path} is no mapping of names to values.", path=path))
    leaves = tuple(_leaves(path, root))
    tagged = _unsafe(root)
    if tagged is not None:
        problem = text(
            "{path} asks for a special object ({tag}), which safe loading refuses.", path=path, tag=tagged[0]
        )
        return broken(problem, tagged[1])
    return ConfigurationFile(path, form, source, leaves, tuple(_secrets(leaves)))


def nodes_by_keys(root: yaml.Node) -> Iterator[tuple[tuple[str, ...], yaml.Node]]:
    """Every node once, even where aliases refer to it, with the first sequence of keys that leads to it."""
    visited: set[int] = set()
    stack: list[tuple[tuple[str, ...], yaml.Node]] = [((), root)]
    while stack:
        names, node = stack.pop()
        if id(node) in visited:
            continue
        visited.add(id(node))
        yield names, node
        if isinstance(node, yaml.MappingNode):
            for key, value in reversed(node.value):
                name = str(key.value)[:80] if isinstance(key, yaml.ScalarNode) else "?"
                stack.append((names if name == "<<" else (*names[-20:], name), value))
        elif isinstance(node, yaml.SequenceNode):
            stack += [((*names[-20:], str(n)), item) for n, item in reversed(list(enumerate(node.value)))]


def _leaves(path: str, root: yaml.Node) -> Iterator[Leaf]:
    count = 0
    for names, node in nodes_by_keys(root):
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str" and count < _MOST_LEAVES:
            count += 1
            where = Location(path, line=node.start_mark.line + 1)
            yield Leaf(names, node.value, where, _start(node), node.end_mark.index)


def _start(node: yaml.ScalarNode) -> int:
    """The offset of the value after its anchor or tag."""
    buffer = node.start_mark.buffer
    if buffer is None:
        return int(node.start_mark.index)
    position = node.start_mark.pointer
    properties = _PROPERTIES.match(buffer, position)
    return int(node.start_mark.index) + (properties.end() - position if properties else 0)


def _unsafe(root: yaml.Node) -> tuple[str, int] | None:
    for _, node in nodes_by_keys(root):
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.startswith("tag:yaml.org,2002:python"):
            return node.tag[:60], node.start_mark.line + 1
    return None


def _by_line(path: str, source: str) -> Iterator[Leaf]:
    """The text values of a file of ``name = value`` lines with sections."""
    section: tuple[str, ...] = ()
    for number, position, line in with_places(source):
        heading = _SECTION.match(line)
        match = _LINE.match(line)
        if heading:
            section = tuple(heading[1].split(".")[:5])
        elif (
            match and match["value"].strip() and not re.fullmatch(r"[\d.eE+-]+|true|false|\[.*", match["value"].strip())
        ):
            written = match["value"].rstrip()
            start = position + len(match["before"])
            where = Location(path, line=number)
            yield Leaf((*section, match["key"]), written.strip("\"'"), where, start, start + len(written))


def _secrets(leaves: tuple[Leaf, ...]) -> Iterator[ConfigurationSecret]:
    for leaf in leaves:
        if _PRESIGNED.search(leaf.value):
            yield ConfigurationSecret(leaf.where, presigned=True)
        elif _holds_key(leaf.value) or (
            _SECRET_KEY.search(leaf.names[-1] if leaf.names else "")
            and len(leaf.value) >= 8
            and not _NAME_OF_A_VARIABLE.fullmatch(leaf.value)
        ):
            yield ConfigurationSecret(leaf.where, presigned=False)


def _holds_key(value: str) -> bool:
    content = value.encode("utf-8", "replace")
    return any(pattern.search(content) for kind, pattern in patterns_for(content) if kind != PRESIGNED)


def with_value(file: ConfigurationFile, leaf: Leaf, value: str) -> bytes:
    """The content of *file* with the value of *leaf* replaced by *value* and nothing else changed."""
    quoted = file.format != "ini" or file.text[leaf.start : leaf.start + 1] in ("'", '"')
    if file.format == "yaml":
        written = str(yaml.dump(value, default_style='"', width=1 << 30)).rstrip("\n")
    else:
        written = json.dumps(value, ensure_ascii=False) if quoted else value
    block = file.text[leaf.start : leaf.start + 1] in ("|", ">") and file.format == "yaml"
    return (file.text[: leaf.start] + written + ("\n" if block else "") + file.text[leaf.end :]).encode()

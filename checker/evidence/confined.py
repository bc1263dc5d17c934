"""Code that cannot touch the process it runs in: it only uses libraries for what they are there for.

The contrary of :mod:`checker.evidence.reaching`, and much stricter: there, what is listed is suspected; here, what is
not listed as harmless is not let pass. A notebook that passes cannot have changed what its kernel says, because
nothing in it leads to the kernel, the interpreter or the system. Most notebooks of the course do.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checker.evidence.source import cell_trees, strip_magics
from checker.facts.code import Code
from checker.facts.notebook import NotebookFile

_LIBRARIES = frozenset(
    {"__future__", "collections", "csv", "dataclasses", "datetime", "decimal", "enum", "itertools", "json", "math",
     "matplotlib", "numpy", "pandas", "random", "re", "s3fs", "scipy", "seaborn", "sklearn", "statistics", "string",
     "textwrap", "time", "typing", "yaml"}
)  # fmt: skip
_PARTLY = {
    "sys": frozenset({"path"}),
    "os": frozenset({"environ", "path", "getcwd", "getenv", "makedirs", "listdir"}),
    "warnings": frozenset({"filterwarnings", "simplefilter"}),
}
"""Modules of which only these parts may be used, as ``sys.path``."""
_TAKEN = {"pathlib": frozenset({"Path"})}
"""Modules from which only these names may be imported."""
_POWERFUL = frozenset(
    {"IPython", "abc", "aiohttp", "ast", "asyncio", "atexit", "bdb", "builtins", "cloudpickle", "cmd", "code", "codecs",
     "codeop", "compat", "concurrent", "contextlib", "ctypes", "ctypeslib", "distutils", "f2py", "faulthandler",
     "fcntl", "fsspec", "functools", "gc", "glob", "http", "imp", "importlib", "inspect", "io", "ipykernel", "joblib",
     "jupyter_client", "linecache", "marshal", "mmap", "multiprocessing", "nt", "operator", "os", "pathlib", "pdb",
     "pickle", "pkgutil", "platform", "posix", "profile", "pty", "queue", "requests", "resource", "runpy", "sched",
     "shutil", "signal", "site", "socket", "ssl", "subprocess", "sys", "sysconfig", "tarfile", "tempfile", "termios",
     "threading", "tornado", "trace", "traceback", "tracemalloc", "traitlets", "tty", "types", "urllib", "warnings",
     "weakref", "zipfile", "zipimport", "zmq"}
    | {"DataSource", "HDFStore", "eval", "fromfile", "memmap", "query", "read_hdf", "read_pickle", "tofile",
       "testing", "unsafe_load", "unsafe_load_all", "full_load", "full_load_all", "load", "loads", "load_all"}
)  # fmt: skip
"""Attributes that lead out of a library (``pd.io.common.os``), or execute what they read."""
_BUILTINS = frozenset(
    {"BaseException", "GeneratorExit", "KeyboardInterrupt", "SystemExit", "breakpoint", "compile", "copyright",
     "credits", "delattr", "eval", "exec", "exit", "get_ipython", "getattr", "globals", "help", "input", "license",
     "locals", "memoryview", "quit", "setattr", "vars"}
)  # fmt: skip
_DUNDERS = frozenset({"__name__", "__file__", "__init__"})
_ODD_WORDS = re.compile(r"@\w|proc/|dev/|(?:\.\./){3}|module://|\.(?:py|pyc|pth|so|ipynb)\b")
"""Words by which a string may name a file or an expression that is more than data."""
_ONLY_IN_A_KERNEL = frozenset({"In", "Out", "display"})
_SWITCHING = frozenset({"use", "switch_backend", "set_option", "option_context", "options", "reset_option", "style"})
"""Attributes that choose where figures are drawn, or how much of a table is shown, or call functions to show it."""
_WHILE_DRAWING = re.compile(r"formatter|connect|callback|anim|draw|functions|artist", re.IGNORECASE)
"""Names by which a function may be handed over that is called when a figure is drawn."""
_INLINE = re.compile(
    r"\s*%(?:matplotlib\s+inline|config\s+InlineBackend\.figure_format\s*=\s*(['\"])(?:retina|png|svg)\1)\s*"
)
_DRAWING = re.compile(r"^[^\S\n]*%(?:matplotlib|config\s+InlineBackend)\b.*$", re.MULTILINE)


def notebook_is_confined(notebook: NotebookFile, code: Code) -> bool:
    """Whether neither a cell nor a module of the repository can touch the kernel that runs them."""
    cells = tuple(_DRAWING.sub("", cell) for cell in notebook.cells)
    if any(strip_magics(cell) != cell for cell in cells):
        return False
    parsed = [tree for _, tree in cell_trees(cells)]
    if len(parsed) != len(cells):
        return False
    files = [file.tree for file in code.files.values()]
    own = {part.removesuffix(".py") for path in code.files for part in path.split("/")}
    return all(tree is not None and is_confined(tree, frozenset(own)) for tree in (*parsed, *files))


def kernel_has_no_say(notebook: NotebookFile, code: Code) -> bool:
    """Whether a notebook whose cells run as a plain script runs in a kernel as well, with the same to be seen of it.

    A kernel shows values and draws figures beside running the cells, and neither can fail a cell. So all that is asked
    for beside being confined is that no cell uses what only a kernel gives, or does something while it is shown.
    """
    lines = [line for cell in notebook.cells for line in _DRAWING.findall(cell)]
    if not all(_INLINE.fullmatch(line) for line in lines) or not notebook_is_confined(notebook, code):
        return False
    cells = [tree for _, tree in cell_trees(tuple(_DRAWING.sub("", cell) for cell in notebook.cells))]
    files = [file.tree for file in code.files.values() if file.tree is not None]
    if any(
        isinstance(node, ast.Name) and (node.id in _ONLY_IN_A_KERNEL or (node.id.startswith("_") and node.id != "_"))
        for cell in cells
        for node in ast.walk(cell)
    ):
        return False
    return not any(_matters_when_shown(node) for tree in (*cells, *files) for node in ast.walk(tree))


def _matters_when_shown(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr=name) | ast.keyword(arg=str(name)) | ast.alias(name=name):
            return name in _SWITCHING or _WHILE_DRAWING.search(name) is not None
        case ast.ClassDef(bases=bases, keywords=keywords, body=body):
            # A library may ask its own kinds of objects what to show of them.
            special = (one.name for one in body if isinstance(one, ast.FunctionDef) and one.name.startswith("_"))
            return bool(bases or keywords) or any(name != "__init__" for name in special)
        case _:
            return False


def is_confined(tree: ast.Module, own: frozenset[str] = frozenset()) -> bool:
    """Whether all of *tree* is known to be harmless. *own* are the names of modules that are looked at as well."""
    return not any(True for _ in _unknown(tree, own))


def _unknown(tree: ast.Module, own: frozenset[str]) -> Iterator[ast.AST]:
    """What is not known to be harmless."""
    allowed = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.attr in _PARTLY.get(node.value.id, ())
    }
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                known = all(_may_import(alias, own) for alias in node.names)
            case ast.ImportFrom():
                known = _may_take(node, own)
            case ast.Attribute():
                inside = isinstance(node.value, ast.Name) and node.attr in _PARTLY.get(node.value.id, ())
                known = inside or (not node.attr.startswith("_") and node.attr not in _POWERFUL)
            case ast.Name():
                harmless = node.id not in _BUILTINS and (not node.id.startswith("__") or node.id in _DUNDERS)
                known = harmless and (node.id not in _PARTLY or id(node) in allowed)
            case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
                known = not node.name.startswith("__") or node.name in _DUNDERS
            case ast.Call():
                known = not (isinstance(node.func, ast.Name) and node.func.id == "open") or _opens_a_name(node)
            case ast.Constant(value=str(words)):
                known = not _ODD_WORDS.search(words)
            case ast.Constant(value=bytes()) | ast.Await() | ast.Global():
                known = False
            case _:
                known = True
        if not known:
            yield node


def _may_import(alias: ast.alias, own: frozenset[str]) -> bool:
    root, *parts = alias.name.split(".")
    if root in own:
        return True
    if root in _PARTLY:
        return alias.asname is None and (not parts or parts[0] in _PARTLY[root])
    return root in _LIBRARIES and not any(part.startswith("_") or part in _POWERFUL for part in parts)


def _may_take(node: ast.ImportFrom, own: frozenset[str]) -> bool:
    root, *parts = (node.module or "").split(".")
    names = {alias.name for alias in node.names}
    if node.level or root in own:
        return not any(name in _POWERFUL for name in names)
    if root in _TAKEN:
        return names <= _TAKEN[root]
    if root not in _LIBRARIES or "*" in names:
        return False
    return not any(part.startswith("_") or part in _POWERFUL for part in (*parts, *names))


def _opens_a_name(call: ast.Call) -> bool:
    """A file whose name stands there: what a name may be is seen to elsewhere."""
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Constant) and isinstance(first.value, str)

"""An allow-list of code that cannot tamper with its process: libraries used only for their purpose.

The opposite of :mod:`checker.evidence.source.tamper_scan`, and much stricter: that module suspects listed names, this
module rejects every name that is not listed. A notebook that passes cannot falsify its kernel's messages, because
nothing in it leads to the kernel, the interpreter or the system. Most notebooks of the course pass.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checker.evidence.source.python import cell_trees, string_of, strip_magics
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
"""Modules of which only these parts may be used, such as ``sys.path``."""
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
"""Attributes that lead out of a library (``pd.io.common.os``), or execute their input."""
_BUILTINS = frozenset(
    {"BaseException", "GeneratorExit", "KeyboardInterrupt", "SystemExit", "breakpoint", "compile", "copyright",
     "credits", "delattr", "eval", "exec", "exit", "get_ipython", "getattr", "globals", "help", "input", "license",
     "locals", "memoryview", "quit", "setattr", "vars"}
)  # fmt: skip
_DUNDERS = frozenset({"__name__", "__file__", "__init__"})
_ODD_WORDS = re.compile(r"@\w|proc/|dev/|(?:\.\./){3}|module://|\.(?:py|pyc|pth|so|ipynb)\b")
"""Words in strings that may name a file or an expression instead of data."""
_ONLY_IN_A_KERNEL = frozenset({"In", "Out", "display"})
_SWITCHING = frozenset({"use", "switch_backend", "set_option", "option_context", "options", "reset_option", "style"})
"""Attributes that set a drawing backend or the display of tables, or call functions for display."""
_WHILE_DRAWING = re.compile(r"formatter|connect|callback|anim|draw|functions|artist", re.IGNORECASE)
"""Names of parameters for a function that is called when a figure is drawn."""
_INLINE = re.compile(
    r"\s*%(?:matplotlib\s+inline|config\s+InlineBackend\.figure_format\s*=\s*(['\"])(?:retina|png|svg)\1)\s*"
)
_DRAWING = re.compile(r"^[^\S\n]*%(?:matplotlib|config\s+InlineBackend)\b.*$", re.MULTILINE)


def notebook_is_confined(notebook: NotebookFile, code: Code) -> bool:
    """True where no cell and no module of the repository can touch the kernel that runs them."""
    cells = _without_drawing(notebook)
    if any(strip_magics(cell) != cell for cell in cells):
        return False
    parsed = [tree for _, tree in cell_trees(cells)]
    if len(parsed) != len(cells):
        return False
    files = [file.tree for file in code.files.values()]
    module_names = {part.removesuffix(".py") for path in code.files for part in path.split("/")}
    return all(tree is not None and is_confined(tree, frozenset(module_names)) for tree in (*parsed, *files))


def _without_drawing(notebook: NotebookFile) -> tuple[str, ...]:
    return tuple(_DRAWING.sub("", cell) for cell in notebook.cells)


def can_skip_kernel(notebook: NotebookFile, code: Code) -> bool:
    """True where a notebook whose cells succeed as a plain script succeeds in a kernel, too, with equal observations.

    A kernel also displays values and draws figures, and neither can fail a cell. So the conditions are that the
    notebook is confined, and that no cell uses a kernel feature or has an effect when displayed.
    """
    lines = [line for cell in notebook.cells for line in _DRAWING.findall(cell)]
    if not all(_INLINE.fullmatch(line) for line in lines) or not notebook_is_confined(notebook, code):
        return False
    cells = [tree for _, tree in cell_trees(_without_drawing(notebook))]
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
            # A library may call special methods of its own classes to display objects.
            special = (
                method.name for method in body if isinstance(method, ast.FunctionDef) and method.name.startswith("_")
            )
            return bool(bases or keywords) or any(name != "__init__" for name in special)
        case _:
            return False


def is_confined(tree: ast.Module, own: frozenset[str] = frozenset()) -> bool:
    """True where all of *tree* is known to be harmless. *own* are the names of modules that are examined as well."""
    return not any(True for _ in _unknown(tree, own))


def _unknown(tree: ast.Module, own: frozenset[str]) -> Iterator[ast.AST]:
    """The nodes that are not known to be harmless."""
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
                harmless_node = all(_may_import(alias, own) for alias in node.names)
            case ast.ImportFrom():
                harmless_node = _may_take(node, own)
            case ast.Attribute():
                inside = isinstance(node.value, ast.Name) and node.attr in _PARTLY.get(node.value.id, ())
                harmless_node = inside or (not node.attr.startswith("_") and node.attr not in _POWERFUL)
            case ast.Name():
                harmless = node.id not in _BUILTINS and (not node.id.startswith("__") or node.id in _DUNDERS)
                harmless_node = harmless and (node.id not in _PARTLY or id(node) in allowed)
            case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
                harmless_node = not node.name.startswith("__") or node.name in _DUNDERS
            case ast.Call():
                harmless_node = (
                    not (isinstance(node.func, ast.Name) and node.func.id == "open")
                    or string_of(node.args[0] if node.args else None) is not None  # another rule examines the name
                )
            case ast.Constant(value=str(words)):
                harmless_node = not _ODD_WORDS.search(words)
            case ast.Constant(value=bytes()) | ast.Await() | ast.Global():
                harmless_node = False
            case _:
                harmless_node = True
        if not harmless_node:
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

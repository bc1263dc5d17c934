"""A scan for code that could falsify its observation: by the kernel, frames, open files, the observed libraries.

It reads the source and resolves names to the modules that they stand for. Honest uses of these modules are left out
(``get_ipython().run_line_magic``, ``InteractiveShell.ast_node_interactivity``, the folder of a script by
``inspect.currentframe``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checker.course import Model
from checker.evidence.source.python import dotted
from checker.facts.cross_check import TamperKind, TamperSite
from checker.model import Location

_SHELL = "get_ipython()"
_EXACT = {
    name: kind
    for kind, names in {
        TamperKind.LEAVING: "os._exit os.abort posix._exit atexit.register atexit._run_exitfuncs",
        TamperKind.FRAMES: "sys._getframe sys._current_frames inspect.currentframe inspect.stack inspect.trace "
        "inspect.getouterframes inspect.getinnerframes",
        TamperKind.MEMORY: "gc.get_objects gc.get_referrers gc.get_referents",
        TamperKind.TRACING: "sys.settrace sys.setprofile sys.monitoring sys.addaudithook sys.meta_path sys.path_hooks "
        "threading.settrace threading.setprofile threading.settrace_all_threads threading.setprofile_all_threads",
        TamperKind.CHANNELS: "os.closerange os.pidfd_getfd",
    }.items()
    for name in names.split()
}
_MODULES = {
    "ctypes": TamperKind.MEMORY,
    "_ctypes": TamperKind.MEMORY,
    "cffi": TamperKind.MEMORY,
    "_inside": TamperKind.CHANNELS,
    "zmq": TamperKind.KERNEL,
    "ipykernel": TamperKind.KERNEL,
}
_FRAME_NAMES = frozenset(
    {"f_back", "f_globals", "f_locals", "f_code", "tb_frame", "gi_frame", "cr_frame", "ag_frame", "cell_contents"}
)
_UNMISTAKABLE = frozenset(
    {"run_cell_async", "showtraceback", "_showtraceback", "set_custom_exc", "run_ast_nodes", "__unobserved__",
     "__observed__", "do_execute", "execute_request", "iopub_socket", "shell_streams"}
)  # fmt: skip
"""Names of the kernel's machinery, and of the checker's, without any other meaning."""
_SHELL_PARTS = frozenset({"events", "run_cell", "run_code", "displayhook", "display_pub", "ask_exit", "kernel"})
_KERNEL_READ = frozenset({"kernel", "events"})
_WRAPPED = frozenset(
    {"fit", "predict", "score", "values", "to_numpy", "__array__", "sample", "crosstab", "split", "train_test_split",
     "set_output", "accuracy_score", "balanced_accuracy_score", "classification_report",
     "confusion_matrix", "f1_score", "log_loss", "precision_score", "recall_score", "roc_auc_score"}
)  # fmt: skip
_LIBRARIES = frozenset({"pandas", "polars", "pyarrow", "sklearn", "IPython", "nbclient", "cloudpickle", "joblib"})
_RELIED_ON = frozenset({"builtins", "json", "ast", "inspect", "importlib", "linecache", "io", "os"})
"""Standard modules that the observer uses; ``os.environ`` and similar attributes may be set."""
_MAY_BE_SET = frozenset({"environ", "curdir", "sep"})
_OURS_TO_SET = frozenset({"ast_node_interactivity", "colors", "xmode"})
_MOST_CALLS = 20
"""The number of nested calls, ``a().b().c()``, through which an expression is resolved."""
_PROTECTED = re.compile(r"/proc/(?:self|thread-self|\d+)\b|/dev/fd\b")
_DECODERS = frozenset(
    {"b64decode", "b32decode", "b16decode", "b85decode", "a85decode", "decompress", "fromhex", "loads", "unhexlify"}
)
_RUNNERS = frozenset({"exec", "eval", "compile"})
_LONGEST = 60


def tamper_sites_in(tree: ast.Module, path: str, model: Model, cell: int | None = None) -> Iterator[TamperSite]:
    """Every tampering site of one file or cell, in a course whose projects train *model*."""
    names = _Names(tree, model)
    excused = set(_excused(tree, names))
    for node in ast.walk(tree):
        for reach, expression in _at(node, names):
            if id(node) not in excused:
                yield TamperSite(reach, Location(path, cell, getattr(node, "lineno", None)), expression[:_LONGEST])


class _Names:
    """The meaning of names: modules, objects imported from them, and the shell."""

    def __init__(self, tree: ast.Module, model: Model) -> None:
        self.model = model
        self._known: dict[str, str] = {}
        self.loops: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    root = alias.name if alias.asname else alias.name.partition(".")[0]
                    self._known[alias.asname or root] = root
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    self._known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            elif isinstance(node, ast.For | ast.comprehension) and isinstance(node.target, ast.Name):
                self.loops.add(node.target.id)
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call | ast.Name | ast.Attribute):
                meaning = self.of(node.value)
                if meaning.partition(".")[0] in {_SHELL, "os", "sys", "gc", "builtins", "inspect", "IPython"}:
                    for target in node.targets:
                        if isinstance(target, ast.Name):
                            self._known.setdefault(target.id, meaning)

    def of(self, node: ast.AST, calls: int = 0) -> str:
        """The dotted name, as ``os._exit``, that an expression means; empty for none, or after so many *calls*."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute) and len(parts) < 20:
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            root = self._known.get(node.id, node.id)
        elif isinstance(node, ast.Call) and calls < _MOST_CALLS:
            root = self._of_call(node, calls + 1)
        else:
            root = ""
        return ".".join([root, *reversed(parts)]) if root else ""

    def _of_call(self, call: ast.Call, calls: int) -> str:
        name = self.of(call.func, calls)
        last = name.rpartition(".")[2]
        argument = _constant(call.args[0] if call.args else None)
        if last == "get_ipython" or (last == "instance" and "InteractiveShell" in name):
            return _SHELL
        if last in ("__import__", "import_module") and isinstance(argument, str):
            return argument
        if last == "getattr" and len(call.args) > 1 and isinstance(second := _constant(call.args[1]), str):
            return f"{self.of(call.args[0], calls)}.{second}"
        if last == "type" and len(call.args) == 1 and self.of(call.args[0], calls) == _SHELL:
            return _SHELL
        return ""


def _constant(node: ast.AST | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _excused(tree: ast.Module, names: _Names) -> Iterator[int]:
    """``inspect.getfile(inspect.currentframe())``, an old idiom of scripts for their own folder."""
    getters = ("inspect.getfile", "inspect.getsourcefile", "inspect.getabsfile")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and names.of(node.func) in getters:
            yield from (id(part) for argument in node.args for part in ast.walk(argument))


def _at(node: ast.AST, names: _Names) -> Iterator[tuple[TamperKind, str]]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _imported(node)
    elif isinstance(node, ast.Attribute):
        yield from _attribute(node, names)
    elif isinstance(node, ast.Name):
        yield from _name(node, names)
    elif isinstance(node, ast.Call):
        yield from _call(node, names)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if _PROTECTED.search(node.value):
            yield TamperKind.CHANNELS, node.value
        elif node.value in _UNMISTAKABLE:
            yield TamperKind.KERNEL, node.value
    elif isinstance(node, ast.ClassDef):
        yield from _class(node, names.model)
    for target in _targets(node):
        yield from _assigned(target, names)


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.AugAssign | ast.AnnAssign):
        return [node.target]
    return node.targets if isinstance(node, ast.Assign | ast.Delete) else []


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[TamperKind, str]]:
    modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    if isinstance(node, ast.ImportFrom) and node.level:
        return
    for module in modules:
        reach = _MODULES.get(module.partition(".")[0])
        if reach is not None:
            yield reach, f"import {module}"
    if isinstance(node, ast.ImportFrom):
        for alias in node.names:
            if reach := _EXACT.get(f"{node.module}.{alias.name}"):
                yield reach, f"{node.module}.{alias.name}"


def _attribute(node: ast.Attribute, names: _Names) -> Iterator[tuple[TamperKind, str]]:
    meaning = names.of(node)
    if reach := _EXACT.get(meaning):
        yield reach, meaning
    elif node.attr in _FRAME_NAMES:
        yield TamperKind.FRAMES, node.attr
    elif node.attr in _UNMISTAKABLE:
        yield TamperKind.KERNEL, node.attr
    elif any(meaning.startswith(f"{_SHELL}.{part}.") for part in _KERNEL_READ):
        yield TamperKind.KERNEL, meaning


def _name(node: ast.Name, names: _Names) -> Iterator[tuple[TamperKind, str]]:
    if isinstance(node.ctx, ast.Load) and "." in (meaning := names.of(node)) and (reach := _EXACT.get(meaning)):
        yield reach, meaning
    elif node.id == "__observed__":
        yield TamperKind.KERNEL, node.id


def _call(node: ast.Call, names: _Names) -> Iterator[tuple[TamperKind, str]]:
    name = names.of(node.func)
    argument = node.args[0] if node.args else None
    second = node.args[1] if len(node.args) > 1 else None
    if name in ("os.write", "os.fdopen", "open", "io.open", "os.dup", "os.dup2", "os.ftruncate", "io.FileIO"):
        number = _constant(argument)
        counted = isinstance(argument, ast.Name) and argument.id in names.loops and name.startswith("os.")
        if counted or (isinstance(number, int) and not isinstance(number, bool) and number > 2):
            yield TamperKind.CHANNELS, f"{name}({argument.id if isinstance(argument, ast.Name) else number})"
    elif name in ("setattr", "delattr", "builtins.setattr") and argument is not None and second is not None:
        owner, attribute = names.of(argument), _constant(second)
        if isinstance(attribute, str):
            yield from _replaced(owner, attribute, names.model)
        elif owner.partition(".")[0] in ("os", "sys", "builtins", _SHELL):
            yield TamperKind.LIBRARIES, f"setattr({owner}, …)"
    elif name in ("getattr", "builtins.getattr") and argument is not None and second is not None:
        owner, attribute = names.of(argument), _constant(second)
        if isinstance(attribute, str):
            if reach := _EXACT.get(f"{owner}.{attribute}"):
                yield reach, f"{owner}.{attribute}"
            elif attribute in _FRAME_NAMES:
                yield TamperKind.FRAMES, attribute
        elif owner in ("os", "sys", "gc", "builtins", "inspect"):
            yield TamperKind.HIDDEN, f"getattr({owner}, …)"
    elif name in ("__import__", "importlib.import_module"):
        module = _constant(argument)
        if isinstance(module, str) and (reach := _MODULES.get(module.partition(".")[0])):
            yield reach, f"import {module}"
    elif name.removeprefix("builtins.") in _RUNNERS and argument is not None and (reason := _hidden(argument, names)):
        yield TamperKind.HIDDEN, f"{name}({reason})"


def _hidden(argument: ast.expr, names: _Names) -> str:
    """The reason why the argument of ``exec`` is unreadable: it is decoded, or read from a file that is not code."""
    for node in ast.walk(argument):
        if not isinstance(node, ast.Call):
            continue
        name = names.of(node.func) or dotted(node.func)
        last = name.rpartition(".")[2] if name else (node.func.attr if isinstance(node.func, ast.Attribute) else "")
        if last in _DECODERS:
            return f"{last}(…)"
        if last in ("open", "Path") and node.args:
            path = _constant(node.args[0])
            if isinstance(path, str) and not path.endswith((".py", ".ipynb")):
                return f"{last}({path!r})"
    return ""


def _assigned(target: ast.expr, names: _Names) -> Iterator[tuple[TamperKind, str]]:
    if isinstance(target, ast.Attribute):
        yield from _replaced(names.of(target.value), target.attr, names.model)
    elif isinstance(target, ast.Subscript) and names.of(target.value) == "sys.modules":
        key = _constant(target.slice)
        if isinstance(target.ctx, ast.Store) and isinstance(key, str):
            root = key.partition(".")[0]
            if root in _LIBRARIES | _RELIED_ON | {"_inside", "ipykernel", "numpy"}:
                yield TamperKind.LIBRARIES, f"sys.modules[{key!r}]"
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from _assigned(element, names)


def _replaced(owner: str, attribute: str, model: Model) -> Iterator[tuple[TamperKind, str]]:
    """The kinds of tampering in setting *attribute* of *owner*: it replaces an observed object, or the observer's."""
    root = owner.partition(".")[0]
    assignment = f"{owner}.{attribute} ="
    if attribute == model.counted_by:
        yield TamperKind.LIBRARIES, assignment
    elif owner == _SHELL or "InteractiveShell" in owner:
        if attribute not in _OURS_TO_SET:
            yield TamperKind.KERNEL, assignment
    elif (
        root in ("builtins", "__builtins__")
        or (root in _RELIED_ON and owner == root and attribute not in _MAY_BE_SET)
        or (root in _LIBRARIES | model.packages and (attribute in _WRAPPED or attribute.startswith("read_")))
        or (root in _LIBRARIES | model.packages and attribute == model.parameter)
    ):
        yield TamperKind.LIBRARIES, assignment


def _class(node: ast.ClassDef, model: Model) -> Iterator[tuple[TamperKind, str]]:
    derived = any(model.is_named(dotted(base)) for base in node.bases)
    for part in node.body:
        if not isinstance(part, ast.FunctionDef):
            continue
        body = [line for line in part.body if not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))]
        agrees = len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None
        if part.name == "__eq__" and agrees and _constant(body[0].value) is True:  # type: ignore[attr-defined]
            yield TamperKind.LIBRARIES, f"{node.name}.__eq__"
        if derived and part.name in (model.counted_by, model.parameter, "__getattribute__"):
            yield TamperKind.LIBRARIES, f"{node.name}.{part.name}"

"""Static reading of functions, for code that cannot be run: calls are recognised by their usual names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import chain

from checker.course import Course, Model
from checker.evidence.source.python import cell_trees, string_of
from checker.facts.code import Code, called_name
from checker.facts.functions import WrittenFunction, WrittenFunctions
from checker.facts.notebook import NotebookFile
from checker.model import Location

_READING = frozenset(
    {
        "read_csv", "read_table", "read_parquet", "read_excel", "read_json", "read_feather", "read_fwf", "scan_csv",
        "scan_parquet", "read_pickle",
    },
)  # fmt: skip
_SPLITTING = frozenset({"train_test_split", "ShuffleSplit", "StratifiedShuffleSplit", "KFold", "StratifiedKFold"})
_MEASURES = frozenset(
    {"score", "accuracy_score", "confusion_matrix", "classification_report", "crosstab", "f1_score", "roc_auc_score"},
)
_MAKING = frozenset({"assign", "insert"})


def written_functions(code: Code, notebook: NotebookFile | None, course: Course) -> WrittenFunctions:
    """All functions of the project, and its code outside of functions, as written."""
    model = course.model
    functions: list[WrittenFunction] = []
    outside: list[WrittenFunction] = []
    paths = (*((code.main,) if code.main else ()), *(code.modules or code.unreached))
    for path in paths:
        tree = code.files[path].tree
        if tree is None:
            continue
        functions += _functions(tree, path, model)
        outside.append(_read(path, "", Location(path), list(_top_level(tree)), model))
    if notebook is not None:
        for number, cell in cell_trees(notebook.cells):
            # The functions that a cell defines count as its own code: a cell is not a module.
            bodies = (node.body for node in cell.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
            statements = [*_top_level(cell), *chain.from_iterable(bodies)]
            outside.append(_read(notebook.path, "", Location(notebook.path, number), statements, model))
    return WrittenFunctions(tuple(functions), tuple(outside))


def _functions(tree: ast.Module, path: str, model: Model) -> Iterator[WrittenFunction]:
    owners: list[tuple[str, ast.AST]] = [("", tree)]
    while owners:
        prefix, owner = owners.pop(0)
        for node in ast.iter_child_nodes(owner):
            if isinstance(node, ast.ClassDef):
                owners.append((f"{prefix}{node.name}.", node))
            elif isinstance(node, ast.FunctionDef):
                yield _read(path, prefix + node.name, Location(path, line=node.lineno), node.body, model, node.args)


def _top_level(tree: ast.Module) -> Iterator[ast.stmt]:
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return (node for node in tree.body if not isinstance(node, definitions))


def _read(
    path: str,
    name: str,
    where: Location,
    body: Iterable[ast.stmt],
    model: Model,
    parameters: ast.arguments | None = None,
) -> WrittenFunction:
    nodes = [node for statement in body for node in ast.walk(statement)]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    names = [called_name(call) for call in calls]
    return WrittenFunction(
        path=path,
        name=name,
        where=where,
        reads=sum(each in _READING for each in names),
        returns=any(isinstance(node, ast.Return) and node.value is not None for node in nodes),
        columns=tuple(dict.fromkeys(_columns(nodes))),
        splits=any(each in _SPLITTING for each in names) or any(_is_sample(call) for call in calls),
        fits=any(each == "fit" for each in names),
        measures=frozenset(names) & _MEASURES,
        prints=any(each in ("print", "display", "info") for each in names),
        value_from=_value_from(calls, model, parameters),
    )


def _is_sample(call: ast.Call) -> bool:
    return called_name(call) == "sample" and any(keyword.arg in ("frac", "n") for keyword in call.keywords)


def _columns(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AugAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Subscript):
                    yield from _keys(target.slice)
        elif isinstance(node, ast.Call) and called_name(node) in _MAKING:
            yield from (keyword.arg for keyword in node.keywords if keyword.arg)
            yield from (key for argument in node.args[1:2] for key in _keys(argument))


def _keys(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if (key := string_of(part)) is not None:
            yield key
        elif isinstance(part, ast.Name):
            yield f"<{part.id}>"


def _value_from(calls: list[ast.Call], model: Model, parameters: ast.arguments | None) -> str:
    """The parameter, or attribute of self, that reaches the parameter of the *model*."""
    if parameters is None:
        return ""
    every = (*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs)
    names = {each.arg for each in every} | {each.arg for each in (parameters.vararg, parameters.kwarg) if each}
    for call in calls:
        values = [each.value for each in call.keywords if each.arg and each.arg.endswith(model.parameter)]
        if model.is_named(called_name(call)):
            values += [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg is None)]
        for value in values:
            for part in ast.walk(value):
                if isinstance(part, ast.Name) and part.id in names:
                    return part.id
    return ""


PROBES = (written_functions,)

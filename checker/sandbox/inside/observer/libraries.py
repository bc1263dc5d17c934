"""Hooks into the libraries of the course: what reads tables, divides rows, fits forests and judges them.

A library that is there already is wrapped at once, another one right after its first import.
"""

from __future__ import annotations

import functools
import importlib.machinery
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .watch import Watch

_PANDAS = (
    "read_csv", "read_table", "read_fwf", "read_excel", "read_parquet", "read_feather", "read_json", "read_pickle",
    "read_orc", "read_sql", "read_sql_query", "read_sql_table", "read_stata", "read_spss", "read_sas", "read_hdf",
    "read_xml", "read_html",
)  # fmt: skip
_POLARS = ("read_csv", "read_parquet", "read_excel", "read_json", "read_ndjson", "read_ipc", "scan_csv", "scan_parquet")
_METRICS = (
    "accuracy_score", "balanced_accuracy_score", "classification_report", "confusion_matrix", "f1_score", "log_loss",
    "precision_score", "recall_score", "roc_auc_score", "precision_recall_fscore_support", "matthews_corrcoef",
)  # fmt: skip
_DRAWING = ("pandas", "seaborn", "matplotlib")


def install(watch: Watch) -> None:
    """Wrap what is imported, and what will be."""
    hooks: dict[str, Callable[[ModuleType], None]] = {
        "pandas": functools.partial(_pandas, watch),
        "polars": functools.partial(_readers, watch, "polars", _POLARS),
        "pyarrow.csv": functools.partial(_readers, watch, "pyarrow.csv", ("read_csv",)),
        "pyarrow.parquet": functools.partial(_readers, watch, "pyarrow.parquet", ("read_table",)),
        "sklearn.base": functools.partial(_base, watch),
        "sklearn.ensemble._forest": functools.partial(_forest, watch),
        "sklearn.metrics": functools.partial(_metrics, watch),
        "sklearn.model_selection": functools.partial(_selection, watch),
        "sklearn.utils._set_output": functools.partial(_transformers, watch),
        "cloudpickle.cloudpickle": _cloudpickle,
        "joblib.externals.cloudpickle.cloudpickle": _cloudpickle,
    }
    for name in list(hooks):
        module = sys.modules.get(name)
        if module is not None:
            _apply(hooks.pop(name), module)
    sys.meta_path.insert(0, _Finder(hooks))


def _apply(hook: Callable[[ModuleType], None], module: ModuleType) -> None:
    try:
        hook(module)
    except Exception:
        # A version that we do not know is seen less of; the run goes on.
        pass


class _Finder:
    """Leaves finding to the others, and has a hook run after the module did."""

    def __init__(self, hooks: dict[str, Callable[[ModuleType], None]]) -> None:
        self._hooks = hooks

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        hook = self._hooks.pop(name, None)
        if hook is None:
            return None
        for finder in sys.meta_path:
            if finder is self:
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                _run_after(spec.loader, hook)
                return spec
        return None


def _run_after(loader: Any, hook: Callable[[ModuleType], None]) -> None:
    execute = getattr(loader, "exec_module", None)
    if execute is None:
        return

    def exec_module(module: ModuleType) -> None:
        execute(module)
        _apply(hook, module)

    try:
        loader.exec_module = exec_module
    except AttributeError:
        pass


def _wrap(owner: Any, name: str, around: Callable[[Any], Any]) -> None:
    original = getattr(owner, name, None)
    if original is not None:
        setattr(owner, name, around(original))


# --- tables


def _readers(watch: Watch, library: str, names: tuple[str, ...], module: ModuleType) -> None:
    for name in names:
        _wrap(module, name, functools.partial(_reader, watch, library + "." + name))


def _reader(watch: Watch, title: str, original: Any) -> Any:
    @functools.wraps(original)
    def read(*args: Any, **kwargs: Any) -> Any:
        watch.reading(1)
        try:
            result = original(*args, **kwargs)
        finally:
            depth = watch.reading(-1)
        if not depth:
            watch.read(title, _source(args, kwargs), result)
        return result

    return read


def _source(args: Any, kwargs: Any) -> str:
    first = args[0] if args else next(iter(kwargs.values()), "")
    for candidate in (first, *(getattr(first, name, None) for name in ("full_name", "path", "name", "url"))):
        if isinstance(candidate, str):
            return candidate
        if hasattr(candidate, "__fspath__"):
            return str(candidate)
    return type(first).__name__


def _pandas(watch: Watch, module: ModuleType) -> None:
    _readers(watch, "pandas", _PANDAS, module)
    frames: Any = module.DataFrame
    values = frames.values

    def noted(frame: Any, caller: Any) -> None:
        if not str(caller.f_globals.get("__name__", "")).startswith(_DRAWING):
            watch.became_array(frame.columns, len(frame.columns))

    def get_values(frame: Any) -> Any:
        noted(frame, sys._getframe(1))
        return values.fget(frame)

    frames.values = property(get_values, doc=values.__doc__)
    for name in ("to_numpy", "__array__"):
        _wrap(frames, name, functools.partial(_to_array, noted))
    _wrap(frames, "sample", functools.partial(_sample, watch))
    _wrap(module, "crosstab", functools.partial(_evaluation, watch, "crosstab"))


def _to_array(noted: Any, original: Any) -> Any:
    @functools.wraps(original)
    def convert(self: Any, *args: Any, **kwargs: Any) -> Any:
        noted(self, sys._getframe(1))
        return original(self, *args, **kwargs)

    return convert


def _sample(watch: Watch, original: Any) -> Any:
    @functools.wraps(original)
    def sample(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        if 0.3 * len(self) < len(result) < len(self):
            watch.split("sample")
        return result

    return sample


# --- models


def _base(watch: Watch, module: ModuleType) -> None:
    _wrap(module.ClassifierMixin, "score", functools.partial(_evaluation, watch, "score"))


def _forest(watch: Watch, module: ModuleType) -> None:
    _wrap(module.BaseForest, "fit", functools.partial(_fit, watch))
    _wrap(module.ForestClassifier, "predict", functools.partial(_evaluation, watch, "predict"))


def _fit(watch: Watch, original: Any) -> Any:
    @functools.wraps(original)
    def fit(self: Any, X: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N803
        seen = watch.fitting(X)
        result = original(self, X, *args, **kwargs)
        watch.fitted(self, seen)
        return result

    return fit


def _evaluation(watch: Watch, what: str, original: Any) -> Any:
    @functools.wraps(original)
    def evaluate(*args: Any, **kwargs: Any) -> Any:
        watch.evaluated(what)
        return original(*args, **kwargs)

    return evaluate


def _metrics(watch: Watch, module: ModuleType) -> None:
    for name in _METRICS:
        _wrap(module, name, functools.partial(_evaluation, watch, name))
    display: Any = getattr(module, "ConfusionMatrixDisplay", None)
    for name in ("from_predictions", "from_estimator"):
        method = getattr(display, name, None)
        if method is not None:
            setattr(display, name, staticmethod(_evaluation(watch, "confusion_matrix", method)))


def _selection(watch: Watch, module: ModuleType) -> None:
    split = getattr(module, "_split", None)
    for owner in (module, split):
        _wrap(owner, "train_test_split", functools.partial(_splitting, watch, "train_test_split"))
    for name, means in (("BaseShuffleSplit", "shuffle"), ("BaseCrossValidator", "folds"), ("_BaseKFold", "folds")):
        kind = getattr(split, name, None)
        if kind is not None and "split" in vars(kind):
            _wrap(kind, "split", functools.partial(_splitting, watch, means))


def _splitting(watch: Watch, means: str, original: Any) -> Any:
    @functools.wraps(original)
    def divide(*args: Any, **kwargs: Any) -> Any:
        watch.split(means)
        return original(*args, **kwargs)

    return divide


def _transformers(watch: Watch, module: ModuleType) -> None:
    original: Any = module._wrap_data_with_container

    @functools.wraps(original)
    def wrap(method: Any, result: Any, given: Any, estimator: Any) -> Any:
        watch.transformed(estimator, given, result)
        return original(method, result, given, estimator)

    module._wrap_data_with_container = wrap  # type: ignore[attr-defined]


def _cloudpickle(module: ModuleType) -> None:
    """Functions that go to another process by value go as they were written: we are not there."""
    original: Any = module.Pickler._dynamic_function_reduce

    def reduce(self: Any, function: Any) -> Any:
        return original(self, getattr(function, "__unobserved__", function))

    module.Pickler._dynamic_function_reduce = reduce

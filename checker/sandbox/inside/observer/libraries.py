"""Hooks into libraries: readers of tables, splits of rows, metrics, and the models of the course.

A library that is imported already is wrapped at once, any other right after its first import.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.machinery
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .models import ModelHooks
from .recorder import Recorder

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


def install(recorder: Recorder) -> None:
    """Wrap the libraries that are imported already, and the others when they are imported."""
    models = ModelHooks(recorder)
    hooks: dict[str, Callable[[ModuleType], None]] = {
        "pandas": functools.partial(_pandas, recorder),
        "polars": functools.partial(_readers, recorder, "polars", _POLARS),
        "pyarrow.csv": functools.partial(_readers, recorder, "pyarrow.csv", ("read_csv",)),
        "pyarrow.parquet": functools.partial(_readers, recorder, "pyarrow.parquet", ("read_table",)),
        "sklearn.base": functools.partial(_base, recorder),
        "sklearn.metrics": functools.partial(_metrics, recorder),
        "sklearn.model_selection": functools.partial(_selection, recorder, models),
        "sklearn.utils._set_output": functools.partial(_transformers, recorder),
        "cloudpickle.cloudpickle": _cloudpickle,
        "joblib.externals.cloudpickle.cloudpickle": _cloudpickle,
        "joblib.parallel": _joblib,
    }
    for name, hook in models.by_module().items():
        hooks[name] = functools.partial(_both, hooks.get(name), hook)
    for name in list(hooks):
        module = sys.modules.get(name)
        if module is not None:
            _apply(hooks.pop(name), module)
    sys.meta_path.insert(0, _Finder(hooks))


def _both(first: Callable[[ModuleType], None] | None, second: Callable[[ModuleType], None], module: ModuleType) -> None:
    if first is not None:
        _apply(first, module)
    second(module)


def _apply(hook: Callable[[ModuleType], None], module: ModuleType) -> None:
    with contextlib.suppress(Exception):  # less is observed of an unknown version of a library; the run goes on
        hook(module)


class _Finder:
    """A finder that delegates to the other finders, and runs a hook after the module was executed."""

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

    with contextlib.suppress(AttributeError):
        loader.exec_module = exec_module


def _wrap(owner: Any, name: str, around: Callable[[Any], Any]) -> None:
    original = getattr(owner, name, None)
    if original is not None:
        setattr(owner, name, around(original))


# --- tables


def _readers(recorder: Recorder, library: str, names: tuple[str, ...], module: ModuleType) -> None:
    for name in names:
        _wrap(module, name, functools.partial(_reader, recorder, library + "." + name))


def _reader(recorder: Recorder, title: str, original: Any) -> Any:
    @functools.wraps(original)
    def read(*args: Any, **kwargs: Any) -> Any:
        recorder.reading(1)
        try:
            result = original(*args, **kwargs)
        finally:
            depth = recorder.reading(-1)
        if not depth:
            recorder.read(title, _source(args, kwargs), result)
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


def _pandas(recorder: Recorder, module: ModuleType) -> None:
    _readers(recorder, "pandas", _PANDAS, module)
    frames: Any = module.DataFrame
    values = frames.values

    def noted(frame: Any, caller: Any) -> None:
        if not str(caller.f_globals.get("__name__", "")).startswith(_DRAWING):
            recorder.became_array(frame.columns, len(frame.columns))

    def get_values(frame: Any) -> Any:
        noted(frame, sys._getframe(1))
        return values.fget(frame)

    frames.values = property(get_values, doc=values.__doc__)
    for name in ("to_numpy", "__array__"):
        _wrap(frames, name, functools.partial(_to_array, noted))
    _wrap(frames, "sample", functools.partial(_sample, recorder))
    _wrap(module, "crosstab", functools.partial(_evaluation, recorder, "crosstab"))


def _to_array(noted: Any, original: Any) -> Any:
    @functools.wraps(original)
    def convert(self: Any, *args: Any, **kwargs: Any) -> Any:
        noted(self, sys._getframe(1))
        return original(self, *args, **kwargs)

    return convert


def _sample(recorder: Recorder, original: Any) -> Any:
    @functools.wraps(original)
    def sample(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        if 0.3 * len(self) < len(result) < len(self):
            recorder.split("sample")
        return result

    return sample


# --- models


def _base(recorder: Recorder, module: ModuleType) -> None:
    _wrap(module.ClassifierMixin, "score", functools.partial(_evaluation, recorder, "score", labels=2))


def _evaluation(recorder: Recorder, what: str, original: Any, labels: int = 0) -> Any:
    @functools.wraps(original)
    def evaluate(*args: Any, **kwargs: Any) -> Any:
        recorder.evaluated(what)
        recorder.labelled(args[labels] if len(args) > labels else kwargs.get("y", kwargs.get("y_true")))
        return original(*args, **kwargs)

    return evaluate


def _metrics(recorder: Recorder, module: ModuleType) -> None:
    for name in _METRICS:
        _wrap(module, name, functools.partial(_evaluation, recorder, name))
    display: Any = getattr(module, "ConfusionMatrixDisplay", None)
    for name in ("from_predictions", "from_estimator"):
        method = getattr(display, name, None)
        if method is not None:
            setattr(display, name, staticmethod(_evaluation(recorder, "confusion_matrix", method)))


def _selection(recorder: Recorder, models: ModelHooks, module: ModuleType) -> None:
    split = getattr(module, "_split", None)
    for owner in (module, split):
        _wrap(owner, "train_test_split", functools.partial(_splitting, recorder, "train_test_split"))
    for name, means in (("BaseShuffleSplit", "shuffle"), ("BaseCrossValidator", "folds"), ("_BaseKFold", "folds")):
        kind = getattr(split, name, None)
        if kind is not None and "split" in vars(kind):
            _wrap(kind, "split", functools.partial(_splitting, recorder, means))
    _wrap(module, "cross_val_predict", functools.partial(_by_folds, recorder, models))


def _splitting(recorder: Recorder, means: str, original: Any) -> Any:
    @functools.wraps(original)
    def divide(*args: Any, **kwargs: Any) -> Any:
        recorder.split(means)
        result = original(*args, **kwargs)
        if isinstance(result, list):
            recorder.labelled(*result)
        return result

    return divide


def _by_folds(recorder: Recorder, models: ModelHooks, original: Any) -> Any:
    @functools.wraps(original)
    def predict(estimator: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(estimator, *args, **kwargs)
        recorder.labelled(args[1] if len(args) > 1 else kwargs.get("y"))
        if models.holds(estimator):
            recorder.predicted(estimator, lambda: [*(recorder.classes.of(result) or recorder.classes.likelier(result))])
        return result

    return predict


def _transformers(recorder: Recorder, module: ModuleType) -> None:
    original: Any = module._wrap_data_with_container

    @functools.wraps(original)
    def wrap(method: Any, result: Any, given: Any, estimator: Any) -> Any:
        recorder.transformed(estimator, given, result)
        return original(method, result, given, estimator)

    module._wrap_data_with_container = wrap  # type: ignore[attr-defined]


def _joblib(module: ModuleType) -> None:
    """Make joblib's workers threads by default, so that models fitted by a worker are observed."""
    module.DEFAULT_BACKEND = module.DEFAULT_PROCESS_BACKEND = "threading"  # type: ignore[attr-defined]


def _cloudpickle(module: ModuleType) -> None:
    """Pickle functions without our decorator: the observer is not in the other process."""
    original: Any = module.Pickler._dynamic_function_reduce

    def reduce(self: Any, function: Any) -> Any:
        return original(self, getattr(function, "__unobserved__", function))

    module.Pickler._dynamic_function_reduce = reduce

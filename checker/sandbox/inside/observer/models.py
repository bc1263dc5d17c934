"""Hooks into the estimators of the course: their fits, and the classes that they predict.

The course names the classes. A method that such a class lacks is wrapped in the subclasses of its module that have it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from .recorder import Recorder

_METHODS = ("fit", "predict", "predict_proba", "decision_function")
_MAY_BE_OWN = frozenset({"__init__", "__repr__", "fit", "predict", "score", "get_params", "set_params"})
"""Methods that a class of the project may have without changing what its model predicts: each calls the library's."""


class ModelHooks:
    """The hooks for the classes that the options of the observer name."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._names: dict[str, list[str]] = {}
        for name in recorder.estimators:
            module, _, kind = name.rpartition(".")
            self._names.setdefault(module, []).append(kind)
        self._kinds: list[type] = []
        self._wrapped: set[int] = set()

    def by_module(self) -> dict[str, Callable[[ModuleType], None]]:
        """The hook of each module that has some of the classes, to be called once it is imported."""
        return {module: functools.partial(self._install, names) for module, names in self._names.items()}

    def holds(self, estimator: Any, deep: int = 4) -> bool:
        """Whether *estimator* is such a model or wraps one: the last step of a pipeline, the subject of a search."""
        if isinstance(estimator, tuple(self._kinds)):
            return True
        steps = getattr(estimator, "steps", None)
        inner = steps[-1][1] if steps else getattr(estimator, "estimator", None)
        return deep > 0 and inner is not None and self.holds(inner, deep - 1)

    def _install(self, names: list[str], module: ModuleType) -> None:
        around: dict[str, Callable[[Any], Any]] = {
            "fit": self._fit,
            "predict": self._predict,
            "predict_proba": functools.partial(self._scored, _likelier),
            "decision_function": functools.partial(self._scored, _higher),
        }
        for name in names:
            kind = getattr(module, name, None)
            if not isinstance(kind, type):  # a version of the library that has it elsewhere
                continue
            self._kinds.append(kind)
            self._recorder.predictions.seen = True
            for method in _METHODS:
                for owner in _owners(kind, method):
                    original = next(vars(each)[method] for each in owner.__mro__ if method in vars(each))
                    if isinstance(original, FunctionType) and id(original) not in self._wrapped:
                        wrapped = around[method](original)
                        self._wrapped.add(id(wrapped))  # it lives as long as the class
                        setattr(owner, method, wrapped)

    def _fit(self, original: Any) -> Any:
        recorder = self._recorder

        @functools.wraps(original)
        def fit(self: Any, X: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N803
            description = recorder.fitting(X, args[0] if args else kwargs.get("y"))
            result = original(self, X, *args, **kwargs)
            recorder.fitted(self, description)
            aside, values = getattr(self, "oob_decision_function_", None), getattr(self, "oob_prediction_", None)
            if aside is not None:
                recorder.predicted(self, lambda: _likelier(recorder, self, aside))
            elif values is not None:
                recorder.predicted(self, lambda: recorder.classes.nearer(values))
            return result

        return fit

    def _predict(self, original: Any) -> Any:
        recorder, hooks = self._recorder, self

        @functools.wraps(original)
        def predict(self: Any, *args: Any, **kwargs: Any) -> Any:
            of_numbers = isinstance(self, _regressors())
            if not of_numbers:
                recorder.evaluated("predict")
            before = recorder.predictions_here
            result = original(self, *args, **kwargs)
            if of_numbers:
                recorder.predicted(self, lambda: recorder.classes.nearer(result))
            elif recorder.predictions_here == before and hooks._is_of_library(self):
                recorder.predicted(self, lambda: _chosen(recorder, self, result))
            return result

        return predict

    def _scored(self, classes: Callable[[Recorder, Any, Any], list[bool]], original: Any) -> Any:
        recorder = self._recorder

        @functools.wraps(original)
        def predict(self: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(self, *args, **kwargs)
            recorder.predicted(self, lambda: classes(recorder, self, result))
            return result

        return predict

    def _is_of_library(self, model: Any) -> bool:
        """Whether all that decides a prediction of *model* is the library's own code.

        A subclass whose ``predict_proba`` is the project's predicts by a rule, and not by what it learned.
        """
        own: set[str] = set()
        of_library: set[str] = set()
        for kind in type(model).__mro__:
            functions = {name: value for name, value in vars(kind).items() if isinstance(value, FunctionType)}
            replaced = {name for name, value in functions.items() if self._is_own(value)}
            if 0 < len(replaced) < len(functions):  # a class of the library, with functions of the project
                return False
            own |= replaced
            of_library |= functions.keys() - replaced
        return not (own & of_library) - _MAY_BE_OWN and not vars(model).keys() & of_library

    def _is_own(self, function: Any) -> bool:
        """Whether a function is the project's, or was made from text in the run."""
        filename = getattr(function, "__unobserved__", function).__code__.co_filename
        made = filename.startswith("<") and not filename.startswith("<frozen")
        return made or self._recorder.places.of_code(filename) is not None


def _owners(kind: type, method: str) -> Iterator[type]:
    """*kind* if it has the *method*, else the nearest of its subclasses that have it."""
    if hasattr(kind, method):
        yield kind
    else:
        derived: list[type] = kind.__subclasses__()
        for below in derived:
            yield from _owners(below, method)


def _regressors() -> Any:
    return getattr(sys.modules.get("sklearn.base"), "RegressorMixin", ())


def _higher(recorder: Recorder, model: Any, scores: Any) -> list[bool]:
    """For each row, whether its score is one of the class that counts."""
    if len(scores.shape) == 1:
        return recorder.classes.higher(scores, _kinds(model))
    return _likelier(recorder, model, scores)


def _likelier(recorder: Recorder, model: Any, scores: Any) -> list[bool]:
    return recorder.classes.likelier(scores, _kinds(model))


def _kinds(model: Any) -> list[Any]:
    """The classes that a fitted model knows, in their order; none for a model of several targets."""
    kinds: Any = getattr(model, "classes_", None)
    return [] if not hasattr(kinds, "tolist") else list(kinds.tolist())


def _chosen(recorder: Recorder, model: Any, result: Any) -> list[bool]:
    """For each row, whether the class that counts was predicted."""
    counted = recorder.classes.counted(_kinds(model))
    if counted is None:
        raise ValueError("other classes than the course has")
    return [value == counted[0] for value in result.tolist()]

"""Loaded by each Python that student code starts in plain mode: redirects it, then imports the real module."""

# ruff: noqa: INP001 - every Python finds this module by its name, in a folder that is no package

import importlib.util
import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != _here]

_spec = importlib.util.spec_from_file_location("_redirect", os.path.join(os.path.dirname(_here), "redirect.py"))
if _spec is not None and _spec.loader is not None:
    _redirect = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(_redirect)
    _redirect.install_from_environment()

_self = sys.modules.pop(__name__)
try:
    import sitecustomize  # type: ignore[import-not-found]  # noqa: F401
except ImportError:
    sys.modules[__name__] = _self

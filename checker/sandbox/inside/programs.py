"""Runs a script or an import as ``python`` does, from the first line to the exit status."""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys
import traceback
from collections.abc import Callable
from functools import partial
from types import CodeType, ModuleType, TracebackType
from typing import Any, NoReturn

from . import observing, reset_state, tracebacks
from .order import Order
from .protocol import Report


def run(order: Order, report: Report) -> NoReturn:
    """Run the program of *order* in this process, report its end, and exit."""
    if order.interpreter is None:
        reset_state.draw_in_memory()
    observing.load(order)  # before its libraries are forgotten: loaded again, they would hide the student's
    reset_state.forget(order.shadowed)
    reset_state.forget(reset_state.loaded_from(order.overlaid))
    content = order.content
    observer = observing.start(order)
    report.send(begun=True)
    main: Callable[[], None]
    if content["program"] == "script":
        main = partial(_script, content["path"], content["arguments"], as_module=content["as_module"])
    elif content["program"] == "cells":
        from . import cells

        main = partial(cells.run, content["cells"], _fresh_main(), report, observer)
    else:
        main = partial(_import, content["module"], report)
    status = _guarded(main, order.root, report)
    _wait_for_threads()
    flushed = _flush()
    observing.finish(observer, report)
    _forget_main()
    os._exit(status if (flushed and _flush()) or status else 120)


def _guarded(main: Callable[[], None], root: str, report: Report) -> int:
    try:
        main()
    except SystemExit as leaving:
        return _status_of(leaving)
    except BaseException as exception:
        student = _after_ours(exception.__traceback__)
        report.send(error=tracebacks.describe(exception, root, student))
        _show(exception, student)
        return 130 if isinstance(exception, KeyboardInterrupt) else 1
    return 0


def _status_of(leaving: SystemExit) -> int:
    if leaving.code is None:
        return 0
    if isinstance(leaving.code, int):
        return leaving.code & 0xFF
    try:
        sys.stderr.write(f"{leaving.code}\n")
    except BaseException:
        pass
    return 1


def _after_ours(trace: TracebackType | None) -> TracebackType | None:
    folder = os.path.dirname(__file__)
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(folder):
        trace = trace.tb_next
    return trace


def _show(exception: BaseException, trace: TracebackType | None) -> None:
    try:
        sys.excepthook(type(exception), exception.with_traceback(trace), trace)
    except BaseException:  # the hook is student code, too
        traceback.print_exc(file=sys.__stderr__)


def _script(path: str, arguments: list[str], *, as_module: bool) -> None:
    """Run as ``python PATH``, or as ``python -m`` with the dotted name of the path, which allows relative imports."""
    full = os.path.abspath(path)
    main = _fresh_main()
    sys.argv[:] = [full if as_module else path, *arguments]
    sys.path.insert(0, os.getcwd() if as_module else os.path.dirname(os.path.realpath(full)))
    from importlib.machinery import SourceFileLoader

    main.__dict__.update(
        __file__=full, __cached__=None, __loader__=SourceFileLoader("__main__", full), __package__=None, __spec__=None
    )
    if as_module:
        main.__dict__["__package__"] = os.path.dirname(path).replace("/", ".")
    exec(_compiled(full), main.__dict__)


def _compiled(full: str) -> CodeType:
    try:
        with io.open_code(full) as file:
            source = file.read()
    except OSError as absent:
        sys.stderr.write(f"python: can't open file '{full}': [Errno {absent.errno}] {absent.strerror}\n")
        raise SystemExit(2) from None
    return compile(source, full, "exec", dont_inherit=True)


def _import(module: str, report: Report) -> None:
    main = _fresh_main()
    sys.argv[:] = ["-c"]
    sys.path.insert(0, "")
    exec(compile("import " + module, "<string>", "exec", dont_inherit=True), main.__dict__)
    report.send(result={"imported": True})


def _fresh_main() -> ModuleType:
    main = ModuleType("__main__")
    vars(main).update(__builtins__=sys.modules["builtins"], __annotations__={})
    sys.modules["__main__"] = main
    return main


def _wait_for_threads() -> None:
    """Wait for threads, the first step of the interpreter's shutdown."""
    try:
        # By name: a program with a `threading.py` of its own has loaded another module than ours.
        threads: Any = sys.modules.get("threading")
        if threads is not None:
            threads._shutdown()
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    try:
        atexit._run_exitfuncs()
    except BaseException:
        pass


def _forget_main() -> None:
    """Clear the main module, the last step of shutdown: open files are written, and objects are deleted."""
    _flush_files()
    sys.modules.pop("__main__", None)
    gc.collect()


def _flush_files() -> None:
    # A function of its own, so that no local variable keeps the last object alive.
    for thing in gc.get_objects():
        if isinstance(thing, (io.TextIOWrapper, io.BufferedWriter)):
            try:
                thing.flush()
            except BaseException:
                continue


def _flush() -> bool:
    good = True
    for stream in (sys.stdout, sys.__stdout__, sys.stderr):
        try:
            if stream is not None and not getattr(stream, "closed", False):
                stream.flush()
        except BaseException:
            good = False
    return good

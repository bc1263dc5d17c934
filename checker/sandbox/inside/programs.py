"""Runs a script or an import the way ``python`` does, from its first line to its exit status."""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys
import traceback
from collections.abc import Callable
from types import CodeType, ModuleType, TracebackType
from typing import Any, NoReturn

from . import failure, observing
from .wire import Report


def run(order: dict[str, Any], report: Report) -> NoReturn:
    """Run the action of *order* in this process, report on it, and leave."""
    action = order["action"]
    observer = observing.start(order)
    report.send(begun=True)
    if action["kind"] == "script":
        status = _guarded(lambda: _script(action["path"], action["arguments"]), order["root"], report)
    elif action["kind"] == "cells":
        from . import cells

        status = _guarded(lambda: cells.run(action["cells"], _fresh_main(), report, observer), order["root"], report)
    else:
        status = _guarded(lambda: _import(action["module"], report), order["root"], report)
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
        report.send(error=failure.describe(exception, root, student))
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


def _script(path: str, arguments: list[str]) -> None:
    full = os.path.abspath(path)
    main = _fresh_main()
    sys.argv[:] = [path, *arguments]
    sys.path.insert(0, os.path.dirname(os.path.realpath(full)))
    from importlib.machinery import SourceFileLoader

    main.__dict__.update(
        __file__=full, __cached__=None, __loader__=SourceFileLoader("__main__", full), __package__=None, __spec__=None
    )
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
    """What the interpreter does first at its end."""
    try:
        # By its name: a program that has a `threading.py` of its own has loaded another one than we have.
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
    """What the interpreter does last: files left open are written, and what the program made goes away."""
    _flush_files()
    sys.modules.pop("__main__", None)
    gc.collect()


def _flush_files() -> None:
    # In a function of its own: the last object that was looked at would be kept alive, and all that it leads to.
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

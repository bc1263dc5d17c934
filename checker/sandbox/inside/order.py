"""The orders to a zygote and to the runs that it forks: one type each, for those who write and those who read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Optional, Union


@dataclass(frozen=True)
class Order:
    """One run, from the workspace that is already there to the module that executes it.

    - ``inside``: the module of this folder whose ``run`` executes ``content``; ``executed`` is in its place the command
      line of a program of the system.
    - ``root``, ``folder``: the tree, and the folder of it in which the run starts.
    - ``variables``: the whole environment; ``limits``: resource limits by name, without ``RLIMIT_``.
    - ``interpreter``: the command of the Python to start; None: the forked process is the run.
    - ``identity``, ``owned``: the user id to take (None: the present one), and the folders that this user gets.
    - ``files``: files to write, content by path, beside the packed tree.
    - ``not_importable``, ``overlaid``, ``paths``: folders that leave ``sys.path``, that only kernels keep there, and
      folders of the tree that are appended.
    - ``site``: the only folder of packages; None: all of the interpreter. ``packages``: the folders of the packages of
      student code, where it has another interpreter.
    - ``observe``: the options of the observer; None: no observer.
    - ``redirect``: the ports, http and https, to which connections are led; None: none are.
    - ``lasting``: what the process leaves behind lives until the grader closes the control socket.
    - ``shadowed``: modules that are unloaded, because the tree has modules of their names.
    - ``descriptors``: the names of the descriptors that are sent with the order.
    """

    inside: str
    root: str
    content: Mapping[str, Any] = field(default_factory=dict)
    executed: tuple[str, ...] = ()
    folder: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    interpreter: Optional[tuple[str, ...]] = None
    identity: Optional[int] = None
    owned: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    not_importable: tuple[str, ...] = ()
    overlaid: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    site: Optional[str] = None
    packages: tuple[str, ...] = ()
    observe: Optional[Mapping[str, Any]] = None
    redirect: Optional[tuple[int, int]] = None
    lasting: bool = False
    shadowed: tuple[str, ...] = ()
    descriptors: tuple[str, ...] = ()


@dataclass(frozen=True)
class ZygoteOrder:
    """The first order to a zygote.

    ``modules`` are imported, then the functions ``prepare`` of our own modules are called. With ``more``, a
    :class:`LoadOrder` follows before that. ``remove`` are patterns of what is removed at the end of the process.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    not_importable: tuple[str, ...] = ()
    overlaid: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    more: bool = False
    descriptors: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadOrder:
    """Further modules for a zygote; for one that serves already, a zygote is forked that loads them."""

    modules: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    descriptors: tuple[str, ...] = ()


@dataclass(frozen=True)
class BindOrder:
    """The sockets of the gateway, to be bound in a network."""

    descriptors: tuple[str, ...] = ()


AnyOrder = Union[Order, ZygoteOrder, LoadOrder, BindOrder]
_KINDS = {"run": Order, "zygote": ZygoteOrder, "load": LoadOrder, "bind": BindOrder}


def order_as_json(order: AnyOrder) -> bytes:
    """*order* as JSON, with all its fields. Raises TypeError and ValueError where a value has no form in JSON."""
    (kind,) = (name for name, type_ in _KINDS.items() if type(order) is type_)
    return json.dumps({"order": kind, **{one.name: getattr(order, one.name) for one in fields(order)}}).encode()


def order_from_json(body: bytes) -> AnyOrder:
    """The order that :func:`order_as_json` wrote. Raises ValueError for anything else: a missing or an unknown key."""
    read = json.loads(body.decode("utf-8", "surrogatepass"))
    name = read.pop("order", None) if isinstance(read, dict) else None
    kind: Any = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError("no order")
    names = {one.name for one in fields(kind)}
    if names != read.keys():
        raise ValueError(f"an order of another version: {sorted(names ^ read.keys())}")
    order: AnyOrder = kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in read.items()})
    return order

"""Keep the functions of the standard library that aiounit calls at run time, as they were when aiounit was imported.

Tests patch `time.sleep`, `threading.Thread` or `os.open`, and freezegun replaces the clocks in every module. Each
namespace here is a copy of the module of its name, and is not a module itself, so no patch reaches aiounit.
"""

import ast as _ast
import asyncio as _asyncio
import atexit as _atexit
import builtins as _builtins
import concurrent.futures as _futures
import contextlib as _contextlib
import contextvars as _contextvars
import copy as _copy
import difflib as _difflib
import dis as _dis
import faulthandler as _faulthandler
import functools as _functools
import gc as _gc
import importlib as _importlib
import inspect as _inspect
import itertools as _itertools
import linecache as _linecache
import logging as _logging
import math as _math
import mmap as _mmap
import operator as _operator
import os as _os
import pprint as _pprint
import queue as _queue
import re as _re
import select as _select
import selectors as _selectors
import signal as _signal
import socket as _socket
import struct as _struct
import subprocess as _subprocess
import sys as _sys
import textwrap as _textwrap
import threading as _threading
import time as _time
import traceback as _traceback
import types as _types
import warnings as _warnings
import weakref as _weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

__all__ = [
    "ast",
    "asyncio",
    "atexit",
    "builtins",
    "concurrent",
    "contextlib",
    "contextvars",
    "copy",
    "difflib",
    "dis",
    "faulthandler",
    "functools",
    "gc",
    "importlib",
    "inspect",
    "itertools",
    "linecache",
    "logging",
    "math",
    "mmap",
    "operator",
    "os",
    "pprint",
    "queue",
    "re",
    "select",
    "selectors",
    "signal",
    "socket",
    "struct",
    "subprocess",
    "sys",
    "textwrap",
    "threading",
    "time",
    "traceback",
    "warnings",
    "weakref",
]


_bound: Final[list[tuple[_types.ModuleType, "Namespace"]]] = []


class Namespace:
    """The attributes of a module at the time of the copy.

    Args:
        module: The module.
        others: Attributes that differ from those of the module.
    """

    def __init__(self, module: _types.ModuleType, /, **others: object) -> None:
        vars(self).update(vars(module), **others)
        _bound.append((module, self))


class Live:
    """An attribute that is state and not a function: each use reads it from the module.

    Args:
        module: The module.
    """

    def __init__(self, module: _types.ModuleType) -> None:
        self._module = module

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        return getattr(self._module, self._name)

    # It makes this a data descriptor, which takes precedence over the copy.
    def __set__(self, instance: object, value: object) -> None:
        raise AttributeError(f"set {self._name} in the module itself")


class Os(Namespace):
    """`os`, whose environment may be replaced at any time."""

    environ = Live(_os)


class Sys(Namespace):
    """`sys`, whose streams may be replaced at any time."""

    argv = Live(_sys)
    path = Live(_sys)
    stderr = Live(_sys)
    stdin = Live(_sys)
    stdout = Live(_sys)


class Warnings(Namespace):
    """`warnings`, whose filters and output change while warnings are caught."""

    filters = Live(_warnings)
    showwarning = Live(_warnings)


if TYPE_CHECKING:
    import ast
    import asyncio
    import atexit
    import builtins
    import concurrent.futures
    import contextlib
    import contextvars
    import copy
    import difflib
    import dis
    import faulthandler
    import functools
    import gc
    import importlib
    import inspect
    import itertools
    import linecache
    import logging
    import math
    import mmap
    import operator
    import os
    import pprint
    import queue
    import re
    import select
    import selectors
    import signal
    import socket
    import struct
    import subprocess
    import sys
    import textwrap
    import threading
    import time
    import traceback
    import warnings
    import weakref
else:
    ast = Namespace(_ast)
    asyncio = Namespace(_asyncio)
    atexit = Namespace(_atexit)
    builtins = Namespace(_builtins)
    _futures.ThreadPoolExecutor  # noqa: B018 (makes the module import it)
    concurrent = Namespace(_types.ModuleType("concurrent"), futures=Namespace(_futures))
    contextlib = Namespace(_contextlib)
    contextvars = Namespace(_contextvars)
    copy = Namespace(_copy)
    difflib = Namespace(_difflib)
    dis = Namespace(_dis)
    faulthandler = Namespace(_faulthandler)
    functools = Namespace(_functools)
    gc = Namespace(_gc)
    importlib = Namespace(_importlib)
    inspect = Namespace(_inspect)
    itertools = Namespace(_itertools)
    linecache = Namespace(_linecache)
    logging = Namespace(_logging)
    math = Namespace(_math)
    mmap = Namespace(_mmap)
    operator = Namespace(_operator)
    os = Os(_os, path=Namespace(_os.path))
    pprint = Namespace(_pprint)
    queue = Namespace(_queue)
    re = Namespace(_re)
    select = Namespace(_select)
    selectors = Namespace(_selectors)
    signal = Namespace(_signal)
    socket = Namespace(_socket)
    struct = Namespace(_struct)
    subprocess = Namespace(_subprocess)
    sys = Sys(_sys)
    textwrap = Namespace(_textwrap)
    threading = Namespace(_threading)
    time = Namespace(_time)
    traceback = Namespace(_traceback)
    warnings = Warnings(_warnings)
    weakref = Namespace(_weakref)


@_contextlib.contextmanager
def unpatched() -> Iterator[None]:
    """Undo, inside a block, the patches of a test, so that unittest can describe an error with the real functions."""
    replaced = [
        (module, name, vars(module)[name], original)
        for module, namespace in _bound
        for name, original in vars(namespace).items()
        if callable(original) and vars(module).get(name, original) is not original
        if module not in (_sys, _warnings)  # whose functions the checks replace
    ]
    for module, name, _, original in replaced:
        setattr(module, name, original)
    try:
        yield
    finally:
        for module, name, replacement, _ in replaced:
            setattr(module, name, replacement)

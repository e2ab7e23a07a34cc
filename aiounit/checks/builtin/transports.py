"""Transports, servers and subprocesses that are left open, and files that the loop still watches."""

import types
from collections.abc import Iterator
from typing import ClassVar, Final

from aiounit import _stdlib
from aiounit._real import asyncio, contextlib, functools, time
from aiounit._typing import override
from aiounit.checks import owner_names
from aiounit.checks.api import Check, CheckContext, HasFileno
from aiounit.checks.builtin import openings
from aiounit.checks.findings import Finding
from aiounit.checks.leftovers import Leftover, Leftovers, Noted
from aiounit.introspect import sites
from aiounit.introspect.machinery import top_package
from aiounit.loops.factory import sleep

__all__ = ["Transports"]

_CLOSE: Final = "Close it: server.close(), then await server.wait_closed()"
_WAIT: Final = "Wait for it, or kill it and then wait for it"
_HELD: Final = (
    "End the processes that it has started as well, or do not give them its pipe; "
    "if only its output was not read, read it to the end"
)
_ENDS: Final = "something holds its other end"
_REMOVE: Final = "Take it back with remove_reader() and remove_writer()"

# The packages that have loops watch files which no test can take back: asyncio itself, and grpc.aio, whose one
# completion queue for the process is watched until its last server and channel are gone.
_INNOCENT: Final = frozenset({"asyncio", "grpc"})

# How long a process that was killed may take to end, in seconds of the loop's clock.
_LONGEST: Final = 1.0


class Transports(Leftovers["_Made | _Watched"]):
    """Finds transports and servers that nothing has closed, running subprocesses, and files that are still watched."""

    name: ClassVar[str] = "transports"
    settles: ClassVar[bool] = True

    def __init__(self) -> None:
        self._made: dict[_Made, None] = {}  # a set that keeps the order
        self._watched: dict[int, sites.Site] = {}

    @override
    def on_transport(self, transport: asyncio.BaseTransport | asyncio.AbstractServer, server: object) -> None:
        """Take a transport or a server that was made, and the server that has accepted it, if one has."""
        site = next((made.site for made in self._made if server is not None and made.key is server), None)
        if site is None:
            site = sites.note(_stdlib.frames.frame(1))
        is_server = isinstance(transport, asyncio.AbstractServer)
        if is_server and any(made.key is transport for made in self._made):
            return  # it listens on several addresses
        if hasattr(transport, "__weakref__"):
            self._made[_Made(transport, site, is_accepted=server is not None)] = None

    @override
    def on_file(self, file: int | HasFileno) -> None:
        """Take a file, or its descriptor, that the loop is going to watch."""
        number = file if isinstance(file, int) else file.fileno()
        self._watched[number] = sites.note(_stdlib.frames.frame(3))

    @override
    def left(self, test: CheckContext) -> list["_Made | _Watched"]:
        """Return the open transports and servers, and the files that are watched."""
        return [*self._open(), *_watched_files(test)]

    def _open(self) -> list["_Made"]:
        return [made for made in self._made if made.is_open()]

    @override
    def describe(self, thing: "_Made | _Watched", test: CheckContext) -> Finding:
        """Describe a transport, a server or a watched file."""
        if isinstance(thing, _Made):
            what, remedy = thing.describe()
            owner = thing.owner or owner_names.name_of(thing.key)
            return Finding(what, remedy, name=thing.kind, stack=sites.places(thing.site), owner=owner)
        name = getattr(thing.callback, "__qualname__", repr(thing.callback))
        what = f"the loop still watches {openings.file(thing.file)} and calls {name}()"
        stack = sites.places(self._watched.get(thing.descriptor, sites.Site()))
        return Finding(what, _REMOVE, name=name, stack=stack, owner=owner_names.name_of(thing.key))

    @override
    def give(self, thing: "_Made | _Watched", other: Check | None) -> None:
        """Leave a transport, a server or a watched file to another check."""
        if isinstance(thing, _Made):
            self._made.pop(thing, None)
            if isinstance(other, Transports):
                other.take(thing)
        else:
            site = self._watched.pop(thing.descriptor, None)
            if site is not None and isinstance(other, Transports):
                other.take_file(thing.descriptor, site)

    def take(self, made: "_Made") -> None:
        """Take a transport or a server that another check has left to this one."""
        self._made[made] = None

    def take_file(self, descriptor: int, site: sites.Site) -> None:
        """Take a watched file that another check has left to this one."""
        self._watched[descriptor] = site

    @override
    async def clean(self, test: CheckContext) -> None:
        """Close it, or kill it."""
        things = [thing for made in self._open() if (thing := made.key) is not None]
        for thing in things:
            with contextlib.suppress(OSError, ValueError):  # its file was closed without it
                thing.close()
        processes = [thing for thing in things if isinstance(thing, asyncio.SubprocessTransport)]
        deadline = time.monotonic() + _LONGEST
        # Until the child watcher has seen that they are dead, which it tells nothing else.
        while any(process.get_returncode() is None for process in processes) and time.monotonic() < deadline:
            await sleep(0.001)
        if processes:
            await asyncio.sleep(0)  # so that pipes are closed that something else holds open
        for watched in list(_watched_files(test)):
            test.loop.remove_reader(watched.descriptor)
            test.loop.remove_writer(watched.descriptor)


class _Made(Noted):
    """A transport or a server, and where it was made."""

    def __init__(
        self, thing: asyncio.BaseTransport | asyncio.AbstractServer, site: sites.Site, *, is_accepted: bool
    ) -> None:
        super().__init__(thing, site)
        self.kind = type(thing).__name__
        self.owner = ""
        self._is_accepted = is_accepted
        self._dropped: tuple[str, str] | None = None
        if isinstance(thing, asyncio.Transport):
            _stdlib.transports.on_drop(thing, self._drop)

    def _drop(self) -> None:
        """Take note that nothing has closed it, and nothing can any more."""
        thing = self.key
        self.owner = owner_names.name_of(thing)
        self._dropped = f"{self._connection()} was dropped and never closed", openings.remedy(thing)

    def _connection(self) -> str:
        return openings.connection(self.key, is_accepted=self._is_accepted)

    @property
    @override
    def is_gone(self) -> bool:
        """Whether it was destroyed, except if nothing had closed it before."""
        return self._dropped is None and super().is_gone

    def is_open(self) -> bool:
        """Return whether it has to be reported."""
        if self._dropped is not None:
            return True
        thing = self.key
        if thing is None:
            return False
        if isinstance(thing, asyncio.AbstractServer):
            return bool(openings.server(thing))
        if isinstance(thing, asyncio.SubprocessTransport):
            return thing.get_returncode() is None or (not thing.is_closing() and bool(openings.pipes(thing)))
        # The transport of a pipe of a subprocess is not looked at: that of the subprocess is.
        return not (thing.is_closing() or hasattr(thing.get_protocol(), "proc"))

    def describe(self) -> tuple[str, str]:
        """Return the mistake and the remedy."""
        if self._dropped is not None:
            return self._dropped
        thing = self.key
        if isinstance(thing, asyncio.AbstractServer):
            return f"a server still listens on {openings.server(thing)}", _CLOSE
        if not isinstance(thing, asyncio.SubprocessTransport):
            return f"{self._connection()} is still open", openings.remedy(thing)
        if thing.get_returncode() is None:
            return f"{openings.subprocess(thing)} is still running", _WAIT
        pipes = " and ".join(openings.pipes(thing))
        return f"{openings.subprocess(thing)} has ended, and its {pipes} is still open: {_ENDS}", _HELD


class _Watched(Leftover):
    """A file that the loop watches for the user: the registration is not an object that an owner could hold."""

    def __init__(self, descriptor: int, file: object, handle: asyncio.Handle) -> None:
        self.descriptor = descriptor
        self.file = file
        self.callback = _stdlib.handles.callback_of(handle)
        self._handle = handle

    @property
    @override
    def key(self) -> asyncio.Handle:
        return self._handle

    @property
    @override
    def anchors(self) -> list[object]:
        """The file, and the object whose method is called."""
        return [each for each in (self.file, _self_of(self.callback)) if not isinstance(each, int)]


def _self_of(function: object) -> object:
    """Return the object whose method a function is, or in whose method it was made; the function if there is none."""
    if isinstance(function, functools.partial):
        function = function.func
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    if isinstance(function, types.FunctionType) and "self" in names:
        cell = (function.__closure__ or ())[names.index("self")]
        with contextlib.suppress(ValueError):  # it is empty
            return cell.cell_contents
    return getattr(function, "__self__", function)


def _watched_files(test: CheckContext) -> Iterator[_Watched]:
    """Yield the files that the user has the loop watch; asyncio's own belong to transports."""
    for descriptor, file, handles in _stdlib.handles.watched_files(test.loop):
        for handle in handles:
            watched = _Watched(descriptor, file, handle)
            function = getattr(watched.callback, "func", watched.callback)  # it may be a partial
            owner = type(getattr(function, "__self__", function))
            modules = {str(owner.__module__), str(getattr(function, "__module__", ""))}
            is_innocent = any(top_package(module) in _INNOCENT for module in modules)
            if not is_innocent and test.owns(_stdlib.handles.context_of_handle(handle)):
                yield watched

"""What is left open to the outside: transports, servers, subprocesses, and files that the loop still watches."""

import types
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Final

from typing_extensions import override

from aiounit import _stdlib
from aiounit._real import asyncio, contextlib, functools, time, weakref
from aiounit.checks import owner_names
from aiounit.checks.api import Check, CheckContext
from aiounit.checks.builtin import openings
from aiounit.checks.findings import Finding
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
_REMOVE: Final = "Take it back with remove_reader() and remove_writer()"

# What has loops watch files that no test can take back: asyncio itself, and the one completion queue that grpc.aio has
# for the process, which it takes back when its last server and channel are gone.
_INNOCENT: Final = frozenset({"asyncio", "grpc"})

# How long a process that was killed may take to end, in seconds of the loop's clock.
_LONGEST: Final = 1.0


class Transports(Check):
    """Finds transports and servers that nobody has closed, subprocesses that run, and files that are still watched."""

    name: ClassVar[str] = "transports"
    settles: ClassVar[bool] = True

    def __init__(self) -> None:
        self._made: list[_Made] = []
        self._watched: dict[int, sites.Site] = {}

    def note(self, thing: Any, server: object) -> None:
        """Take a transport or a server that was made.

        Args:
            thing: What was made.
            server: What has accepted it, if that is a server.
        """
        site = next((made.site for made in self._made if server is not None and made.reference() is server), None)
        if site is None:
            site = sites.note(_stdlib.frames.frame(1))
        is_server = isinstance(thing, asyncio.AbstractServer)
        if is_server and any(made.reference() is thing for made in self._made):
            return  # it listens on several addresses
        if hasattr(thing, "__weakref__"):
            self._made.append(_Made(thing, site, is_accepted=server is not None))

    def note_file(self, file: Any) -> None:
        """Take a file, or its descriptor, that the loop is going to watch."""
        number = file if isinstance(file, int) else file.fileno()
        self._watched[number] = sites.note(_stdlib.frames.frame(3))

    @override
    def end(self, test: CheckContext) -> Iterable[Finding]:
        """Return what is open."""
        if not self._made and not _stdlib.handles.watched_files(test.loop):
            return []  # as for most tests, and it has to be quick
        open_now = [(made, words) for made in self._made if (words := _describe(made)) is not None]
        found = [_found(made, *words) for made, words in open_now]
        return [*found, *(self._describe_file(watched) for watched in _watched_files(test))]

    def _describe_file(self, watched: "_Watched") -> Finding:
        name = getattr(watched.callback, "__qualname__", repr(watched.callback))
        what = f"the loop still watches {openings.file(watched.file)} and calls {name}()"
        stack = sites.places(self._watched.get(watched.descriptor, sites.Site()))
        return Finding(what, _REMOVE, name=name, stack=stack, owner=owner_names.name_of(watched.key))

    @override
    def left(self, test: CheckContext) -> list[Any]:
        """Return what is open, and the files that are watched."""
        return [*self._open(), *_watched_files(test)]

    def _open(self) -> list[Any]:
        things = [made.reference() for made in self._made if _describe(made) is not None]
        return [thing for thing in things if thing is not None]

    @override
    def give(self, thing: Any, other: Check | None) -> None:
        """Leave a transport, a server or a watched file to another check."""
        number = thing.descriptor if isinstance(thing, _Watched) else None
        watched = {key: site for key, site in self._watched.items() if key == number}
        given = [made for made in self._made if made.reference() is thing]
        self._made = [made for made in self._made if made not in given]
        if isinstance(other, Transports):
            other.take(given, watched)

    def take(self, made: "list[_Made]", watched: dict[int, sites.Site]) -> None:
        """Take what another check has left to this one."""
        self._made += made
        self._watched |= watched

    @override
    async def clean(self, test: CheckContext) -> None:
        """Close it, or kill it."""
        things = self._open()
        for thing in things:
            with contextlib.suppress(OSError, ValueError):  # its file was closed without it
                thing.close()
        processes = [thing for thing in things if isinstance(thing, asyncio.SubprocessTransport)]
        deadline = time.monotonic() + _LONGEST
        # Until the child watcher has seen that they are dead, which it tells nobody else.
        while any(process.get_returncode() is None for process in processes) and time.monotonic() < deadline:
            await sleep(0.001)
        if processes:
            await asyncio.sleep(0)  # so that pipes are closed that something else holds open
        for watched in list(_watched_files(test)):
            test.loop.remove_reader(watched.descriptor)
            test.loop.remove_writer(watched.descriptor)


class _Made:
    """A transport or a server, and where it was made."""

    def __init__(self, thing: Any, site: sites.Site, *, is_accepted: bool) -> None:
        self.reference = weakref.ref(thing)
        self.kind = type(thing).__name__
        self.site = site
        self.is_accepted = is_accepted
        self.dropped: tuple[str, str] | None = None
        self.owner = ""
        if isinstance(thing, asyncio.Transport):
            _stdlib.hooks.on_drop(thing, self.drop)

    def drop(self) -> None:
        """Take note that nobody has closed it, and nobody can any more."""
        thing = self.reference()
        self.owner = owner_names.name_of(thing)
        self.dropped = f"{self.describe(thing)} was dropped and never closed", openings.remedy(thing)

    def describe(self, transport: Any) -> str:
        """Say in a few words what a transport is."""
        return openings.connection(transport, is_accepted=self.is_accepted)


class _Watched(owner_names.Leftover):
    """A file that the loop watches for the user: no object stands for that which its owner could hold."""

    def __init__(self, descriptor: int, file: Any, handle: Any) -> None:
        self.descriptor = descriptor
        self.file = file
        self.callback = _stdlib.handles.callback_of(handle)
        self._handle = handle

    @property
    @override
    def key(self) -> Any:
        return self._handle

    @property
    @override
    def anchors(self) -> list[Any]:
        """The file, and the object whose method is called."""
        return [each for each in (self.file, _self_of(self.callback)) if not isinstance(each, int)]


def _self_of(function: Any) -> Any:
    """Return the object whose method a function is, or in whose method it was made; the function if there is none."""
    if isinstance(function, functools.partial):
        function = function.func
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    if isinstance(function, types.FunctionType) and "self" in names:
        cell = (function.__closure__ or ())[names.index("self")]
        with contextlib.suppress(ValueError):  # it is empty
            return cell.cell_contents
    return getattr(function, "__self__", function)


def _found(made: _Made, what: str, remedy: str) -> Finding:
    owner = made.owner or owner_names.name_of(made.reference())
    return Finding(what, remedy, name=made.kind, stack=sites.places(made.site), owner=owner)


def _describe(made: _Made) -> tuple[str, str] | None:
    """Return what is wrong and what to do; None if nothing is."""
    if made.dropped is not None:
        return made.dropped
    thing: Any = made.reference()
    if thing is None:
        return None
    if isinstance(thing, asyncio.AbstractServer):
        addresses = openings.server(thing)
        return (f"a server still listens on {addresses}", _CLOSE) if addresses else None
    if isinstance(thing, asyncio.SubprocessTransport):
        return _describe_subprocess(thing)
    if thing.is_closing() or hasattr(thing.get_protocol(), "proc"):
        return None  # it is going to be closed, or is a pipe of a subprocess, whose own transport is looked at
    return f"{made.describe(thing)} is still open", openings.remedy(thing)


def _describe_subprocess(transport: asyncio.SubprocessTransport) -> tuple[str, str] | None:
    if transport.get_returncode() is None:
        return f"{openings.subprocess(transport)} is still running", _WAIT
    pipes = [] if transport.is_closing() else openings.pipes(transport)
    if not pipes:
        return None
    are_open = "is still open: something holds its other end"
    return f"{openings.subprocess(transport)} has ended, and its {' and '.join(pipes)} {are_open}", _HELD


def _watched_files(test: CheckContext) -> Iterator[_Watched]:
    """Yield files that the user has the loop watch: what asyncio itself watches belongs to something else."""
    for descriptor, file, handles in _stdlib.handles.watched_files(test.loop):
        for handle in handles:
            watched = _Watched(descriptor, file, handle)
            function = getattr(watched.callback, "func", watched.callback)  # it may be a partial
            owner = type(getattr(function, "__self__", function))
            modules = {str(owner.__module__), str(getattr(function, "__module__", ""))}
            is_innocent = any(top_package(module) in _INNOCENT for module in modules)
            if not is_innocent and test.owns(_stdlib.handles.context_of_handle(handle)):
                yield watched

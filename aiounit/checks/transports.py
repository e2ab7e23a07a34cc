"""What is left open to the outside: transports, servers, subprocesses, and files that the loop still watches."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Final

from typing_extensions import override

from aiounit import _stdlib, _stdlib_hooks
from aiounit._real import asyncio, contextlib, weakref
from aiounit.checks import sites
from aiounit.checks.check import Check, Subject
from aiounit.findings import Finding

__all__ = ["Transports"]

_CLOSE: Final = "Close it, and wait until it is closed"
_WAIT: Final = "Wait for it, or kill it and then wait for it"
_REMOVE: Final = "Take it back with remove_reader() and remove_writer()"

# How long a process that was killed may take to end, in seconds of the loop's clock.
_LONGEST: Final = 1.0


class Transports(Check):
    """Finds transports and servers that nobody has closed, subprocesses that run, and files that are still watched."""

    name: ClassVar[str] = "transports"
    settles: ClassVar[bool] = True

    def __init__(self) -> None:
        self._made: list[_Made] = []

    def note(self, thing: Any, server: object) -> None:
        """Take a transport or a server that was made.

        Args:
            thing: What was made.
            server: What has accepted it, if that is a server.
        """
        site = next((made.site for made in self._made if server is not None and made.reference() is server), None)
        if site is None:
            site = sites.note(_stdlib.frame(1))
        is_server = isinstance(thing, asyncio.AbstractServer)
        if is_server and any(made.reference() is thing for made in self._made):
            return  # it listens on several addresses
        if hasattr(thing, "__weakref__"):
            self._made.append(_Made(thing, site, is_accepted=server is not None))

    @override
    def end(self, test: Subject) -> Iterable[Finding]:
        """Return what is open."""
        if not self._made and not _stdlib_hooks.watched_files(test.loop):
            return []  # as for most tests, and it has to be quick
        open_now = [(made, words) for made in self._made if (words := _describe(made)) is not None]
        found = [Finding(*words, name=made.kind, stack=sites.places(made.site)) for made, words in open_now]
        return [*found, *_watched(test)]

    @override
    def left(self, test: Subject) -> list[Any]:
        """Return what is open."""
        things = [made.reference() for made in self._made if _describe(made) is not None]
        return [thing for thing in things if thing is not None]

    @override
    def give(self, thing: Any, other: Check | None) -> None:
        """Leave a transport or a server to another check."""
        given = [made for made in self._made if made.reference() is thing]
        self._made = [made for made in self._made if made not in given]
        if isinstance(other, Transports):
            other.take(given)

    def take(self, made: "list[_Made]") -> None:
        """Take what another check has left to this one."""
        self._made += made

    @override
    async def clean(self, test: Subject) -> None:
        """Close it, or kill it."""
        things = self.left(test)
        for thing in things:
            with contextlib.suppress(OSError, ValueError):  # its file was closed without it
                thing.close()
        processes = [thing for thing in things if isinstance(thing, asyncio.SubprocessTransport)]
        deadline = test.loop.time() + _LONGEST
        # Until the child watcher has seen that they are dead, which it tells nobody else.
        while any(process.get_returncode() is None for process in processes) and test.loop.time() < deadline:
            await asyncio.sleep(0.001)
        for descriptor, _, _ in list(_watched_files(test)):
            test.loop.remove_reader(descriptor)
            test.loop.remove_writer(descriptor)


class _Made:
    """A transport or a server, and where it was made."""

    def __init__(self, thing: Any, site: sites.Site, *, is_accepted: bool) -> None:
        self.reference = weakref.ref(thing)
        self.kind = type(thing).__name__
        self.site = site
        self.is_accepted = is_accepted
        self.dropped = ""
        if isinstance(thing, asyncio.Transport):
            _stdlib_hooks.on_drop(thing, self.drop)

    def drop(self) -> None:
        """Take note that nobody has closed it, and nobody can any more."""
        self.dropped = self.describe(self.reference())

    def describe(self, transport: Any) -> str:
        """Say in a few words what a transport is."""
        own, peer = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        if self.is_accepted:
            return f"a connection that the server made here has accepted from {peer}"
        if transport.get_extra_info("pipe") is not None:
            return "a pipe"
        if hasattr(transport, "sendto"):  # it has no base of its own on 3.11
            return f"a datagram endpoint on {own}"
        sort = "TLS connection" if transport.get_extra_info("ssl_object") is not None else "connection"
        return f"a {sort} to {peer or own}"


def _describe(made: _Made) -> tuple[str, str] | None:
    """Return what is wrong and what to do; None if nothing is."""
    if made.dropped:
        return f"{made.dropped} was dropped and never closed", _CLOSE
    thing: Any = made.reference()
    if thing is None:
        return None
    if isinstance(thing, asyncio.AbstractServer):
        addresses = [_address(sock) for sock in getattr(thing, "sockets", ())]
        return (f"a server still listens on {', '.join(map(str, addresses))}", _CLOSE) if addresses else None
    if isinstance(thing, asyncio.SubprocessTransport):
        is_running = thing.get_returncode() is None
        return (f"subprocess {thing.get_pid()} is still running", _WAIT) if is_running else None
    if thing.is_closing() or hasattr(thing.get_protocol(), "proc"):
        return None  # it is going to be closed, or is a pipe of a subprocess, whose own transport is looked at
    return f"{made.describe(thing)} is still open", _CLOSE


def _address(sock: Any) -> Any:
    try:
        return sock.getsockname()
    except OSError:
        return "a socket that was closed without the server"


def _watched(test: Subject) -> Iterator[Finding]:
    for _, file, callback in _watched_files(test):
        name = getattr(callback, "__qualname__", repr(callback))
        yield Finding(f"the loop still watches {file!r} and calls {name}()", _REMOVE, name=name)


def _watched_files(test: Subject) -> Iterator[tuple[int, Any, Any]]:
    """Yield files that the user has the loop watch: what asyncio itself watches belongs to something else."""
    for descriptor, file, handles in _stdlib_hooks.watched_files(test.loop):
        for handle in handles:
            callback = _stdlib_hooks.callback_of(handle)
            owner = type(getattr(callback, "__self__", callback))
            modules = {str(owner.__module__), str(getattr(callback, "__module__", ""))}
            is_ours = any(module.partition(".")[0] == "asyncio" for module in modules)
            if not is_ours and test.owns(_stdlib_hooks.context_of_handle(handle)):
                yield descriptor, file, callback

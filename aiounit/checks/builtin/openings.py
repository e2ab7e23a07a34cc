"""Name a transport, a server, a subprocess or a file in a few words."""

from typing import TYPE_CHECKING, Any, Final

from aiounit._later import Later
from aiounit._real import asyncio, os
from aiounit.introspect.names import qualified

if TYPE_CHECKING:
    import shlex
else:
    shlex = Later("shlex", globals())

__all__ = ["connection", "file", "pipes", "remedy", "server", "subprocess"]

_CLOSE: Final = "Close it, and wait until it is closed"
_STREAM: Final = "Close its StreamWriter: close(), then await wait_closed()"
_DATAGRAM: Final = "Close it: transport.close()"

# How much of a command line is shown.
_LONGEST: Final = 80


def connection(transport: asyncio.BaseTransport, *, is_accepted: bool) -> str:
    """Name a transport that is neither a server nor a subprocess.

    Args:
        transport: The transport.
        is_accepted: Whether a server has accepted it.
    """
    own, peer = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
    pipe = transport.get_extra_info("pipe")
    if pipe is not None:
        return f"a pipe on {file(_descriptor(pipe))}"
    if hasattr(transport, "sendto"):  # it has no base of its own on 3.11
        return f"a datagram endpoint on {own or _unnamed(transport)}"
    if is_accepted:
        return f"a connection that the server made here has accepted {f'from {peer}' if peer else f'on {own}'}"
    sort = "TLS connection" if transport.get_extra_info("ssl_object") is not None else "connection"
    return f"a {sort} to {peer or own or _unnamed(transport)}"


def remedy(transport: asyncio.BaseTransport) -> str:
    """Return how a transport is closed, which depends on the protocol that uses it."""
    if hasattr(transport, "sendto"):
        return _DATAGRAM
    protocol = transport.get_protocol()
    if isinstance(protocol, asyncio.StreamReaderProtocol):
        return _STREAM
    return _CLOSE if protocol is None else f"{_CLOSE}; its protocol is {_kind(protocol)}"


def server(thing: asyncio.AbstractServer) -> str:
    """Return the addresses that a server listens on; nothing if it has stopped."""
    return ", ".join(str(_address(sock)) for sock in getattr(thing, "sockets", ()))


def subprocess(transport: asyncio.SubprocessTransport) -> str:
    """Name a subprocess by its identifier and its command."""
    process = transport.get_extra_info("subprocess")
    arguments = getattr(process, "args", "")
    if isinstance(arguments, bytes | str):
        command = os.fsdecode(arguments)
    else:
        command = shlex.join(os.fsdecode(each) for each in arguments)
    shortened = command if len(command) <= _LONGEST else f"{command[:_LONGEST]}..."
    return f"subprocess {transport.get_pid()}" + (f" ({shortened})" if shortened else "")


def pipes(transport: asyncio.SubprocessTransport) -> list[str]:
    """Return the names of the pipes of a subprocess that are open."""
    names = enumerate(("stdin", "stdout", "stderr"))
    made = [(name, transport.get_pipe_transport(number)) for number, name in names]
    return [name for name, pipe in made if pipe is not None and not pipe.is_closing()]


def file(thing: object) -> str:
    """Name a file, or a descriptor by the path that it leads to, if the system tells that."""
    if not isinstance(thing, int):
        return repr(thing)
    try:
        leads_to = f" ({os.readlink(f'/proc/self/fd/{thing}')})"
    except OSError:  # there is no such folder, or the file was closed
        leads_to = ""
    return f"file descriptor {thing}{leads_to}"


def _unnamed(transport: asyncio.BaseTransport) -> str:
    sock = transport.get_extra_info("socket")
    return f"an unnamed socket on {file(_descriptor(sock))}"


def _descriptor(thing: Any) -> int:
    try:
        return int(thing.fileno())
    except (AttributeError, ValueError):  # there is none, or it is closed
        return -1


def _address(sock: Any) -> object:
    try:
        return sock.getsockname()
    except OSError:
        return "a socket that was closed without the server"


def _kind(thing: object) -> str:
    return qualified(type(thing))

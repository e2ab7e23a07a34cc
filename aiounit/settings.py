"""Read the settings from the environment and from ``[tool.aiounit]`` in pyproject.toml, as one frozen value.

Only this module reads and checks them, and other layers get them as a parameter. A misspelled name or an impossible
value is an error that says where it is written; it never falls back to a default.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from aiounit import levels
from aiounit._real import asyncio, builtins, difflib, functools, importlib, operator, os, sys
from aiounit.exceptions import SettingsError

__all__ = ["Settings", "current", "read"]


class Settings(NamedTuple):
    """The settings of every test, unless a test class overrides them.

    Attributes:
        checks: The levels of checks that the file names, then those that the environment names.
        debug: Whether loops run in asyncio's debug mode; None leaves that to the loop, which follows
            ``PYTHONASYNCIODEBUG`` and ``-X dev``.
        loop_factory: The function that makes the event loops; None leaves that to asyncio. It is written as
            ``"package.module:attribute.path"``, for example ``"uvloop:new_event_loop"``.
        full_traceback: Whether tracebacks keep the frames of aiounit and asyncio.
        trace: Whether to print each start and close of a resource, with its scope and the seconds that it took.
        timeout: The timeout of a test method, in seconds; None for no timeout.
        setup_timeout: The timeout of each set-up hook, and of the start of each resource.
        teardown_timeout: The timeout of each tear-down hook, of each cleanup, of the close of each resource, and of
            the work that is left on the loop.
        timeout_scale: A factor for all these timeouts, for slow machines.
    """

    checks: tuple[levels.Setting, ...] = ()
    debug: bool | None = None
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    full_traceback: bool = False
    trace: bool = False
    timeout: float | None = 60.0
    setup_timeout: float | None = 60.0
    teardown_timeout: float | None = 60.0
    timeout_scale: float = 1.0


def read(environ: Mapping[str, str], directory: str) -> Settings:
    """Read the settings of a process with this environment and this working directory.

    A variable ``AIOUNIT_KEY`` overrides ``key`` in the file. An overridden value is not checked, so a variable also
    helps if the ``loop_factory`` of the file is not installed.

    Args:
        environ: The environment variables; those with an empty value count as unset.
        directory: An absolute path. Only the nearest pyproject.toml, in it or one of its parents, is read, even if it
            has no ``[tool.aiounit]`` table.

    Raises:
        SettingsError: A name is unknown, a value cannot be used, or the file cannot be read.
    """
    layers = _entries_of_file(directory), _entries_of_environment(environ)
    values = {key: entry.parsed() for key, entry in (layers[0] | layers[1]).items()}
    # Of the checks, the variable overrides the file one by one.
    entries = [layer["checks"] for layer in layers if "checks" in layer]
    values["checks"] = tuple(levels.Setting(entry.parsed(), str(entry)) for entry in entries)
    return Settings(**values)


@functools.cache
def current() -> Settings:
    """Return the settings of this process; the first call reads them.

    Raises:
        SettingsError: As ``read`` does.
    """
    return read(os.environ, os.getcwd())


class _Entry:
    """A value as it was found, a description of where, and the function that parses it."""

    __slots__ = ("parse", "raw", "where")

    def __init__(self, where: str, raw: object, parse: Callable[[Any], object]) -> None:
        self.where = where
        self.raw = raw
        self.parse = parse

    def parsed(self) -> Any:
        try:
            return self.parse(self.raw)
        except ValueError as error:
            # The parser's own error only has a message; the user may want to see its cause, if there is one.
            raise SettingsError(f"{self}, but {error}") from error.__cause__

    def __str__(self) -> str:
        return f"{self.where} is {self.raw!r}"


def _entries_of_environment(environ: Mapping[str, str]) -> dict[str, _Entry]:
    keys = {_variable(key): key for key in _KINDS}
    entries: dict[str, _Entry] = {}
    for name, text in environ.items():
        if not name.startswith(_PREFIX):
            continue
        where = f"environment variable {name}"
        if name not in keys:
            raise _unknown(where, text, name.removeprefix(_PREFIX).lower(), _variable)
        if text:
            entries[keys[name]] = _Entry(where, text, _KINDS[keys[name]].from_text)
    return entries


def _entries_of_file(directory: str) -> dict[str, _Entry]:
    path, content = _nearest_file(directory)
    entries: dict[str, _Entry] = {}
    for key, value in _table(path, content).items():
        where = f"{path}: [tool.aiounit] {key}"
        if key not in _KINDS:
            raise _unknown(where, value, key, str)
        entries[key] = _Entry(where, value, _KINDS[key].from_toml)
    return entries


def _nearest_file(directory: str) -> tuple[str, bytes]:
    """Return the path and the content of the nearest pyproject.toml; without one, both are empty."""
    parent, child = directory, ""
    while parent != child:
        path = os.path.join(parent, "pyproject.toml")
        try:
            with builtins.open(path, "rb") as file:
                return path, file.read()
        except FileNotFoundError:
            parent, child = os.path.dirname(parent), parent
        except OSError as error:
            message = f"{path} cannot be read: {error.strerror}; make it readable, as [tool.aiounit] may be in it"
            raise SettingsError(message) from error
    return "", b""


def _table(path: str, content: bytes) -> dict[str, object]:
    """Return the table ``[tool.aiounit]``; it is empty if there is none."""
    # Most projects set nothing, and to import and run a TOML parser costs more than all the rest of this module. A file
    # without the word has no such table (TOML could write it in escapes, but that is not done).
    if b"aiounit" not in content:
        return {}
    import tomllib  # noqa: PLC0415

    try:
        document = tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8: {error}; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}; correct it there") from error
    match document:
        case {"tool": {"aiounit": dict()}}:
            table: dict[str, object] = document["tool"]["aiounit"]
            return table
        case {"tool": {"aiounit": value}}:
            message = f"{path}: tool.aiounit is {value!r}, but it has to be a table; open it with [tool.aiounit]"
            raise SettingsError(message)
        case _:
            return {}


def _unknown(where: str, value: object, key: str, spell: Callable[[str], str]) -> SettingsError:
    """Make the error for an unknown name, where ``spell`` converts a key to the form that is written at that place."""
    close = difflib.get_close_matches(key, _KINDS, n=1)
    hint = f"Did you mean {spell(close[0])}? " if close else ""
    known = ", ".join(spell(key) for key in sorted(_KINDS))
    return SettingsError(f"{where} is {value!r}, but there is no such setting. {hint}The settings are {known}")


def _variable(key: str) -> str:
    return _PREFIX + key.upper()


def _boolean_from_text(text: str) -> bool:
    try:
        return _BOOLEAN_WORDS[text.lower()]
    except KeyError:
        raise ValueError("it takes 1 or 0, true or false, yes or no, on or off") from None


def _boolean_from_toml(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("it takes true or false, without quotes")


def _callable(value: object) -> Callable[..., object]:
    """Import the object that a ``"package.module:attribute.path"`` string names."""
    module_name, _, attribute = value.partition(":") if isinstance(value, str) else ("", "", "")
    if not (module_name and attribute):
        raise ValueError("it takes a string 'package.module:attribute', for example 'uvloop:new_event_loop'")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"importing {module_name!r} failed: {reason}; install it or correct the name") from error
    try:
        found: object = operator.attrgetter(attribute)(module)
    except AttributeError as error:
        raise ValueError(f"{error}; correct the part after the colon") from error
    if callable(found):
        return found
    raise ValueError(f"that is {found!r}, which cannot be called; name a class or function that makes event loops")


def _positive_from_text(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError("it takes a number above zero") from None
    return _positive_from_toml(number)


def _positive_from_toml(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= sys.float_info.max:
        return float(value)
    raise ValueError("it takes a number above zero")


def _seconds(positive: Callable[[Any], float], value: object) -> float | None:
    if isinstance(value, str) and value.lower() == "none":
        return None
    try:
        return positive(value)
    except ValueError:
        raise ValueError("it takes a number of seconds above zero, or 'none' for no limit") from None


class _Kind:
    """The parsers of one kind of value, in a variable and in the file.

    Both functions raise ValueError, also for a wrong type, with a message that continues "AIOUNIT_KEY is 'value', but".
    """

    __slots__ = ("from_text", "from_toml")

    def __init__(self, from_text: Callable[[str], object], from_toml: Callable[[object], object]) -> None:
        self.from_text = from_text
        self.from_toml = from_toml


_PREFIX = "AIOUNIT_"

_BOOLEAN_WORDS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}

_BOOLEAN = _Kind(_boolean_from_text, _boolean_from_toml)
_CALLABLE = _Kind(_callable, _callable)
_POSITIVE = _Kind(_positive_from_text, _positive_from_toml)
_SECONDS = _Kind(functools.partial(_seconds, _positive_from_text), functools.partial(_seconds, _positive_from_toml))

# A setting is a field of Settings and a line here.
_KINDS = {
    "checks": _Kind(levels.from_text, levels.from_table),
    "debug": _BOOLEAN,
    "full_traceback": _BOOLEAN,
    "loop_factory": _CALLABLE,
    "setup_timeout": _SECONDS,
    "teardown_timeout": _SECONDS,
    "timeout": _SECONDS,
    "timeout_scale": _POSITIVE,
    "trace": _BOOLEAN,
}

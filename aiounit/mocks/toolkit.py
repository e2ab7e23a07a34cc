"""Mocks, patches and spies that belong to a test and end with it, on any ``unittest.TestCase``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload
from unittest import TestCase

from aiounit._later import Later
from aiounit._typing import Protocol
from aiounit.arguments import MISSING, check_name, check_spec
from aiounit.introspect.representation import brief

if TYPE_CHECKING:
    from unittest.mock import AsyncMock, MagicMock

    from aiounit.mocks import patcher, registry, replacements, spies
    from aiounit.mocks.patcher import Patcher
    from aiounit.mocks.recording import recorder
    from aiounit.mocks.recording.records import CallRecord
    from aiounit.mocks.specs import autospec as specs
    from aiounit.mocks.spies import Spy
else:
    patcher = Later("aiounit.mocks.patcher", globals())
    recorder = Later("aiounit.mocks.recording.recorder", globals())
    registry = Later("aiounit.mocks.registry", globals())
    replacements = Later("aiounit.mocks.replacements", globals())
    specs = Later("aiounit.mocks.specs.autospec", globals())
    spies = Later("aiounit.mocks.spies", globals())

__all__ = ["MockToolkit"]

__unittest = True  # results leave out the frames of this module

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class _Class(Protocol[T_co]):
    """A class. To mypy, this includes abstract classes and protocols, which do not match ``type[T]``."""

    def __call__(self, *args: Any, **kwargs: Any) -> T_co:
        """Make an instance."""
        ...

    def mro(self) -> list[type]:
        """Return the base classes. Functions do not have this method."""
        ...


async def _any_async_call(*_args: object, **_kwargs: object) -> Any:
    """Accept any arguments. This is the spec of `MockToolkit.asyncStub`."""


def _any_call(*_args: object, **_kwargs: object) -> Any:
    """Accept any arguments. This is the spec of `MockToolkit.stub`."""


class _PatcherOfTest:
    """A descriptor that makes the `Patcher` of a test on each access, as a bound method is made."""

    @overload
    def __get__(self, test: None, kind: type) -> object: ...
    @overload
    def __get__(self, test: "MockToolkit", kind: type) -> "Patcher": ...
    def __get__(self, test: "MockToolkit | None", kind: type) -> object:
        return patcher.Patcher(test)


class MockToolkit(TestCase):
    """Mocks, patches and spies that are undone at the end of the test.

    A mock that is made here checks signatures, rejects misspelt attributes, and fails the test if one of its calls is
    never awaited. Keywords configure it by names of attributes, also dotted ones (``**{"stock.take": 5}``). The value
    for a method is the result of its calls: ``fetch=5`` returns 5, ``fetch=OSError`` raises, ``fetch=hangs()`` hangs.
    """

    patch = _PatcherOfTest()
    """The `aiounit.mocks.Patcher` of the test, which replaces objects until the end of the test."""

    @overload
    def mock(self, spec: type[T], /, *, allow_unawaited: bool = ..., **values: object) -> T: ...
    @overload
    def mock(self, spec: _Class[T], /, *, allow_unawaited: bool = ..., **values: object) -> T: ...
    @overload
    def mock(self, spec: T, /, *, allow_unawaited: bool = ..., **values: object) -> T: ...
    def mock(self, spec: object = MISSING, /, *, allow_unawaited: bool = False, **values: object) -> object:
        """Make a mock of an instance of a class, or of a function, a module or another object.

        Args:
            spec: The class, function, module or object that the mock imitates.
            allow_unawaited: Whether its calls need not be awaited.
            **values: Its configuration, by names of attributes.

        Returns:
            The mock. To type checkers it is an object like ``spec``; `asMock` shows it as a mock.

        Raises:
            TypeError: ``spec`` is a mock, None, or a value such as a string.
            AttributeError: ``values`` names an attribute that ``spec`` does not have.

        Example:
            ``client = self.mock(Client, fetch=fails(ConnectionError, then="tea"))``
        """
        check_spec(spec)
        return registry.registry_of(self).add(specs.autospec(spec), values, allow_unawaited=allow_unawaited)

    def stub(self, name: str = "stub", **values: object) -> "MagicMock":
        """Make a mock of a function that accepts any arguments, such as a callback.

        Args:
            name: Its name in messages.
            **values: Its configuration, such as ``return_value`` and ``side_effect``.

        Returns:
            The mock.

        Example:
            ``shop.on_order(callback := self.stub("on_order"))``
        """
        check_name("stub", name)
        mock = registry.registry_of(self).add(specs.autospec(_any_call, name), values, allow_unawaited=True)
        return cast("MagicMock", mock)

    def asyncStub(self, name: str = "stub", *, allow_unawaited: bool = False, **values: object) -> "AsyncMock":
        """Make a mock of a coroutine function that accepts any arguments.

        Args:
            name: Its name in messages.
            allow_unawaited: Whether its calls need not be awaited.
            **values: Its configuration, such as ``return_value`` and ``side_effect``.

        Returns:
            The mock.

        Example:
            ``acknowledge = self.asyncStub("acknowledge", side_effect=delays(0.1))``
        """
        check_name("asyncStub", name)
        mock = registry.registry_of(self).add(
            specs.autospec(_any_async_call, name), values, allow_unawaited=allow_unawaited
        )
        return cast("AsyncMock", mock)

    def asMock(self, mock: object) -> "MagicMock":
        """Return a mock typed as a mock, and not as the object that it imitates.

        Args:
            mock: The mock, or a function or method that ``autospec`` has made.

        Raises:
            TypeError: ``mock`` is not a mock.

        Example:
            ``self.asMock(client.fetch).side_effect = TimeoutError``
        """
        found: MagicMock | None = recorder.mock_of(mock)
        if found is None:
            raise TypeError(f"asMock() takes a mock, not {brief(mock)}. Make one with self.mock(), or patch it")
        return found

    def spy(self, owner: object, name: str = "", /, *, allow_unawaited: bool = False) -> "Spy":
        """Record the calls of a function or method until the end of the test, without changing what it does.

        Args:
            owner: The class, module or other object that has it. A spy in a class also gets ``self`` or ``cls``.
            name: The name of the function or method.
            allow_unawaited: Whether its calls need not be awaited.

        Returns:
            A mock with ``records``, one per call: the arguments, the value or the error, the times and the task. The
            value of an asynchronous generator is the list of its items, that of a context manager the target of ``as``.

        Raises:
            AttributeError: ``owner`` has no such attribute.
            TypeError: The attribute is not a function or method, or is a mock.

        Example:
            ``fetch = self.spy(client, "fetch")``
        """
        spies.check_names(owner, name)
        spy, replacement = spies.make_spy(owner, name)
        registry.registry_of(self).add(spy, {}, allow_unawaited=allow_unawaited)
        self.addCleanup(replacements.replace_attribute(owner, name, replacement))
        return spy

    def resetMocks(self) -> None:
        """Forget the calls and awaits of all mocks and spies of the test; their configuration stays.

        Calls that are never awaited still fail the test.
        """
        registry.registry_of(self).reset()

    def _aiounit_report_unawaited(self, calls: Sequence[tuple[str, "CallRecord"]]) -> None:
        """Fail the test. `AsyncTestCase` overrides this to report the calls as findings of its check."""
        raise self.failureException(registry.describe_unawaited(calls))

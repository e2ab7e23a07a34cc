"""Mocks, patches and spies that belong to a test and end with it, on any ``unittest.TestCase``."""

from typing import Any, Protocol, TypeVar, overload
from unittest.mock import AsyncMock, MagicMock

from aiounit.arguments import MISSING, check_name, check_spec
from aiounit.introspect.representation import brief
from aiounit.mocks.patches import Patches
from aiounit.mocks.patching import replace_attribute
from aiounit.mocks.recording.recorder import mock_of
from aiounit.mocks.specs.specs import autospec
from aiounit.mocks.spies import Spy, check_names, make_spy

__all__ = ["MockToolkit"]

__unittest = True  # results leave out the frames of this module

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class _Class(Protocol[T_co]):
    """A class, to mypy also an abstract one or a protocol, which it does not take for a ``type[T]``."""

    def __call__(self, *args: Any, **kwargs: Any) -> T_co:
        """Make an instance."""
        ...

    def mro(self) -> list[type]:
        """Return the base classes, which functions have none of."""
        ...


async def _any_async_call(*_args: Any, **_kwargs: Any) -> Any:
    """Take any arguments: the spec of `MockToolkit.asyncStub`."""


def _any_call(*_args: Any, **_kwargs: Any) -> Any:
    """Take any arguments: the spec of `MockToolkit.stub`."""


class MockToolkit(Patches):
    """Mocks, patches and spies that undo themselves at the end of the test.

    A mock that is made here checks signatures, refuses what is misspelt, and fails the test if one of its calls was
    never awaited. The keywords that configure a mock are names of attributes, with dots in them or not. What is said of
    a method is what its calls do: ``fetch=5`` returns it, ``fetch=OSError`` raises it, ``fetch=hangs()`` does that.
    """

    @overload
    def mock(self, spec: type[T], /, *, allow_unawaited: bool = ..., **values: Any) -> T: ...
    @overload
    def mock(self, spec: _Class[T], /, *, allow_unawaited: bool = ..., **values: Any) -> T: ...
    @overload
    def mock(self, spec: T, /, *, allow_unawaited: bool = ..., **values: Any) -> T: ...
    def mock(self, spec: Any = MISSING, /, *, allow_unawaited: bool = False, **values: Any) -> Any:
        """Make a mock of a class's instance, of a function, a module or another object.

        Args:
            spec: What it is to be like.
            allow_unawaited: Whether its calls may go without being awaited.
            **values: What it is configured with.

        Returns:
            The mock, which is what ``spec`` says to type checkers; `asMock` shows it as the mock that it is.

        Raises:
            TypeError: ``spec`` is a mock, None, or a value such as a string.
            AttributeError: What ``values`` names is not there.

        Example:
            ``client = self.mock(Client, fetch=fails(ConnectionError, then="tea"))``
        """
        check_spec(spec)
        return self._aiounit_keep(autospec(spec), values, allow_unawaited=allow_unawaited)

    def stub(self, name: str = "stub", **values: Any) -> MagicMock:
        """Make a mock of a function that takes anything: a callback.

        Args:
            name: What it is called in messages.
            **values: What it is configured with, such as ``return_value`` and ``side_effect``.

        Returns:
            The mock.

        Example:
            ``shop.on_order(callback := self.stub("on_order"))``
        """
        check_name("stub", name)
        mock: MagicMock = self._aiounit_keep(autospec(_any_call, name), values, allow_unawaited=True)
        return mock

    def asyncStub(self, name: str = "stub", *, allow_unawaited: bool = False, **values: Any) -> AsyncMock:
        """Make a mock of a coroutine function that takes anything.

        Args:
            name: What it is called in messages.
            allow_unawaited: Whether its calls may go without being awaited.
            **values: What it is configured with, such as ``return_value`` and ``side_effect``.

        Returns:
            The mock.

        Example:
            ``acknowledge = self.asyncStub("acknowledge", side_effect=delays(0.1))``
        """
        check_name("asyncStub", name)
        mock: AsyncMock = self._aiounit_keep(autospec(_any_async_call, name), values, allow_unawaited=allow_unawaited)
        return mock

    def asMock(self, mock: object) -> MagicMock:
        """Return a mock as what it is: a mock, also to type checkers, and not what it stands for.

        Args:
            mock: The mock.

        Raises:
            TypeError: It is none.

        Example:
            ``self.asMock(client.fetch).side_effect = TimeoutError``
        """
        found: MagicMock | None = mock_of(mock)
        if found is None:
            raise TypeError(f"asMock() takes a mock, not {brief(mock)}. Make one with self.mock(), or patch it")
        return found

    def spy(self, owner: Any, name: str = "", /, *, allow_unawaited: bool = False) -> Spy:
        """Watch a function or method until the end of the test, from now on: it does what it always does.

        Args:
            owner: What has it: a class, a module or another object. A spy in a class gets ``self`` or ``cls`` as well.
            name: Its name.
            allow_unawaited: Whether its calls may go without being awaited.

        Returns:
            A mock, whose ``records`` say what came of each call: arguments, value or error, times and task. Of an
            asynchronous generator the value is a list of what it has yielded; of a context manager, what it has given.

        Raises:
            AttributeError: There is no such function.
            TypeError: It is something else, or a mock.

        Example:
            ``fetch = self.spy(client, "fetch")``
        """
        check_names(owner, name)
        spy, replacement = make_spy(owner, name)
        self._aiounit_keep(spy, {}, allow_unawaited=allow_unawaited)
        self.addCleanup(replace_attribute(owner, name, replacement))
        return spy

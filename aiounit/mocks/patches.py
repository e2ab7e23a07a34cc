"""The patches of a test: each is done at once, and undone with the cleanups of the test.

`Patcher` has the shape of `unittest.mock.patch`: a callable object with methods.
"""

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, Final, TypeVar, cast, overload
from unittest.mock import DEFAULT, AsyncMock, MagicMock

from aiounit._real import inspect, os
from aiounit.introspect.representation import brief
from aiounit.mocks.patching import MISSING, missing, original_of, replace_attribute, replace_items, resolve, target_of
from aiounit.mocks.pending_calls import MockKeeper
from aiounit.mocks.recording.recorder import mock_of
from aiounit.mocks.specs.specs import autospec, autospec_member, guard
from aiounit.mocks.specs.suggestions import name_of

__all__ = ["Patcher", "Patches"]

__unittest = True  # results leave out the frames of this module

# What unittest.mock's patches are told, and these are not.
_OTHERS: Final = {
    "autospec": "what they make is autospecced by default",
    "new_callable": "call it, and give what it returns as new",
    "spec_set": "what they make has a spec by default",
}

D = TypeVar("D", bound=MutableMapping[Any, Any])

# In the body of `Patcher`, the name of the class is that of a method.
_Values = dict[str, Any]


class Patcher:
    """Replaces things until the end of a test: the ``patch`` of `MockToolkit`.

    Example:
        By name, by object, and in the environment::

            fetch = self.patch("shop.client.fetch", return_value="tea")
            price = self.patch.object(Shop, "price", return_value=5)
            self.patch.env(SHOP_URL="http://localhost")
    """

    __slots__ = ("_case",)  # the test, or None if the class was asked, which can't patch

    def __init__(self, case: MockKeeper | None) -> None:
        self._case = case

    def __call__(
        self,
        target: str,
        /,
        new: Any = DEFAULT,
        *,
        spec: Any = True,
        create: bool = False,
        allow_unawaited: bool = False,
        **values: Any,
    ) -> Any:
        """Replace something until the end of the test, from now on.

        Args:
            target: Its name where it is looked up, as ``"package.module.attribute"``.
            new: What takes its place; by default, a mock.
            spec: What the mock is like: True for what it replaces, False for no spec, or something else.
            create: Whether it may be missing.
            allow_unawaited: Whether calls of the mock may go without being awaited.
            **values: What the mock is configured with.

        Returns:
            What takes its place: of a method, as it is called, without ``self``; of a property, a ``PropertyMock``.

        Raises:
            AttributeError: There is no such thing, or ``values`` names what is not there.
            ImportError: A module can't be imported.
            TypeError: It is a mock that was not patched in here, or ``new`` is given with what is said of a mock.
            ValueError: ``target`` has no dot.

        Example:
            ``fetch = self.patch("shop.client.fetch", return_value="tea")``
        """
        owner, name = target_of(target, "patch()")
        return self._replace(owner, name, new, spec, values, create=create, allow_unawaited=allow_unawaited)

    def object(
        self,
        owner: Any,
        name: str,
        /,
        new: Any = DEFAULT,
        *,
        spec: Any = True,
        create: bool = False,
        allow_unawaited: bool = False,
        **values: Any,
    ) -> Any:
        """Replace an attribute of an object until the end of the test, from now on.

        Args:
            owner: The object, class or module.
            name: The name of its attribute.
            new: As in a call of ``patch`` itself.
            spec: As in a call of ``patch`` itself.
            create: As in a call of ``patch`` itself.
            allow_unawaited: As in a call of ``patch`` itself.
            **values: As in a call of ``patch`` itself.

        Returns:
            What takes its place, as of a call of ``patch`` itself.

        Raises:
            AttributeError: As in a call of ``patch`` itself.
            TypeError: As in a call of ``patch`` itself.

        Example:
            ``price = self.patch.object(Shop, "price", side_effect=[1, 2])``
        """
        if isinstance(owner, str) and not isinstance(name, str):
            raise TypeError("patch.object() takes the object first, and then the name of its attribute: swap them")
        if not isinstance(name, str):
            raise TypeError(
                f"patch.object() takes the object, and then the name of its attribute as a string, not {brief(name)}"
            )
        if isinstance(owner, str):
            raise TypeError(
                f'patch.object() takes the object itself, not {brief(owner)}. Or use patch("{owner}.{name}")'
            )
        return self._replace(owner, name, new, spec, values, create=create, allow_unawaited=allow_unawaited)

    def multiple(self, owner: Any, /, *, spec: bool = True, create: bool = False, **attributes: Any) -> _Values:
        """Replace several attributes of an object until the end of the test, or none if one is missing.

        Args:
            owner: The object, class or module, or the name of one, as ``"package.module"``.
            spec: As in a call of ``patch`` itself.
            create: As in a call of ``patch`` itself.
            **attributes: What takes the place of each; `unittest.mock.DEFAULT` for a mock.

        Returns:
            The mocks, by the names of the attributes.

        Raises:
            AttributeError: As in a call of ``patch`` itself.
            TypeError: As in a call of ``patch`` itself.

        Example:
            ``mocks = self.patch.multiple(Shop, price=DEFAULT, currency="EUR")``
        """
        owner = resolve(owner) if isinstance(owner, str) else owner
        for name in attributes:
            _find(owner, name, create=create)
        made = {
            name: self._replace(owner, name, new, spec, {}, create=create, allow_unawaited=False)
            for name, new in attributes.items()
        }
        return {name: mock for name, mock in made.items() if attributes[name] is DEFAULT}

    def dict(
        self,
        target: D | str,
        values: Mapping[Any, Any] | Iterable[tuple[Any, Any]] = (),
        /,
        *,
        clear: bool = False,
        **items: Any,
    ) -> D:
        """Change the items of a dictionary until the end of the test, from now on.

        Args:
            target: The dictionary, or the name of one, as ``"package.module.NAME"``.
            values: The items to put in.
            clear: Whether to take out what was there.
            **items: More items to put in.

        Returns:
            The dictionary. At the end of the test it holds what it has held, whatever else was changed meanwhile.

        Raises:
            AttributeError: There is no such dictionary.
            ImportError: A module can't be imported.
            TypeError: ``target`` is no dictionary.

        Example:
            ``self.patch.dict("shop.settings.LIMITS", tea=3)``
        """
        dictionary = resolve(target) if isinstance(target, str) else target
        if not isinstance(dictionary, MutableMapping):
            raise TypeError(f"patch.dict() takes a dictionary or the name of one, not {brief(target)}")
        self._test.addCleanup(replace_items(dictionary, {**dict(values), **items}, clear=clear))
        return cast("D", dictionary)

    def env(
        self, values: Mapping[str, str | None] | None = None, /, *, clear: bool = False, **variables: str | None
    ) -> None:
        """Set environment variables until the end of the test, from now on.

        Args:
            values: The variables by their names; None takes one away.
            clear: Whether to take all others away.
            **variables: More variables.

        Raises:
            TypeError: A value is no string.

        Example:
            ``self.patch.env(SHOP_URL="http://localhost", SHOP_DEBUG=None)``
        """
        wanted = {**(values or {}), **variables}
        for name, value in wanted.items():
            if not isinstance(value, str | None):
                raise TypeError(
                    f"the environment variable {name} must be a string, or None to take it away, not {brief(value)}"
                )
        present = {name: value for name, value in wanted.items() if value is not None}
        self._test.addCleanup(replace_items(os.environ, present, removed=wanted.keys() - present.keys(), clear=clear))

    def _replace(
        self,
        owner: Any,
        name: str,
        new: Any,
        spec: Any,
        values: _Values,
        *,
        create: bool,
        allow_unawaited: bool,
    ) -> Any:
        for said in values.keys() & _OTHERS.keys():
            raise TypeError(f"patches of the toolkit take no {said}: {_OTHERS[said]}")
        original = _find(owner, name, create=create)
        if new is DEFAULT:
            place = f"{name_of(owner)}.{name}"
            new = self._keep(_mock_for(owner, place, original, spec), values, allow_unawaited=allow_unawaited)
        elif values or spec is not True or allow_unawaited:
            said = ", ".join([*values, *(["spec"] if spec is not True else []), *["allow_unawaited"] * allow_unawaited])
            raise TypeError(f"{name!r} is replaced by {brief(new)}, and not by a mock that could be told: {said}")
        self._test.addCleanup(replace_attribute(owner, name, new))
        return new

    def _keep(self, mock: Any, values: _Values, *, allow_unawaited: bool) -> Any:
        return self._test._aiounit_keep(mock, values, allow_unawaited=allow_unawaited)  # noqa: SLF001 (ours)

    @property
    def _test(self) -> MockKeeper:
        if self._case is None:
            raise TypeError(
                "patch belongs to a test: use self.patch in the test or its setUp. For all tests of a class, enter one "
                "of unittest.mock's with enterClassContext(patch(...))"
            )
        return self._case


class _PatcherOfTest:
    """Makes the patcher of a test when the test asks for it, as a bound method is made."""

    @overload
    def __get__(self, case: None, kind: type) -> object: ...
    @overload
    def __get__(self, case: MockKeeper, kind: type) -> Patcher: ...
    def __get__(self, case: MockKeeper | None, kind: type) -> object:
        return Patcher(case)


class Patches(MockKeeper):
    """Replaces things for the length of a test."""

    patch = _PatcherOfTest()
    """The `aiounit.mocks.Patcher` of the test, which replaces things until the end of the test."""


def _find(owner: Any, name: str, *, create: bool) -> Any:
    """Return what is to be replaced."""
    original = original_of(owner, name)
    if original is MISSING and not create:
        error = missing(owner, name)
        error.add_note("If it is to be made for the test, say create=True")
        raise error
    return original


def _mock_for(owner: Any, place: str, original: Any, spec: Any) -> Any:
    """Make the mock that takes the place of an attribute."""
    if spec is True and mock_of(original) is not None:
        raise TypeError(f"{place} is a mock already. Say what the new one is to be like, spec=..., or spec=False")
    if spec is True and original is not MISSING:
        return autospec_member(owner, place, original)
    if not isinstance(spec, bool):
        return autospec(spec, place)
    function = getattr(original, "__func__", original)
    return guard((AsyncMock if inspect.iscoroutinefunction(function) else MagicMock)(name=place))

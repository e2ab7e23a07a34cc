"""Patches that take effect at once and are undone with the cleanups of a test.

`Patcher` has the shape of `unittest.mock.patch`: a callable object with methods.
"""

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, Final, TypeVar, cast
from unittest.mock import DEFAULT, AsyncMock, MagicMock, NonCallableMock

from aiounit._real import inspect, os
from aiounit.introspect.representation import brief
from aiounit.mocks.recording.recorder import mock_of
from aiounit.mocks.registry import MockOwner, registry_of
from aiounit.mocks.replacements import (
    MISSING,
    AnyItems,
    missing,
    original_of,
    replace_attribute,
    replace_items,
    resolve,
    target_of,
)
from aiounit.mocks.specs.autospec import autospec, autospec_member, guard
from aiounit.mocks.specs.suggestions import name_of

__all__ = ["Patcher"]

__unittest = True  # results leave out the frames of this module

# Keywords of unittest.mock's patches that these patches do not have.
_OTHERS: Final = {
    "autospec": "the mock is autospecced by default",
    "new_callable": "call it, and give what it returns as new",
    "spec_set": "the mock has a spec by default",
}

D = TypeVar("D", bound=AnyItems)

# In the body of `Patcher`, the names `object` and `dict` are those of its methods.
_Value = object
_Values = dict[str, object]
_Mocks = dict[str, Any]


class Patcher:
    """Replaces objects until the end of a test: the ``patch`` of `MockToolkit`.

    Example:
        Patch by name, by object, and in the environment::

            fetch = self.patch("shop.client.fetch", return_value="tea")
            price = self.patch.object(Shop, "price", return_value=5)
            self.patch.env(SHOP_URL="http://localhost")
    """

    __slots__ = ("_case",)

    def __init__(self, case: MockOwner | None) -> None:
        self._case = case  # None if patch was looked up on the class, which can't patch

    def __call__(
        self,
        target: str,
        /,
        new: _Value = DEFAULT,
        *,
        spec: _Value = True,
        create: bool = False,
        allow_unawaited: bool = False,
        **values: _Value,
    ) -> Any:
        """Replace an object, found by its name, until the end of the test.

        Args:
            target: The name by which the code under test looks it up, as ``"package.module.attribute"``.
            new: The replacement; by default, a mock.
            spec: The object that the mock imitates. True is the replaced object, False is none.
            create: Whether the attribute may be missing.
            allow_unawaited: Whether calls of the mock need not be awaited.
            **values: The configuration of the mock.

        Returns:
            The replacement. The mock of a method is called without ``self``; that of a property is a ``PropertyMock``.

        Raises:
            AttributeError: The attribute, or one that ``values`` names, does not exist.
            ImportError: A module can't be imported.
            TypeError: The attribute is a mock that this ``patch`` has not made, or arguments for a mock are given
                together with ``new``.
            ValueError: ``target`` has no dot.

        Example:
            ``fetch = self.patch("shop.client.fetch", return_value="tea")``
        """
        owner, name = target_of(target, "patch()")
        return self._replace(owner, name, new, spec, values, create=create, allow_unawaited=allow_unawaited)

    def object(
        self,
        owner: _Value,
        name: str,
        /,
        new: _Value = DEFAULT,
        *,
        spec: _Value = True,
        create: bool = False,
        allow_unawaited: bool = False,
        **values: _Value,
    ) -> Any:
        """Replace an attribute of an object until the end of the test.

        Args:
            owner: The object, class or module.
            name: The name of its attribute.
            new: As for a call of ``patch`` itself.
            spec: As for a call of ``patch`` itself.
            create: As for a call of ``patch`` itself.
            allow_unawaited: As for a call of ``patch`` itself.
            **values: As for a call of ``patch`` itself.

        Returns:
            The replacement, as for a call of ``patch`` itself.

        Raises:
            AttributeError: As for a call of ``patch`` itself.
            TypeError: As for a call of ``patch`` itself.

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

    def multiple(self, owner: _Value, /, *, spec: bool = True, create: bool = False, **attributes: _Value) -> _Mocks:
        """Replace several attributes of an object until the end of the test. If one is missing, none is replaced.

        Args:
            owner: The object, class or module, or the name of one, as ``"package.module"``.
            spec: As for a call of ``patch`` itself.
            create: As for a call of ``patch`` itself.
            **attributes: The replacement of each attribute; `unittest.mock.DEFAULT` for a mock.

        Returns:
            The mocks, by the names of the attributes.

        Raises:
            AttributeError: As for a call of ``patch`` itself.
            TypeError: As for a call of ``patch`` itself.

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
        values: Mapping[Any, _Value] | Iterable[tuple[_Value, _Value]] = (),
        /,
        *,
        clear: bool = False,
        **items: _Value,
    ) -> D:
        """Change items of a dictionary until the end of the test.

        Args:
            target: The dictionary, or the name of one, as ``"package.module.NAME"``.
            values: The new items.
            clear: Whether to remove all other items.
            **items: More new items.

        Returns:
            The dictionary. The end of the test restores all its items, also those that other code has changed.

        Raises:
            AttributeError: There is no such attribute.
            ImportError: A module can't be imported.
            TypeError: ``target`` is not a dictionary.

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
        """Set environment variables until the end of the test.

        Args:
            values: The variables by their names; None removes one.
            clear: Whether to remove all other variables.
            **variables: More variables.

        Raises:
            TypeError: A value is not a string.

        Example:
            ``self.patch.env(SHOP_URL="http://localhost", SHOP_DEBUG=None)``
        """
        wanted = {**(values or {}), **variables}
        for name, value in wanted.items():
            if not isinstance(value, str | None):
                raise TypeError(
                    f"the environment variable {name} must be a string, or None to remove it, not {brief(value)}"
                )
        present = {name: value for name, value in wanted.items() if value is not None}
        self._test.addCleanup(replace_items(os.environ, present, removed=wanted.keys() - present.keys(), clear=clear))

    def _replace(
        self,
        owner: _Value,
        name: str,
        new: _Value,
        spec: _Value,
        values: _Values,
        *,
        create: bool,
        allow_unawaited: bool,
    ) -> _Value:
        for said in values.keys() & _OTHERS.keys():
            raise TypeError(f"patches of the toolkit do not take {said}: {_OTHERS[said]}")
        original = _find(owner, name, create=create)
        if new is DEFAULT:
            place = f"{name_of(owner)}.{name}"
            mock = _mock_for(owner, place, original, spec)
            new = registry_of(self._test).add(mock, values, allow_unawaited=allow_unawaited)
        elif values or spec is not True or allow_unawaited:
            said = ", ".join([*values, *(["spec"] if spec is not True else []), *["allow_unawaited"] * allow_unawaited])
            raise TypeError(f"{name!r} is replaced by {brief(new)}, not by a new mock, so it can't take: {said}")
        self._test.addCleanup(replace_attribute(owner, name, new))
        return new

    @property
    def _test(self) -> MockOwner:
        if self._case is None:
            raise TypeError(
                "patch belongs to a test: use self.patch in the test or its setUp. For all tests of a class, enter one "
                "of unittest.mock's with enterClassContext(patch(...))"
            )
        return self._case


def _find(owner: object, name: str, *, create: bool) -> object:
    """Return the attribute to replace, or `MISSING` if it may be missing."""
    original = original_of(owner, name)
    if original is MISSING and not create:
        error = missing(owner, name)
        error.add_note("To make it for the test, use create=True")
        raise error
    return original


def _mock_for(owner: object, place: str, original: object, spec: object) -> NonCallableMock:
    """Make the mock that replaces an attribute."""
    if spec is True and mock_of(original) is not None:
        raise TypeError(f"{place} is already a mock. Give the object that the new one imitates as spec, or spec=False")
    if spec is True and original is not MISSING:
        return autospec_member(owner, place, original)
    if not isinstance(spec, bool):
        return autospec(spec, place)
    function = getattr(original, "__func__", original)
    return guard((AsyncMock if inspect.iscoroutinefunction(function) else MagicMock)(name=place))

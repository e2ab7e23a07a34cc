"""The patches of a test: each is done at once, and undone with the cleanups of the test."""

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, Final, TypeVar, cast
from unittest.mock import DEFAULT, AsyncMock, MagicMock

from aiounit._real import inspect, os
from aiounit.introspect.representation import brief
from aiounit.mocks.patching import MISSING, missing, original_of, replace_attribute, replace_items, resolve, target_of
from aiounit.mocks.pending_calls import MockKeeper
from aiounit.mocks.recording.recorder import mock_of
from aiounit.mocks.specs.specs import autospec, autospec_member, guard
from aiounit.mocks.specs.suggestions import name_of

__all__ = ["Patches"]

__unittest = True  # results leave out the frames of this module

# What unittest.mock's patches are told, and these are not.
_OTHERS: Final = {
    "autospec": "what they make is autospecced by default",
    "new_callable": "call it, and give what it returns as new",
    "spec_set": "what they make has a spec by default",
}

D = TypeVar("D", bound=MutableMapping[Any, Any])


class Patches(MockKeeper):
    """Replaces things for the length of a test."""

    def patch(
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
        return self._aiounit_patch(owner, name, new, spec, values, create=create, allow_unawaited=allow_unawaited)

    def patchObject(
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
            new: As in `patch`.
            spec: As in `patch`.
            create: As in `patch`.
            allow_unawaited: As in `patch`.
            **values: As in `patch`.

        Returns:
            What takes its place, as in `patch`.

        Raises:
            AttributeError: As in `patch`.
            TypeError: As in `patch`.

        Example:
            ``price = self.patchObject(Shop, "price", side_effect=[1, 2])``
        """
        if isinstance(owner, str) and not isinstance(name, str):
            raise TypeError("patchObject() takes the object first, and then the name of its attribute: swap them")
        if not isinstance(name, str):
            raise TypeError(
                f"patchObject() takes the object, and then the name of its attribute as a string, not {brief(name)}"
            )
        if isinstance(owner, str):
            raise TypeError(
                f'patchObject() takes the object itself, not {brief(owner)}. Or use patch("{owner}.{name}")'
            )
        return self._aiounit_patch(owner, name, new, spec, values, create=create, allow_unawaited=allow_unawaited)

    def patchMultiple(
        self, owner: Any, /, *, spec: bool = True, create: bool = False, **attributes: Any
    ) -> dict[str, Any]:
        """Replace several attributes of an object until the end of the test, or none if one is missing.

        Args:
            owner: The object, class or module, or the name of one, as ``"package.module"``.
            spec: As in `patch`.
            create: As in `patch`.
            **attributes: What takes the place of each; `unittest.mock.DEFAULT` for a mock.

        Returns:
            The mocks, by the names of the attributes.

        Raises:
            AttributeError: As in `patch`.
            TypeError: As in `patch`.

        Example:
            ``mocks = self.patchMultiple(Shop, price=DEFAULT, currency="EUR")``
        """
        owner = resolve(owner) if isinstance(owner, str) else owner
        for name in attributes:
            _find(owner, name, create=create)
        made = {
            name: self._aiounit_patch(owner, name, new, spec, {}, create=create, allow_unawaited=False)
            for name, new in attributes.items()
        }
        return {name: mock for name, mock in made.items() if attributes[name] is DEFAULT}

    def patchDict(
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
            ``self.patchDict("shop.settings.LIMITS", tea=3)``
        """
        dictionary = resolve(target) if isinstance(target, str) else target
        if not isinstance(dictionary, MutableMapping):
            raise TypeError(f"patchDict() takes a dictionary or the name of one, not {brief(target)}")
        self.addCleanup(replace_items(dictionary, {**dict(values), **items}, clear=clear))
        return cast("D", dictionary)

    def patchEnv(
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
            ``self.patchEnv(SHOP_URL="http://localhost", SHOP_DEBUG=None)``
        """
        wanted = {**(values or {}), **variables}
        for name, value in wanted.items():
            if not isinstance(value, str | None):
                raise TypeError(
                    f"the environment variable {name} must be a string, or None to take it away, not {brief(value)}"
                )
        present = {name: value for name, value in wanted.items() if value is not None}
        self.addCleanup(replace_items(os.environ, present, removed=wanted.keys() - present.keys(), clear=clear))

    def _aiounit_patch(
        self,
        owner: Any,
        name: str,
        new: Any,
        spec: Any,
        values: dict[str, Any],
        *,
        create: bool,
        allow_unawaited: bool,
    ) -> Any:
        for said in values.keys() & _OTHERS.keys():
            raise TypeError(f"patches of the toolkit take no {said}: {_OTHERS[said]}")
        original = _find(owner, name, create=create)
        if new is DEFAULT:
            place = f"{name_of(owner)}.{name}"
            new = self._aiounit_keep(_mock_for(owner, place, original, spec), values, allow_unawaited=allow_unawaited)
        elif values or spec is not True or allow_unawaited:
            said = ", ".join([*values, *(["spec"] if spec is not True else []), *["allow_unawaited"] * allow_unawaited])
            raise TypeError(f"{name!r} is replaced by {brief(new)}, and not by a mock that could be told: {said}")
        self.addCleanup(replace_attribute(owner, name, new))
        return new


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

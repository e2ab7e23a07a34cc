"""Find the policy of a test: settings, then classes, then the test itself say which checks look, at which level."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from aiounit import levels
from aiounit.checks import registry
from aiounit.checks.decorators import LEVELS, read_levels
from aiounit.checks.policy import ALLOWED, Allowance, Policy
from aiounit.exceptions import SettingsError
from aiounit.introspect.names import qualified
from aiounit.levels import Levels, Setting

__all__ = ["check_class", "policy_for_fixtures", "policy_for_test"]


def check_class(kind: type) -> None:
    """Validate the levels of a test class and of its bases, among them mixins, which are not test classes themselves.

    Args:
        kind: The class.

    Raises:
        DeclarationError: A check or a level does not exist.
    """
    for each in kind.__mro__:
        if each.__dict__.get("checks", levels.NO_LEVELS) != levels.NO_LEVELS:
            _levels_of(kind)
            return


class _Policies:
    """The policies of the tests of a class, kept in the class.

    Attributes:
        said: The settings that they follow.
        number: The number of checks that there were.
        usual: The policy of the tests that have no level and no allowance of their own.
        special: Those of the others, by their functions.
    """

    def __init__(self, said: tuple[Setting, ...], number: int, usual: Policy) -> None:
        self.said = said
        self.number = number
        self.usual = usual
        self.special: dict[object, Policy] = {}


_POLICIES: Final = "_aiounit_policies"
_NOTHING: Final[dict[str, Any]] = {}


def policy_for_test(kind: type, method: Callable[..., object], said: tuple[Setting, ...]) -> Policy:
    """Return the policy of a test.

    Args:
        kind: Its class.
        method: The function of the test.
        said: The levels of the file, then those of the environment.

    Raises:
        DeclarationError: A class names a check or a level that there is not.
        SettingsError: The settings do.
    """
    policies: _Policies | None = kind.__dict__.get(_POLICIES)
    if policies is None or policies.said is not said or policies.number != len(registry.ALL_CHECKS):
        usual = _make(said, _levels_of(kind), (), tuple(_allowed_by(kind)))
        policies = _Policies(said, len(registry.ALL_CHECKS), usual)
        setattr(kind, _POLICIES, policies)
    attributes = getattr(method, "__dict__", _NOTHING)  # a bound method has those of its function
    if not attributes or not (LEVELS in attributes or ALLOWED in attributes):
        return policies.usual
    function = getattr(method, "__func__", method)
    policy = policies.special.get(function)
    if policy is None:
        policy = policies.special[function] = _make(
            said,
            [*_levels_of(kind), attributes.get(LEVELS, levels.NO_LEVELS)],
            attributes.get(ALLOWED, ()),
            policies.usual.allowed_by_class,
        )
    return policy


def policy_for_fixtures(kind: type | None, said: tuple[Setting, ...]) -> Policy:
    """Return the policy of the fixtures of a class, or of modules and the run.

    Args:
        kind: The class; None is a module or the run, for which only settings speak.
        said: The levels of the file, then those of the environment.

    Raises:
        DeclarationError: A class names a check or a level that there is not.
        SettingsError: The settings do.
    """
    if kind is None:
        return _make(said, [], (), (), for_fixtures=True)
    return _make(said, _levels_of(kind), (), tuple(_allowed_by(kind)), for_fixtures=True)


def _make(
    said: tuple[Setting, ...],
    declared: list[Levels],
    allowed: tuple[Allowance, ...],
    allowed_by_class: tuple[Allowance, ...],
    *,
    for_fixtures: bool = False,
) -> Policy:
    for setting in said:
        complaint = registry.complaint_about(setting.levels)
        if complaint is not None:
            raise SettingsError(f"{setting.where}, but {complaint}")
    merged = levels.merge(registry.defaults(), [*(setting.levels for setting in said), *declared])
    return Policy(merged, registry.make(merged, for_fixtures=for_fixtures), allowed, allowed_by_class)


def _levels_of(kind: type) -> list[Levels]:
    layers: list[Levels] = []
    for each in reversed(kind.__mro__):
        attributes = vars(each)
        if "checks" in attributes:
            layers.append(read_levels(attributes["checks"], f"checks of {qualified(each)}"))
        if LEVELS in attributes:
            layers.append(attributes[LEVELS])
    return layers


def _allowed_by(kind: type) -> Iterator[Allowance]:
    for each in kind.__mro__:
        yield from vars(each).get(ALLOWED, ())

"""What a mock is told by keywords when it is made: ``fetch=fails(OSError)``, ``**{"fetch.return_value": 5}``."""

from typing import Any

from aiounit import _stdlib
from aiounit.arguments import check_not_called, is_error
from aiounit.mocks.doubles.behaviours import Behaviour, is_effect
from aiounit.mocks.specs.specs import is_function

__all__ = ["configure"]


def configure(mock: Any, values: dict[str, Any]) -> None:
    """Set attributes of a mock, and of the mocks that are its attributes.

    What is said of a function or method is what its calls do: an exception is raised, a function or behaviour is called
    (and awaited if need be), anything else is returned.

    Args:
        mock: The mock.
        values: The values, by the names of attributes, which may have dots in them.

    Raises:
        AttributeError: What the mock stands for has no such attribute, or can't be called.
        TypeError: A coroutine is given for what is awaited.
    """
    for path, value in sorted(values.items(), key=lambda item: item[0].count(".")):
        owner = mock
        *names, last = path.split(".")
        for name in names:
            owner = getattr(owner, name)
        if last in {"return_value", "side_effect"}:
            if not callable(owner):
                raise AttributeError(
                    f"the mock {_stdlib.mocks.name_of_mock(owner)!r} can't be called, so it has no {last}"
                )
            if last == "side_effect" or _stdlib.mocks.is_async_mock(owner):
                check_not_called(path, value)
            setattr(owner, last, value)
            continue
        child: Any = getattr(owner, last)
        is_special = last.startswith("__") and last.endswith("__")  # such as __aiter__, which mocks have of their own
        if not (_stdlib.mocks.is_mock(child) and (is_special or is_function(child))):
            setattr(owner, last, value)
            continue
        if _stdlib.mocks.is_async_mock(child):
            check_not_called(path, value)
        if is_error(value):
            child.side_effect = value
        elif is_effect(value):
            child.side_effect = Behaviour(value) if _stdlib.mocks.is_async_mock(child) else value
        else:
            child.return_value = value

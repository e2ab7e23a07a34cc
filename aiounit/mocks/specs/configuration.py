"""Configure a mock by the keywords of its maker: ``fetch=fails(OSError)``, ``**{"fetch.return_value": 5}``."""

from collections.abc import Mapping

from aiounit import _stdlib
from aiounit.arguments import check_not_called, is_error
from aiounit.mocks.doubles.behaviours import Behaviour, is_effect
from aiounit.mocks.specs.autospec import is_function

__all__ = ["configure"]


def configure(mock: object, values: Mapping[str, object]) -> None:
    """Set attributes of a mock, and of the mocks that are its attributes.

    The value for a function or method is the result of its calls. An exception is raised. A function or behaviour is
    called, and its result is awaited if it is awaitable. Any other value is returned.

    Args:
        mock: The mock, or a function that stands for it.
        values: The values by the names of attributes, which may be dotted.

    Raises:
        AttributeError: The imitated object has no such attribute, or can't be called.
        TypeError: A coroutine is given where a value that can be awaited many times is needed.
    """
    for path, value in sorted(values.items(), key=lambda item: item[0].count(".")):
        owner: object = mock
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
        child: object = getattr(owner, last)
        is_special = last.startswith("__") and last.endswith("__")  # such as __aiter__, which every MagicMock has
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

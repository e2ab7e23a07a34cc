"""Every private name of the standard library that aiounit's mocks lean on, most of them insides of unittest.mock.

By the rule of `_stdlib`, each has a test, in tests/_stdlib/test_mocks.py, and stands nowhere else.
"""

import unittest.mock
from collections.abc import Callable
from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any, Final

from typing_extensions import TypeIs

from aiounit._real import asyncio, inspect

__unittest = True  # results leave out the frames of this module: what mocks do passes through it

# The stubs know nothing of private names, so these modules are looked into untyped.
_mock: Any = unittest.mock
_coroutines: Any = asyncio.coroutines
_mark: Any = getattr(inspect, "markcoroutinefunction", None)  # new in 3.12

InvalidSpecError: Final[type[Exception]] = _mock.InvalidSpecError  # public, and not in the stubs


def is_mock(thing: object) -> TypeIs[unittest.mock.NonCallableMock]:
    """Tell whether a thing is an object of unittest.mock, whatever class it says it has."""
    return issubclass(type(thing), unittest.mock.NonCallableMock)


def mock_of(thing: object) -> unittest.mock.NonCallableMock | None:
    """Return the mock that something stands for.

    Args:
        thing: Anything.

    Returns:
        The mock itself, the mock behind a function or method that ``autospec`` has made, or None.
    """
    if type(thing) in (FunctionType, MethodType):  # not isinstance: a mock may say that it is a function
        thing = vars(thing).get("mock")
    return thing if is_mock(thing) else None


def is_async_mock(mock: object) -> bool:
    """Tell whether the calls of a mock are to be awaited."""
    return issubclass(type(mock), _mock.AsyncMockMixin)


def name_of_mock(mock: Any) -> str:
    """Return the name of a mock with those of its parents, as its repr has it; "mock" if it has none."""
    name: str = mock._extract_mock_name()
    return name


def signature_of_mock(mock: Any) -> inspect.Signature | None:
    """Return the signature that the expected arguments of a mock are bound to, or None if it has none."""
    signature: inspect.Signature | None = mock._spec_signature
    return signature


def watch_mock(
    mock: Any,
    executor_of: Callable[[Any], Callable[..., Any] | None],
    adopt: Callable[[Any, Any], None],
    children: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    """Put hooks into a mock.

    They are put on the class of the mock: each mock has one of its own, and copies of the mock inherit from it.

    Args:
        mock: The mock.
        executor_of: Is called with the mock at each call, and returns what is called in place of what a call does, with
            that, the mock, the arguments and the keyword arguments; or None.
        adopt: Is called with the mock and each mock that it makes by itself.
        children: Returns what is to take the place of the dictionary of the attributes that are mocks.
    """
    kind = type(mock)
    vars(mock)["_mock_children"] = children(mock._mock_children)
    if hasattr(kind, "_aiounit_is_watched"):
        return  # a copy, or an instance of the class of another mock
    kind._aiounit_is_watched = True
    original: Any = getattr(kind, "_execute_mock_call", None)  # a NonCallableMock has none
    make = kind._get_child_mock

    def execute_call(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        execute = executor_of(self)
        return original(self, *args, **kwargs) if execute is None else execute(original, self, args, kwargs)

    def make_child(self: Any, /, **keywords: Any) -> Any:
        child = make(self, **keywords)
        adopt(self, child)
        return child

    if original is not None:
        kind._execute_mock_call = execute_call
    kind._get_child_mock = make_child


def return_value_of_mock(mock: Any) -> object:
    """Return the ``return_value`` of a mock without making one: `unittest.mock.DEFAULT` or None if it has none yet."""
    delegate = mock._mock_delegate  # the function, if it stands for one
    return mock._mock_return_value if delegate is None else getattr(delegate, "return_value", None)


def is_frame_of_mock(frame: FrameType) -> bool:
    """Tell whether a frame is unittest.mock's, or that of a function that it has made for ``autospec``."""
    return frame.f_globals.get("__name__") == unittest.mock.__name__ or "_checksig_" in frame.f_globals


def is_async_by_parent(mock: Any) -> bool:
    """Tell whether a mock is asynchronous only because the AsyncMock is that has made it, and has no spec."""
    parent = mock._mock_new_parent
    return parent is not None and is_async_mock(parent) and parent._mock_methods is None and mock._mock_methods is None


def name_mock(mock: Any, name: str) -> None:
    """Give a mock a name of its own, and no parent."""
    vars(mock).update(_mock_name=name, _mock_new_name="", _mock_parent=None, _mock_new_parent=None)


def make_async(mock: Any) -> None:
    """Let the calls of a mock be awaited, as stdlib does for a mock whose spec is a coroutine function."""
    model = unittest.mock.AsyncMock()
    kind = type(mock)  # each mock has a class of its own
    kind.__bases__ = (_mock.AsyncMockMixin, *kind.__bases__)
    vars(mock).update({name: value for name, value in vars(model).items() if name not in vars(mock)})


def bind_calls(mock: Any) -> None:
    """Compare calls of a mock of an instance without ``self``, as they are made; stdlib keeps it in the signature."""
    vars(mock)["_spec_signature"] = getattr(type(mock), "__signature__", None)


def make_return_value(mock: Any, make: Callable[[], object]) -> None:
    """Let a mock have another ``return_value``, which is made when it is first asked for."""
    kind = type(mock)
    make_child = kind._get_child_mock

    def make_child_or_value(self: Any, /, **keywords: Any) -> Any:
        return make() if keywords.get("_new_name") == "()" else make_child(self, **keywords)

    kind._get_child_mock = make_child_or_value
    mock.return_value = unittest.mock.DEFAULT  # since 3.12, create_autospec gives a method one


def mark_as_async(function: Any) -> None:
    """Mark an object whose ``__call__`` is a coroutine function as one itself, so that mocks await what it returns."""
    if _mark is not None:
        _mark(function)
    else:
        function._is_coroutine = _coroutines._is_coroutine


is_awaited_by_mocks: Final[Callable[[object], bool]] = _mock.iscoroutinefunction
"""Tell whether a mock awaits by itself what a side effect returns."""


# The code of the coroutine that the call of an asynchronous mock makes.
MOCK_CALL: Final[CodeType] = _mock.AsyncMockMixin._execute_mock_call.__code__


def mock_in(coroutine: Any) -> Any:
    """Return the mock whose call has made a coroutine."""
    return coroutine.cr_frame.f_locals["self"]


def mock_call(coroutine: Any) -> tuple[str, str]:
    """Return the name of a mock and the text of a call of it, from the coroutine that the call has made."""
    names = coroutine.cr_frame.f_locals
    call: Any = _mock.call(*names["args"], **names["kwargs"])
    name = names["self"]._extract_mock_name()
    try:
        text = repr(call)
    except Exception:  # of an argument: it is not said, because whoever asks is inside a destructor
        text = "call(...)"
    return name, f"{name}{text.removeprefix('call')}"

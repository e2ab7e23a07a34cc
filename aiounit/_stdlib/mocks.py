"""Use the private names of `unittest.mock`."""

import unittest.mock
from collections.abc import Callable, Mapping
from types import CoroutineType, FrameType, FunctionType, MethodType
from typing import Any, Final, Never, TypeAlias, cast

from aiounit._real import asyncio, inspect
from aiounit._typing import Protocol, TypeIs

__all__ = [
    "MOCK_CALL",
    "InvalidSpecError",
    "Model",
    "bind_calls",
    "complete_magic",
    "is_async_by_parent",
    "is_async_mock",
    "is_awaited_by_mocks",
    "is_frame_of_mock",
    "is_mock",
    "make_async",
    "make_return_value",
    "mark_as_async",
    "mock_call",
    "mock_in",
    "mock_of",
    "name_mock",
    "name_of_mock",
    "return_value_of_mock",
    "signature_of_mock",
    "watch_mock",
]

__unittest = True  # results leave out the frames of this module, through which the calls of mocks pass


class PrivateModule(Protocol):
    """The names of `unittest.mock` that the stubs don't have, although they are not private."""

    InvalidSpecError: type[Exception]
    MagicProxy: Callable[[str, object], Any]
    iscoroutinefunction: Callable[[object], bool]


class PrivateMark(Protocol):
    """The mark of coroutine functions before Python 3.12: an attribute of the function and of `asyncio.coroutines`."""

    _is_coroutine: object


_mock: Final = cast("PrivateModule", unittest.mock)
_mark: Callable[[object], object] | None = getattr(inspect, "markcoroutinefunction", None)  # new in 3.12

InvalidSpecError: Final = _mock.InvalidSpecError

# A mock answers any question, so its type says nothing.
Mock: TypeAlias = Any
MockCoroutine: TypeAlias = "CoroutineType[object, Never, object]"


class PrivateKind(Protocol):
    """The private methods of the class of a mock. Each mock has a class of its own."""

    __bases__: tuple[type, ...]
    _aiounit_is_watched: bool
    _execute_mock_call: Callable[..., object]
    _get_child_mock: Callable[..., Mock]


def is_mock(thing: object) -> TypeIs[unittest.mock.NonCallableMock]:
    """Return whether an object is one of unittest.mock, whatever class it says it has."""
    return issubclass(type(thing), unittest.mock.NonCallableMock)


def mock_of(thing: object) -> unittest.mock.NonCallableMock | None:
    """Return the mock that an object stands for.

    Returns:
        The mock itself, the mock behind a function or method that ``autospec`` has made, or None.
    """
    if type(thing) in (FunctionType, MethodType):  # not isinstance: a mock may say that it is a function
        thing = vars(thing).get("mock")
    return thing if is_mock(thing) else None


def is_async_mock(mock: object) -> bool:
    """Return whether the calls of a mock have to be awaited."""
    return issubclass(type(mock), unittest.mock.AsyncMockMixin)


def name_of_mock(mock: Mock) -> str:
    """Return the name of a mock with those of its parents, as in its repr; "mock" if it has none."""
    name: str = mock._extract_mock_name()
    return name


def signature_of_mock(mock: Mock) -> inspect.Signature | None:
    """Return the signature that the expected arguments of a mock are bound to; None if it has none."""
    signature: inspect.Signature | None = mock._spec_signature
    return signature


def watch_mock(
    mock: Mock,
    executor_of: Callable[[Mock], Callable[..., object] | None],
    adopt: Callable[[Mock, Mock], None],
    children: Callable[[dict[str, Mock]], dict[str, Mock]],
) -> None:
    """Put hooks into a mock.

    They are on the class of the mock: each mock has a class of its own, and copies of the mock inherit from it.

    Args:
        mock: The mock.
        executor_of: Called with the mock at each call. Returns None, or a function that replaces the effect of the
            call: it is given the original function, the mock, the arguments and the keyword arguments.
        adopt: Called with the mock and each mock that it makes by itself.
        children: Returns the dictionary that replaces the one with the attributes that are mocks.
    """
    kind: Any = type(mock)
    mock.__dict__["_mock_children"] = children(mock._mock_children)
    if hasattr(kind, "_aiounit_is_watched"):
        return  # a copy, or an instance of the class of another mock
    kind._aiounit_is_watched = True
    original: Any = getattr(kind, "_execute_mock_call", None)  # a NonCallableMock has none
    make = kind._get_child_mock

    def execute_call(self: Mock, /, *args: object, **kwargs: object) -> object:
        execute = executor_of(self)
        return original(self, *args, **kwargs) if execute is None else execute(original, self, args, kwargs)

    def make_child(self: Mock, /, **keywords: object) -> Mock:
        child = make(self, **keywords)
        adopt(self, child)
        return child

    if original is not None:
        kind._execute_mock_call = execute_call
    kind._get_child_mock = make_child


def return_value_of_mock(mock: Mock) -> object:
    """Return the ``return_value`` of a mock without making one: `unittest.mock.DEFAULT` or None if it has none yet."""
    delegate: object = mock._mock_delegate  # the function that the mock stands behind
    return mock._mock_return_value if delegate is None else getattr(delegate, "return_value", None)


def is_frame_of_mock(frame: FrameType) -> bool:
    """Return whether a frame is in unittest.mock, or in a function that it has made for ``autospec``."""
    return frame.f_globals.get("__name__") == unittest.mock.__name__ or "_checksig_" in frame.f_globals


def is_async_by_parent(mock: Mock) -> bool:
    """Return whether a mock is asynchronous only because an AsyncMock has made it, and has no spec."""
    parent: Mock = mock._mock_new_parent
    return parent is not None and is_async_mock(parent) and parent._mock_methods is None and mock._mock_methods is None


def name_mock(mock: Mock, name: str) -> None:
    """Give a mock a name of its own, and no parent."""
    mock.__dict__.update(_mock_name=name, _mock_new_name="", _mock_parent=None, _mock_new_parent=None)


def make_async(mock: Mock) -> None:
    """Make the calls of a mock awaitable, as stdlib does for a mock whose spec is a coroutine function."""
    model = unittest.mock.AsyncMock()
    kind = cast("PrivateKind", type(mock))
    kind.__bases__ = (unittest.mock.AsyncMockMixin, *kind.__bases__)
    mock.__dict__.update({name: value for name, value in vars(model).items() if name not in mock.__dict__})


def bind_calls(mock: Mock) -> None:
    """Compare calls of a mock of an instance without ``self``, as they are made; stdlib keeps it in the signature."""
    mock.__dict__["_spec_signature"] = getattr(type(mock), "__signature__", None)


def make_return_value(mock: Mock, make: Callable[[], object]) -> None:
    """Give a mock another ``return_value``, which is made when it is first used."""
    kind = cast("PrivateKind", type(mock))
    make_child = kind._get_child_mock

    def make_child_or_value(self: Mock, /, **keywords: object) -> object:
        return make() if keywords.get("_new_name") == "()" else make_child(self, **keywords)

    kind._get_child_mock = make_child_or_value
    mock.return_value = unittest.mock.DEFAULT  # since 3.12, create_autospec gives a method one


def complete_magic(mock: Mock, name: str, complete: Callable[[Mock], object]) -> None:
    """Call a function with a method of a mock such as ``__aenter__``, as soon as the mock makes it."""
    proxy: Any = vars(type(mock)).get(name)
    if type(proxy) is not _mock.MagicProxy:
        complete(getattr(mock, name))
        return
    make = proxy.create_mock

    def make_complete() -> Mock:
        method = make()
        complete(method)
        return method

    proxy.create_mock = make_complete


def mark_as_async(function: Callable[..., object]) -> None:
    """Mark an object whose ``__call__`` is a coroutine function as one itself, so that mocks await its result."""
    if _mark is not None:
        _mark(function)
    else:
        cast("PrivateMark", function)._is_coroutine = cast("PrivateMark", asyncio.coroutines)._is_coroutine


is_awaited_by_mocks: Final = _mock.iscoroutinefunction
"""Return whether a mock itself awaits the result of a side effect."""


class Model:
    """The attributes that mocks of one kind share, taken from one that is never used. Others like it are cheap to make.

    Args:
        mock: A mock that ``create_autospec`` has just made.
    """

    def __init__(self, mock: Mock) -> None:
        kind: type = type(mock)
        children: dict[str, Mock] = mock._mock_children
        lists = type(mock.call_args_list)
        own: Mapping[str, object] = vars(mock)
        self.kind = kind
        self.call_list = lists
        self.names = {name: each for name, each in vars(kind).items() if type(each) is not _mock.MagicProxy}
        self.magic = [name for name, each in vars(kind).items() if type(each) is _mock.MagicProxy]
        self.lists = [name for name, each in own.items() if type(each) is lists]
        # The mocks of methods are made on demand, and so are return values, which stdlib makes at once since 3.12.
        self.own = {name: each for name, each in own.items() if name not in {*children, *self.lists}}
        if is_mock(value := own.get("_mock_return_value")):
            self.own["_mock_return_value"] = unittest.mock.DEFAULT
        self.methods = {name: Model(each) for name, each in children.items() if is_mock(each)}
        self.states = {name: each for name, each in children.items() if not is_mock(each)}
        if self.methods or is_mock(value):
            self.names["_get_child_mock"] = self.child_maker(type(value).__bases__[0] if is_mock(value) else None)

    def make(self, name: str | None, parent: Mock | None = None) -> Mock:
        """Make a mock.

        Args:
            name: Its name.
            parent: The mock that it is an attribute of.
        """
        proxies = {each: _mock.MagicProxy(each, None) for each in self.magic}
        kind: Any = type(self.kind.__name__, self.kind.__bases__, self.names | proxies)
        mock: Mock = object.__new__(kind)
        for proxy in proxies.values():
            proxy.parent = mock
        own = mock.__dict__
        own.update(self.own)
        for each in self.lists:
            own[each] = self.call_list()
        own["_mock_name"] = name
        own["_mock_parent"] = own["_mock_new_parent"] = parent
        own["_mock_children"] = {each: _state_for(mock, state) for each, state in self.states.items()}
        return mock

    def child_maker(self, value_kind: type | None) -> Callable[..., Mock]:
        """Return the method that makes the mocks of methods, and return values."""
        models, make = self.methods, cast("PrivateKind", self.kind)._get_child_mock

        def make_child(mock: Mock, /, **keywords: object) -> Mock:
            name = cast("str", keywords.get("_new_name"))
            if name in models:
                return models[name].make(name, mock)
            if name == "()" and value_kind is not None:  # also if the mock has been sealed since
                return value_kind(**keywords)
            return make(mock, **keywords)

        return make_child


def _state_for(mock: Mock, state: Mock) -> Mock:
    """Return a copy, for another mock, of the state from which the mock of an attribute is made."""
    copied = object.__new__(type(state))
    copied.__dict__.update(state.__dict__, parent=mock)
    return copied


# The code of the coroutine that the call of an asynchronous mock makes.
MOCK_CALL: Final = unittest.mock.AsyncMockMixin._execute_mock_call.__code__


def mock_in(coroutine: MockCoroutine) -> Mock:
    """Return the mock whose call has made a coroutine."""
    return _locals_of(coroutine)["self"]


def _locals_of(coroutine: MockCoroutine) -> Mapping[str, Mock]:
    assert coroutine.cr_frame is not None  # the coroutine has not begun
    return coroutine.cr_frame.f_locals


def mock_call(coroutine: MockCoroutine) -> tuple[str, str]:
    """Return the name of a mock and the text of its call, from the coroutine that the call has made."""
    names = _locals_of(coroutine)
    call: object = unittest.mock.call(*names["args"], **names["kwargs"])
    name = name_of_mock(names["self"])
    try:
        text = repr(call)
    except Exception:  # of an argument: it is not reported, because the caller runs in a destructor
        text = "call(...)"
    return name, f"{name}{text.removeprefix('call')}"

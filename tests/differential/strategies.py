"""How Hypothesis makes descriptions."""

import functools, os
from typing import Any, get_args

from hypothesis import strategies as st

from tests.differential.descriptions import (
    AddCleanup,
    AwaitCancelled,
    Action,
    Cancel,
    Catch,
    Decorator,
    Description,
    DoCleanups,
    Enter,
    ErrorName,
    Function,
    Hook,
    HookName,
    LeaveTask,
    Pause,
    PressControlC,
    Raise,
    Result,
    Returned,
    RunLoop,
    SubTest,
)

__all__ = ["descriptions"]

EXTRA = "PressControlC" not in os.environ.get("WITHOUT","").split()
ERROR_NAMES = [n for n in get_args(ErrorName) if n not in os.environ.get("WITHOUT","").split()]
ASYNC_ACTIONS = [a for a in (Pause(), Cancel(), AwaitCancelled()) if type(a).__name__ not in os.environ.get("WITHOUT","").split()]
Actions = st.SearchStrategy[tuple[Action, ...]]


@functools.cache
def _several(depth: int, *, is_async: bool) -> Actions:
    return st.lists(_action(depth, is_async=is_async), max_size=3).map(tuple)


@functools.cache
def _action(depth: int, *, is_async: bool) -> st.SearchStrategy[Action]:
    choices: list[st.SearchStrategy[Any]] = [st.builds(Raise, st.sampled_from(ERROR_NAMES))]
    if EXTRA: choices.append(st.just(PressControlC()))
    if is_async:
        choices += [st.sampled_from(ASYNC_ACTIONS)]
    if depth:
        inner = _several(depth - 1, is_async=is_async)
        cleanup = functions(depth - 1, False) | functions(depth - 1, True)
        choices += [
            st.builds(SubTest, inner, st.none() | st.just("message"), st.sampled_from([(), (("i", 1),), (("j", 2),)])),
            st.builds(Catch, inner),
            st.builds(AddCleanup, cleanup, st.booleans()),
            st.just(DoCleanups()),
            _enter(depth - 1, is_async=is_async),
        ]
        choices.append(st.builds(LeaveTask, inner) if is_async else st.builds(RunLoop, _several(depth - 1, is_async=True)))
    return st.one_of(choices)


def _enter(depth: int, *, is_async: bool) -> st.SearchStrategy[Enter]:
    sort = st.booleans() if is_async else st.just(False)
    return sort.flatmap(lambda is_async: st.builds(
            Enter,
            enters=_several(depth, is_async=is_async),
            exits=_several(depth, is_async=is_async),
            exit_with=st.sampled_from(["nothing", "true", "what it is given", "a chained error", "a group"]),
            is_async=st.just(is_async),
        )
    )


@functools.cache
def functions(depth: int, is_async: bool) -> st.SearchStrategy[Function]:
    """Return a strategy for functions of the given nesting; ``kinds`` says whether they are asynchronous."""
    return st.builds(
        Function,
        actions=_several(depth, is_async=is_async),
        is_async=st.just(is_async),
        returns=st.sampled_from(["None", "None", "None", "None", *get_args(Returned)]),
        later=_several(0, is_async=True),
    )


def results():
    return st.just(Result())|st.just(Result(is_default=True))|st.builds(
        Result, is_default=st.booleans(), failfast=st.booleans(),
        lacks=st.lists(st.sampled_from(["addSubTest","addSkip","addExpectedFailure","addUnexpectedSuccess","addDuration","startTestRun","stopTestRun"]),max_size=2,unique=True).map(tuple))

def hooks() -> st.SearchStrategy[Hook]:
    """Return a strategy for private hooks that are overridden."""
    nothing = st.just(Function())
    return st.builds(
        Hook, st.sampled_from(get_args(HookName)), nothing | functions(1, False), nothing | functions(1, False)
    )


def descriptions() -> st.SearchStrategy[Description]:
    """Return a strategy for descriptions."""
    synchronous = st.none() | functions(2, False)
    asynchronous = st.none() | functions(2, True)
    decorators = st.lists(st.sampled_from(get_args(Decorator)), max_size=2).map(tuple)
    return st.builds(
        Description,
        test=functions(3, False)|functions(3,True),
        set_up=synchronous,
        async_set_up=asynchronous,
        async_tear_down=asynchronous,
        tear_down=synchronous,
        hooks=st.lists(hooks(), max_size=2, unique_by=lambda hook: hook.name).map(tuple),
        on_method=decorators,
        on_class=decorators,
        failure_exception=st.none()|st.sampled_from(ERROR_NAMES[:9]),
        result=results(),
        in_thread=st.sampled_from([False,False,False,True]),
    )

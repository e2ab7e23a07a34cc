"""Runs a described test class and writes down all that can be seen from outside and inside."""

import asyncio
import contextvars
import functools
import gc
import logging
import signal
import threading
import unittest
import warnings
from typing import Any

from tests.differential.classes import build
from tests.differential.descriptions import Description
from tests.differential.stage import RETURNED_VALUE, Stage, describe_error

__all__ = ["run"]


def run(description: Description, base: type[unittest.TestCase], *, times: int = 1) -> list[str]:
    """Run a test class and return all events: what the test saw, what it reported, what it warned of and raised.

    Args:
        description: The class.
        base: What it inherits from.
        times: How often the same instance is run.
    """
    events: list[str] = []
    gc.disable()
    # In a context of its own: what hooks outside of the test's context leave behind is not seen by the next run.
    run_apart = functools.partial(contextvars.Context().run, lambda: events.extend(_run(description, base, times)))
    if description.in_thread:
        thread = threading.Thread(target=run_apart)
        thread.start()
        thread.join()
    else:
        run_apart()
    gc.enable()
    return events


def _run(description: Description, base: type[unittest.TestCase], times: int) -> list[str]:
    stage = Stage()
    asyncio.set_event_loop(None)  # else asking for the current loop may make one
    with warnings.catch_warnings(record=True) as caught, _Log(stage):
        warnings.simplefilter("always")
        case = build(description, base, stage)("test")
        for _ in range(times):
            _run_once(case, description, stage)
        del case
        gc.collect(0)  # coroutines that were never awaited are told of when they are collected
    stage.events.extend(sorted(_describe_warning(each) for each in caught))
    return stage.events


def _run_once(case: Any, description: Description, stage: Stage) -> None:
    result = Recorder(stage, failfast=description.result.failfast, lacks=description.result.lacks)
    case.defaultTestResult = lambda: result
    before = threading.current_thread() is threading.main_thread() and signal.signal(
        signal.SIGINT, signal.default_int_handler
    )
    try:
        returned = case.run(None if description.result.is_default else result)
    except BaseException as error:
        stage.log(f"run raises {describe_error(error)}")
    else:
        stage.log("run returns the result" if returned is result else f"run returns {returned!r}")
    finally:
        if before:
            signal.signal(signal.SIGINT, before)
    if result.shouldStop:
        stage.log("the run is to stop")


class Recorder:
    """A result that writes down what is reported to it.

    Args:
        stage: Takes the events.
        failfast: As in `unittest.TestResult`.
        lacks: The methods that it does not have.
    """

    def __init__(self, stage: Stage, *, failfast: bool = False, lacks: tuple[str, ...] = ()) -> None:
        self.failfast = failfast
        self.shouldStop = False
        self._stage = stage
        self._lacks = lacks

    def __getattr__(self, name: str) -> Any:
        if name in self._lacks or not name.startswith(("add", "start", "stop")):
            raise AttributeError(name)
        return functools.partial(self._record, name)

    def _record(self, name: str, *arguments: object) -> None:
        self._stage.log(" ".join([name, *filter(None, map(_describe, arguments))]))
        if self.failfast and (name in {"addError", "addFailure", "addUnexpectedSuccess"}):
            self.shouldStop = True


def _describe(argument: object) -> str:
    match argument:
        case (_, BaseException() as error, _):
            return describe_error(error)
        case unittest.TestCase():
            return argument.id().rpartition(".")[2]
        case float():
            return ""
        case _:
            return repr(argument)


class _Log(logging.Handler):
    """Writes down what asyncio logs as an error."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(logging.ERROR)
        self._stage = stage
        self._logger = logging.getLogger("asyncio")

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage().partition("\n")[0]
        error = record.exc_info[1] if record.exc_info else None
        self._stage.log(f"asyncio logs {message} {describe_error(error)}")

    def __enter__(self) -> None:
        self._logger.addHandler(self)
        self._propagated, self._logger.propagate = self._logger.propagate, False

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate = self._propagated


def _describe_warning(warning: warnings.WarningMessage) -> str:
    message = str(warning.message)
    if RETURNED_VALUE in message:
        message = RETURNED_VALUE
    if message.startswith("coroutine ") and "was never awaited" in message:
        message = "a coroutine was never awaited"
    return f"{warning.category.__name__}: {message}"

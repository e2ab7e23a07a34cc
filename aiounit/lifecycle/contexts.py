"""Context managers that are entered for a test and wrap it for real.

They are entered and left in the test's own task and are given the exception that ended the test, so that a transaction
rolls back, ``asyncio.timeout`` turns its cancellation into ``TimeoutError``, and a task group reports its children.
"""

from typing import Any

from aiounit import _stdlib
from aiounit._real import inspect
from aiounit.introspect.machinery import is_ours
from aiounit.introspect.names import location, qualified
from aiounit.lifecycle.record import Record
from aiounit.limits import user_code

__all__ = ["EnteredContext"]


class EnteredContext:
    """A context manager of either kind, from enter to exit.

    Args:
        manager: The context manager; of one that is both, the asynchronous side is used.
        record: How the test is ending; None leaves the manager without an exception, as stdlib does.

    Raises:
        TypeError: ``manager`` is no context manager; the message says what was forgotten.
    """

    def __init__(self, manager: Any, record: Record | None) -> None:
        # Looked up on the type, as the with statement does.
        kind = type(manager)
        if hasattr(kind, "__aenter__") and hasattr(kind, "__aexit__"):
            self._enter, self._exit = kind.__aenter__, kind.__aexit__
            self._is_async = True
        elif hasattr(kind, "__enter__") and hasattr(kind, "__exit__"):
            self._enter, self._exit = kind.__enter__, kind.__exit__
            self._is_async = False
        else:
            raise TypeError(_complaint(manager))
        self._manager = manager
        self._record = record

    @property
    def name(self) -> str:
        """What the manager is."""
        return _describe(self._manager)

    @user_code.entry
    async def enter(self) -> Any:
        """Enter the manager and return what it gives."""
        self._place = _calling_place()
        value = user_code.call(self._enter, (self._manager,))
        if self._is_async:
            value = await value
        if self._record is not None:
            self._record.entered += 1
        return value

    async def exit(self) -> None:
        """Leave the manager; raise what it adds to the end of the test."""
        record = self._record
        if record is None:
            await self._leave(None)
            return
        ending = record.ending
        addition = None
        try:
            if await self._leave_with(ending):
                record.absorb()
        except BaseException as error:
            if error is not ending:
                error.add_note(f"raised by {self.name} when it was left; it was entered in {self._place}")
                addition = record.turn(ending, error)
        finally:
            record.entered -= 1
        if addition is not None:
            raise addition  # not in the handler above, which would make the whole the context of its part

    async def _leave_with(self, ending: BaseException | None) -> bool:
        if ending is None:
            return await self._leave(None)
        traceback = ending.__traceback__
        try:
            raise ending  # noqa: TRY301 (so that it is being handled, as in a with statement)
        except BaseException:
            ending.__traceback__ = traceback
            return await self._leave(ending)

    @user_code.entry
    async def _leave(self, ending: BaseException | None) -> bool:
        details = (None, None, None) if ending is None else (type(ending), ending, ending.__traceback__)
        absorbs = user_code.call(self._exit, (self._manager, *details))
        return bool(await absorbs if self._is_async else absorbs)


def _calling_place() -> str:
    """Say which line of the user's code awaits `AsyncTestCase.enter`: frames of ours stand in between."""
    frame = _stdlib.frames.frame(1)
    while frame.f_back is not None and is_ours(frame):
        frame = frame.f_back
    return f"{frame.f_code.co_qualname} {location(frame.f_code.co_filename, frame.f_lineno)}"


def _describe(manager: object) -> str:
    kind = type(manager)
    return qualified(kind)


def _complaint(manager: Any) -> str:
    what = f"{manager!r} is no context manager, neither an asynchronous nor a synchronous one"
    if inspect.isawaitable(manager):
        if inspect.iscoroutine(manager):
            manager.close()  # that it was never awaited would be a second complaint
        return f"{what}. Did you forget to await it?"
    if inspect.isasyncgen(manager) or inspect.isgenerator(manager):
        return f"{what}. Did you forget @contextlib.asynccontextmanager or @contextlib.contextmanager on its function?"
    if callable(manager):
        return f"{what}. Did you forget to call it?"
    return f"{what}. It needs __aenter__ and __aexit__, or __enter__ and __exit__"

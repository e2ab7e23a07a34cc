"""Enter context managers that wrap a test as a ``with`` block would.

They enter and exit in the test's own task, and receive the exception that ended the test. So a transaction rolls back,
``asyncio.timeout`` turns its cancellation into ``TimeoutError``, and a task group reports its children.
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
        manager: The context manager. If it is both kinds, its asynchronous methods are used.
        record: The record of the test; with None the manager exits without an exception, as in the standard library.

    Raises:
        TypeError: ``manager`` is not a context manager. The message suggests the missing call, ``await`` or decorator.
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
        """The qualified name of the manager's class."""
        return qualified(type(self._manager))

    @user_code.entry
    async def enter(self) -> Any:
        """Enter the manager and return the value of its ``as`` target."""
        self._place = _calling_place()
        value = user_code.call(self._enter, (self._manager,))
        if self._is_async:
            value = await value
        if self._record is not None:
            self._record.entered += 1
        return value

    async def exit(self) -> None:
        """Exit the manager, and raise the error that it adds to those of the test, if any."""
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
                error.add_note(f"raised by {self.name} when it exited; it was entered in {self._place}")
                addition = record.turn(ending, error)
        finally:
            record.entered -= 1
        if addition is not None:
            # Not in the handler above: that would make the whole group the context of a part of it.
            raise addition

    async def _leave_with(self, ending: BaseException | None) -> bool:
        if ending is None:
            return await self._leave(None)
        traceback = ending.__traceback__
        try:
            raise ending  # noqa: TRY301 (sys.exception() is then this error, as in a with statement)
        except BaseException:
            ending.__traceback__ = traceback
            return await self._leave(ending)

    @user_code.entry
    async def _leave(self, ending: BaseException | None) -> bool:
        details = (None, None, None) if ending is None else (type(ending), ending, ending.__traceback__)
        absorbs = user_code.call(self._exit, (self._manager, *details))
        return bool(await absorbs if self._is_async else absorbs)


def _calling_place() -> str:
    """Return the line of user code that awaits `AsyncTestCase.enter`, skipping the frames of aiounit."""
    frame = _stdlib.frames.frame(1)
    while frame.f_back is not None and is_ours(frame):
        frame = frame.f_back
    return f"{frame.f_code.co_qualname} {location(frame.f_code.co_filename, frame.f_lineno)}"


def _complaint(manager: object) -> str:
    reason = f"{manager!r} is not a context manager, neither an asynchronous nor a synchronous one"
    if inspect.isawaitable(manager):
        if inspect.iscoroutine(manager):
            manager.close()  # or Python would also warn that it was never awaited
        return f"{reason}. Did you forget to await it?"
    if inspect.isasyncgen(manager) or inspect.isgenerator(manager):
        return (
            f"{reason}. Did you forget @contextlib.asynccontextmanager or @contextlib.contextmanager on its function?"
        )
    if callable(manager):
        return f"{reason}. Did you forget to call it?"
    return f"{reason}. It needs __aenter__ and __aexit__, or __enter__ and __exit__"

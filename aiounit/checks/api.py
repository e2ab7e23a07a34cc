"""The shape of a check, and the context that it is given to look at."""

from collections.abc import Callable, Iterable, Sequence
from types import AsyncGeneratorType, CodeType, FrameType
from typing import Any, ClassVar, Final, TypeAlias

from aiounit._real import asyncio, contextvars, threading
from aiounit._typing import Protocol
from aiounit.checks.findings import Finding, Reported, changed
from aiounit.introspect.places import Place
from aiounit.levels import Level
from aiounit.loops.watches import Block, Watch

__all__ = [
    "Check",
    "CheckContext",
    "ErrorContext",
    "Future",
    "Generator",
    "HasFileno",
    "Interceptor",
    "Job",
    "Listener",
    "Task",
    "current_context",
]

# The details of an error, as the exception handler of a loop gets them.
ErrorContext: TypeAlias = dict[str, Any]

Future: TypeAlias = "asyncio.Future[Any]"
Task: TypeAlias = "asyncio.Task[Any]"
Generator: TypeAlias = "AsyncGeneratorType[Any, Any]"

# A function that is called in a thread.
Job: TypeAlias = Callable[..., object]


class CheckContext:
    """The test that is checked, or the fixtures of a class, a module or a run, which live on the shared loop.

    Attributes:
        name: Its name for reports, such as the id of a test.
        policy: The levels and allowances.
        case: The test, or the test class; None for a module or the run.
        code: The code of the test method; None if it is not a test.
        scope: ``test``, ``class``, ``module`` or ``run``.
        owns_loop: Whether everything on the loop belongs to it.
        ledger: Keeps the findings of the run.
        loop: Its event loop, which does not run while a check looks at it; None if the test has not used it, unless a
            check of the user's looks at the test.
        failure: The error that ended the test, or None if it has passed so far.
        is_over: Whether its findings are reported.
        keepers: Returns the scopes around it, the widest first, which may own its leftovers; None if there are none.
        maker_of: Names the resource that made something, given the stack; None if nothing is known of resources.
        told: The listeners to events that have come before.
    """

    # Every test makes one, so its only constructor is that of `CheckSession`.
    __slots__ = (
        "_checks",
        "_errors",
        "_found",
        "_unclosed",
        "_watch",
        "case",
        "code",
        "failure",
        "is_over",
        "keepers",
        "ledger",
        "loop",
        "maker_of",
        "name",
        "owns_loop",
        "policy",
        "scope",
        "told",
    )

    name: str
    policy: Any
    case: Any
    code: CodeType | None
    scope: str
    owns_loop: bool
    ledger: Any
    loop: Any
    failure: BaseException | None
    is_over: bool
    keepers: Callable[[], Iterable[Any]] | None
    maker_of: Callable[[tuple[Place, ...]], str] | None
    told: "dict[str, tuple[Listener, ...]]"
    _checks: "dict[str, Check | None]"
    _found: Sequence[Reported]
    _errors: Sequence[BaseException]
    _unclosed: "Sequence[Check]"
    _watch: Watch | None

    def check(self, name: str) -> "Check | None":
        """Return the check with this name that looks at the test, or None if that is off."""
        raise NotImplementedError

    def listeners(self, event: str) -> "tuple[Listener, ...]":
        """Return the checks that are told of an event, each with its method, and whether it is the user's."""
        raise NotImplementedError

    def give_up(self, check: "Check", method: str, error: BaseException) -> None:
        """Report that a method of a check has raised an error, and ask that check no more."""
        raise NotImplementedError

    def placed(self, finding: Finding) -> Finding:
        """Return a finding with the first line of the test to point at, if it has no line that is closer."""
        code = self.code
        if code is None or finding.place is not None:
            return finding
        module = type(self.case).__module__ if self.case is not None else ""
        return changed(finding, where=Place(code.co_filename, code.co_firstlineno, code.co_qualname, module))

    def owns(self, context: contextvars.Context | None) -> bool:
        """Return whether code that runs in a context of ``contextvars`` belongs to this test or scope.

        Args:
            context: The context of a task or a callback, or None if it is not known.
        """
        if self.owns_loop:
            return True
        return context is not None and context.get(current_context) is self


# The test or scope that the running code belongs to: tasks, callbacks and threads of the executor inherit it.
current_context: Final[contextvars.ContextVar[CheckContext | None]] = contextvars.ContextVar(
    "aiounit.check_context", default=None
)


class HasFileno(Protocol):
    """A file, such as a socket."""

    def fileno(self) -> int:
        """Return its descriptor."""
        ...


class Interceptor(Protocol):
    """Replaces functions of the standard library while tests run that have a certain check."""

    def begin(self, test: CheckContext, /) -> None:
        """Take the beginning of a test or scope."""

    def end(self, test: CheckContext, /) -> None:
        """Take its end; does nothing the second time."""


class Check:
    """Looks for one kind of leftover of a test, or of unseen mistake. Derive from it to make a check of your own.

    Each instance checks one test, and must be almost free when there is nothing to report. A check that overrides one
    of the methods ``on_...`` is told of that event. They are called while the test runs, on its loop or in one of its
    threads, so they must be quick; an exception that they raise is an error of the check.

    Attributes:
        name: Its name in ``checks``, in ``@allow`` and in settings.
        level: Its level by default.
        settles: Whether its findings may be about to go away by themselves, so that it looks again soon.
        looks_after_close: Whether it looks when the loop of the test is closed, and not before.
        looks_at_fixtures: Whether it can tell things that fixtures of a class, a module or the run have made from
            those that tests have made meanwhile.

    Example:
        A check that a test leaves no files in a directory::

            class Uploads(Check):
                name = "uploads"

                def begin(self, test):
                    self.before = set(os.listdir("uploads"))

                def end(self, test):
                    for name in set(os.listdir("uploads")) - self.before:
                        yield Finding(f"uploads/{name} is left", "delete it in a cleanup", name=name)

            register_check(Uploads)
    """

    name: ClassVar[str]
    level: ClassVar[Level] = Level.FAIL
    settles: ClassVar[bool] = False
    looks_after_close: ClassVar[bool] = False
    looks_at_fixtures: ClassVar[bool] = True

    # Of aiounit's own checks: replaces functions while a test runs that has the check, which is told of coroutines that
    # were never awaited.
    _aiounit_interceptor: ClassVar[Interceptor | None] = None
    _aiounit_wants_coroutines: ClassVar[bool] = False
    # Tells of a loop whether there may be something to find on it: only then is an instance made.
    _aiounit_finder: ClassVar[Callable[[Any], object] | None] = None

    def begin(self, test: CheckContext) -> None:
        """Get ready, before the first step of the test.

        Args:
            test: The test or scope; its loop is there.
        """

    def end(self, test: CheckContext) -> Iterable[Finding]:
        """Return the findings; may be called several times and must change nothing.

        Args:
            test: The test or scope.
        """
        raise NotImplementedError

    async def clean(self, test: CheckContext) -> None:
        """End the leftovers, so that they reach no other test; called on the loop if `end` has returned any.

        Args:
            test: The test or scope.
        """

    def close(self, test: CheckContext) -> None:
        """Undo the effects of `begin` outside the loop of the test.

        Args:
            test: The test or scope.
        """

    def on_task(self, task: Task) -> None:
        """Take a task that was made.

        Args:
            task: The task. An eager one may have ended.
        """

    def on_error(self, context: ErrorContext) -> None:
        """Take an error that has reached the loop, unless it has an exception handler of the user's.

        Args:
            context: The details, as an exception handler gets them.
        """

    def on_made(self, frame: FrameType) -> None:
        """Take an object that asks the loop for ``get_debug()`` in its ``__init__``.

        Args:
            frame: The frame of the ``__init__``.
        """

    def on_asyncgen(self, generator: Generator) -> None:
        """Take an asynchronous generator that is begun.

        Args:
            generator: The generator.
        """

    def on_transport(self, transport: asyncio.BaseTransport | asyncio.AbstractServer, server: object) -> None:
        """Take a transport or a server that was made.

        Args:
            transport: The transport or the server.
            server: The server that has accepted the connection, or None.
        """

    def on_file(self, file: int | HasFileno) -> None:
        """Take a file that the loop is going to watch.

        Args:
            file: The file, or its descriptor.
        """

    def on_timer(self, handle: asyncio.TimerHandle) -> None:
        """Take a call that is scheduled, by ``asyncio.sleep`` for example.

        Args:
            handle: Its handle.
        """

    def on_job(self, executor: object, function: Job) -> Job:  # noqa: ARG002 (for checks that want it)
        """Take a function that is going to be called in a thread, and return the function to call in its place.

        Args:
            executor: The executor that runs it; None is the loop's default.
            function: The function.
        """
        return function

    def on_thread(self, thread: threading.Thread) -> None:
        """Take a thread that is about to start; called in the thread that starts it.

        Args:
            thread: The thread.
        """

    def on_block(self, block: Block) -> None:
        """Take an iteration of the loop that took too long; called after the test.

        Args:
            block: Its length, and the calls that were running.
        """

    def on_limit(self) -> None:
        """Take the moment when a limit of the test expires; may be called in a signal handler."""

    def on_timeout(self, failure: BaseException) -> None:
        """Take the failure that reports an expired limit, before it is reported.

        Args:
            failure: The failure.
        """


# A check that is told of an event, its method, and whether it is the user's.
Listener: TypeAlias = tuple[Check, Callable[..., object], bool]

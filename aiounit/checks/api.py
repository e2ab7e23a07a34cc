"""The shape of a check, and the context that it is given to look at."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from types import CodeType
from typing import Any, ClassVar, Final

from aiounit._real import contextvars
from aiounit.checks.findings import Finding, Reported
from aiounit.introspect.places import Place
from aiounit.levels import Level

__all__ = ["Check", "CheckContext", "ToldCheck", "current_context"]


class CheckContext:
    """What is checked: a test, or the fixtures of a class, a module or a run, which live on the shared loop.

    Args:
        name: Its name, for reports: the id of a test, for example.
        policy: What becomes of the findings.
        case: The test, or the test class.
        code: The code of the test method.
        scope: What it is: ``test``, ``class``, ``module`` or ``run``.
        owns_loop: Whether all that is on the loop belongs to it.
        ledger: Keeps what the run has found.

    Attributes:
        name: Its name.
        policy: What becomes of the findings.
        case: The test, or the test class; None for a module or the run.
        code: The code of the test method; None if it is no test.
        scope: What it is.
        owns_loop: Whether all that is on the loop belongs to it.
        ledger: Keeps what the run has found.
        loop: Its event loop, which does not run while a check looks at it.
        failure: What has ended the test, or None if it has passed so far.
        is_over: Whether its findings are reported.
        keepers: Returns the scopes around it, the widest first, which may own what it leaves; None if there are none.
        maker_of: Names the resource that has made something, by the stack; None if nothing is known of resources.
    """

    # Every test makes one.
    __slots__ = (
        "_checks",
        "_errors",
        "_found",
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
    )

    def __init__(
        self,
        name: str,
        policy: Any,
        case: Any,
        code: CodeType | None,
        *,
        scope: str = "test",
        owns_loop: bool,
        ledger: Any = None,
    ) -> None:
        self.name = name
        self.policy = policy
        self.case = case
        self.code = code
        self.scope = scope
        self.owns_loop = owns_loop
        self.ledger = ledger
        self.loop: Any = None
        self.failure: BaseException | None = None
        self.is_over = False
        self.keepers: Callable[[], Iterable[Any]] | None = None
        self.maker_of: Callable[[Any], str] | None = None
        self._checks: dict[str, Check] = {}
        self._found: list[Reported] = []
        self._errors: list[BaseException] = []

    def check(self, name: str) -> "Check | None":
        """Return the check of this name that looks at the test, or None if that is off."""
        return self._checks.get(name)

    def placed(self, finding: Finding) -> Finding:
        """Return a finding with the test's own line to point at, if nothing is known that is closer."""
        code = self.code
        if code is None or finding.place is not None:
            return finding
        module = type(self.case).__module__ if self.case is not None else ""
        return replace(finding, where=Place(code.co_filename, code.co_firstlineno, code.co_qualname, module))

    def owns(self, context: contextvars.Context | None) -> bool:
        """Tell whether what runs in a context of ``contextvars`` belongs to this test or scope.

        Args:
            context: The context of a task or a callback, or None if it has none that is known.
        """
        if self.owns_loop:
            return True
        return context is not None and context.get(current_context) is self


# The test or scope that the running code belongs to: tasks, callbacks and threads of the executor inherit it.
current_context: Final[contextvars.ContextVar[CheckContext | None]] = contextvars.ContextVar(
    "aiounit.check_context", default=None
)


class Check:
    """Looks for one kind of leftover of a test, or of unseen mistake. Derive from it to make a check of your own.

    An instance looks at one test. It must cost next to nothing where there is nothing to find.

    Attributes:
        name: What users call it: in ``checks``, in ``@allow`` and in settings.
        level: What becomes of its findings unless somebody says otherwise.
        settles: Whether what it finds may be about to go away by itself, so that it is worth looking again soon.
        looks_after_close: Whether it looks when the loop of the test is closed, and not before.
        looks_at_fixtures: Whether it can tell what the fixtures of a class, a module or the run have made from what
            tests have made meanwhile.

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

    def begin(self, test: CheckContext) -> None:
        """Get ready, before the first step of the test.

        Args:
            test: What is going to be checked; its loop is there.
        """

    def end(self, test: CheckContext) -> Iterable[Finding]:
        """Return what is left; may be called several times and must change nothing.

        Args:
            test: What is checked.
        """
        raise NotImplementedError

    def left(self, test: CheckContext) -> list[Any]:  # noqa: ARG002 (for those that have something)
        """Return the objects that findings are about, if something that lives longer may turn out to own them.

        Args:
            test: What is checked.
        """
        return []

    def give(self, thing: Any, other: "Check | None") -> None:
        """Forget an object, which belongs to something that lives longer.

        Args:
            thing: One of `left`.
            other: The check of the same kind that looks at what it belongs to, if there is one.
        """

    async def clean(self, test: CheckContext) -> None:
        """End what is left, so that it reaches no other test; called on the loop if `end` has returned anything.

        Args:
            test: What is checked.
        """

    def close(self, test: CheckContext) -> None:
        """Undo what `begin` has done outside the loop of the test.

        Args:
            test: What was checked.
        """


class ToldCheck(Check):
    """A check of aiounit's own that is told of things, and is made when the first of them comes.

    Attributes:
        wants_coroutines: Whether it is to be told of coroutines that were never awaited.
        wants_errors: Whether it is to be told of errors that nothing catches.
    """

    wants_coroutines: ClassVar[bool] = False
    wants_errors: ClassVar[bool] = False

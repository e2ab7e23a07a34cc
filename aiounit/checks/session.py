"""All checks of one test, or of the fixtures of a class, a module or the run, from its beginning to its report."""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from types import FrameType
from typing import Any, Final, TypeVar

from typing_extensions import override

from aiounit import _stdlib
from aiounit._real import asyncio, contextvars, functools
from aiounit.checks import reporting
from aiounit.checks.api import Check, CheckContext, current_context
from aiounit.checks.builtin import loop_errors, unawaited
from aiounit.checks.builtin.asyncgens import Asyncgens
from aiounit.checks.builtin.blocking import Blocking
from aiounit.checks.builtin.executor_jobs import Executor
from aiounit.checks.builtin.loop_errors import Errors
from aiounit.checks.builtin.timers import Timers
from aiounit.checks.builtin.transports import Transports
from aiounit.checks.findings import Finding, Reported
from aiounit.checks.ownership import hand_over
from aiounit.exceptions import CheckUsageError
from aiounit.limits import deadline, user_code, watchdog
from aiounit.limits.budgets import Phase
from aiounit.limits.deadline import Deadline
from aiounit.loops import closing
from aiounit.loops.driver import Driver
from aiounit.loops.factory import sleep

__all__ = ["CheckSession"]

T = TypeVar("T")

_WHAT: Final = "taking care of what is left behind"

# What is looked at again when so many seconds of the loop's clock have passed: most of what is about to end has ended
# after the first few, and nothing is waited for when nothing is left.
_PAUSES: Final = (0.001, 0.002, 0.004, 0.008, 0.015, 0.02)


class CheckSession(CheckContext):
    """Has the checks look at one subject, and reports what they find."""

    __slots__ = ()

    def begin(self, loop: asyncio.AbstractEventLoop, context: contextvars.Context) -> None:
        """Get ready, before anything of the subject runs; once more if it has lost its loop and gets another.

        Args:
            loop: The loop, which does not run.
            context: The context of what belongs to the subject.

        Raises:
            BaseException: A check has raised it.
        """
        if self.loop is not None:
            self._close()
        self.loop = loop
        context.run(current_context.set, self)
        policy = self.policy
        self._checks = checks = {kind.name: kind() for kind in policy.made_first}
        _stdlib.hooks.listen(loop, self if self.owns_loop else _by_context, timers="timers" in checks)
        if self.scope == "test":  # on the shared loop, each after the other
            blocking = checks.get("blocking")
            _stdlib.hooks.count_turns(loop, blocking.turns if isinstance(blocking, Blocking) else None)
        if policy.wants_coroutines:
            unawaited.begin(self)
        if policy.wants_errors:
            loop_errors.begin(self)
        try:
            for name in policy.begun:
                self._call(checks[name], "begin", checks[name].begin, Phase.SET_UP)
        except BaseException:
            self.end()
            raise

    @override
    def check(self, name: str) -> Check | None:
        """Return the check of this name that looks at the subject, or None if that is off."""
        check = self._checks.get(name)
        if check is None and name in self.policy.made_late and not self.is_over:
            check = self._checks[name] = self.policy.made_late[name]()
        return check

    def look(self, driver: Driver, failure: BaseException | None = None) -> list[BaseException]:
        """Look at what there is before it is ended, and give what is about to end the time to.

        Args:
            driver: Has driven the subject.
            failure: What has ended the test, or None if it has passed.

        Returns:
            What went wrong while the loop ran for that.
        """
        self.failure = failure
        errors: list[BaseException] = []
        left = self.policy.others
        if _stdlib.loops.has_ready(self.loop) and not driver.owner.is_broken:
            errors += closing.end(self.loop, set())
        if self.keepers is not None:
            self._hand_over(self.policy.settling, self.keepers)
        if self._finds(self.policy.settling):
            left = self.policy.before
            errors += self._run(driver, self._wait())
        for check, found in self._look(left):
            self._found += self._not_allowed(check, found)
            errors += self._run(driver, self._clean(check))
        return errors

    def _hand_over(self, names: list[str], keepers: Callable[[], Iterable[Any]]) -> None:
        """Let the scopes around have what belongs to them."""
        left = [(check, thing) for check in self._there(names) for thing in check.left(self)]
        hand_over(left, keepers(), self.loop)

    def _there(self, names: list[str]) -> list[Check]:
        return [self._checks[name] for name in names if name in self._checks]

    def _look(self, names: list[str]) -> list[tuple[Check, list[Finding]]]:
        looked = []
        for name in names:  # each test comes here
            check = self._checks.get(name)
            if check is not None and (found := self._findings_of(check)):
                looked.append((check, found))
        return looked

    def _findings_of(self, check: Check, *, is_one_enough: bool = False) -> list[Finding]:
        is_foreign = check.name in self.policy.foreign
        try:
            if is_foreign:
                return self._call(check, "end", functools.partial(_end, check), Phase.TEAR_DOWN)
            found = check.end(self)  # it has to be quick: each test asks each check
            if not found:
                return []
            for each in found if is_one_enough else ():  # to describe a thousand tasks takes its time
                if not self.policy.allows(check.name, each):
                    return [each]
            return list(found)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if not is_foreign:
                error.add_note(f"raised by end() of the check {check.name!r}")
            self._give_up(check, error)
            return []

    def _give_up(self, check: Check, error: BaseException) -> None:
        """Report what a check has raised, and ask it no more."""
        self._errors.append(error)
        if self._checks.pop(check.name, None) is not None:
            self._close_one(check)

    def _close_one(self, check: Check) -> None:
        try:
            self._call(check, "close", check.close, Phase.TEAR_DOWN)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._give_up(check, error)

    def _call(self, check: Check, what: str, function: Callable[[CheckContext], T], phase: Phase) -> T:
        """Call a method of a check, in the time that a hook has if it is the user's."""
        try:
            if check.name not in self.policy.foreign:
                return function(self)
            limit, budget = Deadline(None), watchdog.current().budget(phase)
            with deadline.bounded(limit, budget, f"{what}() of the check {check.name!r}"):
                return user_code.call(function, (self,))
        except BaseException as error:
            error.add_note(f"raised by {what}() of the check {check.name!r}")
            raise

    def _run(self, driver: Driver, coroutine: Coroutine[Any, Any, None]) -> list[BaseException]:
        try:
            driver = driver.another(contextvars.Context())
            with deadline.bounded(Deadline(driver), watchdog.current().budget(Phase.TEAR_DOWN), _WHAT):
                driver.call(coroutine, name=_WHAT)
        except asyncio.CancelledError:
            return []  # something that is left cancels all tasks there are: enough was waited
        except BaseException as error:  # also what a callback lets out of the loop
            return [error]
        return []

    async def _clean(self, check: Check) -> None:
        try:
            await check.clean(self)
        except Exception as error:
            error.add_note(f"raised by clean() of the check {check.name!r}")
            raise

    async def _wait(self) -> None:
        for pause in _PAUSES:
            await sleep(pause)
            if not self._finds(self.policy.settling):
                return

    def _finds(self, names: list[str]) -> bool:
        """Tell whether any of some checks finds something that is not allowed."""
        for name in names:  # each test comes here
            check = self._checks.get(name)
            if check is not None:
                found = self._findings_of(check, is_one_enough=True)
                if found and self._not_allowed(check, found):
                    return True
        return False

    def _not_allowed(self, check: Check, found: list[Finding]) -> list[Reported]:
        return [Reported(check.name, self._named(each)) for each in found if not self.policy.allows(check.name, each)]

    def _named(self, finding: Finding) -> Finding:
        if not finding.owner and self.maker_of is not None:
            finding = replace(finding, owner=self.maker_of(finding.stack))
        return self.placed(finding)

    def report(self) -> list[BaseException]:
        """Look at what is left when the loop is closed or left, and return the errors to be reported."""
        if self.keepers is not None:
            self._hand_over(self.policy.after, self.keepers)
        for check, found in self._look(self.policy.after):
            self._found += self._not_allowed(check, found)
        self.end()
        if not self._found and not self._errors:
            return []
        reported, self._found = self._found, []
        errors, self._errors = self._errors, []
        return [*reporting.report(self.ledger, self.name, self.policy, reported), *errors] if reported else errors

    def end(self) -> None:
        """Stop looking, whatever is left; does nothing the second time."""
        if self.is_over:
            return
        self._close()
        self.is_over = True
        # What it leaves behind may hold on to it for long.
        self._checks = {}
        self.loop = self.case = self.failure = self.keepers = self.maker_of = None

    def _close(self) -> None:
        if self.policy.wants_coroutines:
            unawaited.end(self)
        if self.policy.wants_errors:
            loop_errors.end(self)
        for name in self.policy.closed:
            check = self._checks.pop(name, None)
            if check is not None:
                self._close_one(check)

    # What has come before a timeout

    def note_limit(self, describe: Callable[[], str]) -> str:
        """Take note of what has gone wrong by now, because the time of something is over, and say what that is.

        Args:
            describe: Says it.
        """
        check = self._checks.get("errors")
        if isinstance(check, Errors):
            check.note_limit()
        return describe()

    def explain(self, failure: BaseException) -> None:
        """Have a timeout say what had gone wrong before it."""
        check = self._checks.get("errors")
        if isinstance(check, Errors):
            check.explain(failure)

    # What the loop tells

    def on_task(self, task: Any) -> None:
        """Take a task that was made."""
        check = self.check("errors")
        if isinstance(check, Errors):
            check.note_task(task)

    def on_error(self, context: dict[str, Any]) -> None:
        """Take an error that has reached the loop."""
        check = self.check("errors")
        if isinstance(check, Errors):
            check.note(context)
        elif self.is_over:
            loop_errors.note_late(self, context)

    def on_made(self, frame: FrameType) -> None:
        """Take the frame of an ``__init__``, whose object may complain of itself."""
        check = self.check("errors")
        if isinstance(check, Errors):
            check.note_made(frame)

    def on_asyncgen(self, generator: Any) -> None:
        """Take an asynchronous generator that is begun."""
        check = self.check("asyncgens")
        if isinstance(check, Asyncgens):
            check.note(generator)

    def on_transport(self, transport: Any, server: Any) -> None:
        """Take a transport or a server that was made."""
        check = self.check("transports")
        if isinstance(check, Transports):
            check.note(transport, server)

    def on_file(self, file: Any) -> None:
        """Take a file that the loop is going to watch."""
        check = self.check("transports")
        if isinstance(check, Transports):
            check.note_file(file)

    def on_timer(self, handle: Any) -> None:
        """Take a call that is scheduled."""
        check = self.check("timers")
        if isinstance(check, Timers):
            check.note(handle)

    def on_job(self, executor: Any, function: Callable[..., Any]) -> Callable[..., Any]:
        """Take a function that is going to be called in a thread."""
        check = self.check("executor")
        return check.note(executor, function) if isinstance(check, Executor) else function


@user_code.entry
def _end(check: Check, test: CheckContext) -> list[Finding]:
    """Return what a check has found, which may be the user's and return anything."""
    found = check.end(test)
    findings = list(found) if isinstance(found, Iterable) else None
    if findings is None or not all(isinstance(each, Finding) for each in findings):
        got = findings or found
        raise CheckUsageError(f"end() of the check {check.name!r} must return or yield Findings, and returned {got!r}")
    return findings


class _ByContext:
    """Tells the subject in whose context it happens: on the shared loop."""

    @staticmethod
    def on_task(task: Any) -> None:
        subject = current_context.get()
        if isinstance(subject, CheckSession):
            subject.on_task(task)

    @staticmethod
    def on_error(context: dict[str, Any]) -> None:
        told = context.get("context", context)  # what a handler of the user's was told that has failed
        thing = told.get("task") or told.get("future")
        where = (
            _stdlib.tasks.context_of(thing)
            if thing is not None
            else _stdlib.handles.context_of_handle(told.get("handle"))
        )
        subject = current_context.get() if where is None else where.get(current_context)
        if isinstance(subject, CheckSession):
            subject.on_error(context)

    @staticmethod
    def on_made(frame: FrameType) -> None:
        subject = current_context.get()
        if isinstance(subject, CheckSession):
            subject.on_made(frame)

    @staticmethod
    def on_asyncgen(generator: Any) -> None:
        subject = current_context.get()
        if isinstance(subject, CheckSession):
            subject.on_asyncgen(generator)

    @staticmethod
    def on_transport(transport: Any, server: Any) -> None:
        subject = current_context.get()
        if isinstance(subject, CheckSession):
            subject.on_transport(transport, server)

    @staticmethod
    def on_file(file: Any) -> None:
        subject = current_context.get()
        if isinstance(subject, CheckSession):
            subject.on_file(file)

    @staticmethod
    def on_timer(handle: Any) -> None:
        subject = current_context.get()
        if isinstance(subject, CheckSession):
            subject.on_timer(handle)

    @staticmethod
    def on_job(executor: Any, function: Callable[..., Any]) -> Callable[..., Any]:
        subject = current_context.get()
        return subject.on_job(executor, function) if isinstance(subject, CheckSession) else function


_by_context: Final = _ByContext()

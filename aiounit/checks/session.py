"""All checks of one test, or of the fixtures of a class, a module or the run, from its beginning to its report."""

from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from types import CodeType
from typing import Any, Final, TypeAlias, TypeVar

from aiounit import _stdlib
from aiounit._real import asyncio, contextvars
from aiounit._typing import override
from aiounit.checks import interception, reporting
from aiounit.checks.api import Check, CheckContext, Listener, current_context
from aiounit.checks.events import Events, tell
from aiounit.checks.findings import Finding, Reported, changed
from aiounit.checks.ledger import Ledger
from aiounit.checks.leftovers import Leftover, Leftovers
from aiounit.checks.ownership import Keeper, hand_over
from aiounit.checks.policy import Policy
from aiounit.exceptions import CheckUsageError
from aiounit.limits import deadline, user_code, watchdog
from aiounit.limits.budgets import Phase
from aiounit.limits.deadline import Deadline
from aiounit.loops import closing
from aiounit.loops.driver import Driver
from aiounit.loops.factory import sleep
from aiounit.loops.sampler import THRESHOLD, sampler

__all__ = ["CheckSession"]

T = TypeVar("T")

# A check, and the things that it has found: not described yet, except by a check that can do only both at once.
_Left: TypeAlias = tuple[Check, Sequence[Any]]

_WAITING: Final = "waiting for leftovers to end"

# The checks look again after so many seconds of the loop's clock: most of the things that are about to end have ended
# after the first few pauses, and a test that leaves nothing does not wait.
_PAUSES: Final = (0.001, 0.002, 0.004, 0.008, 0.015, 0.02)


class CheckSession(CheckContext):
    """Has the checks look at one test or scope, and reports their findings.

    Args:
        name: Its name for reports, such as the id of a test.
        policy: The levels and allowances.
        case: The test, or the test class; None for a module or the run.
        code: The code of the test method; None if it is not a test.
        scope: ``test``, ``class``, ``module`` or ``run``.
        owns_loop: Whether everything on the loop belongs to it.
        ledger: Keeps the findings of the run.
    """

    __slots__ = ()

    def __init__(
        self,
        name: str,
        policy: Policy,
        case: object,
        code: CodeType | None,
        *,
        scope: str = "test",
        owns_loop: bool,
        ledger: Ledger,
    ) -> None:
        self.name = name
        self.policy = policy
        self.case = case
        self.code = code
        self.scope = scope
        self.owns_loop = owns_loop
        self.ledger = ledger
        self.loop = self.failure = self.keepers = self.maker_of = self._watch = None
        self.is_over = False
        self.told = {}
        self._checks = {}
        self._found = self._errors = self._unclosed = ()

    def begin(self, context: contextvars.Context) -> None:
        """Get ready, before any code of the test runs; once more if it has lost its loop and gets another.

        Args:
            context: The context of everything that belongs to the test or scope.
        """
        if self.loop is not None:
            self.end(is_over=False)
            self._checks = {}
        context.run(current_context.set, self)
        policy = self.policy
        if policy.made_first:
            self._checks = {kind.name: kind() for kind in policy.made_first}
        interception.users.add(self)
        interception.put_in_lost()
        for interceptor in policy.interceptors:
            interceptor.begin(self)

    @property
    def needs_loop(self) -> bool:
        """Whether it needs the loop before the test does: a check of the user's may use it from the beginning."""
        return bool(self.policy.foreign)

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen to the loop from now on, and begin the checks that have something to do at the beginning.

        Args:
            loop: The loop, which does not run.

        Raises:
            BaseException: A check has raised it.
        """
        policy = self.policy
        self.loop = loop
        events = Events(self if self.owns_loop else None)
        if self.scope == "test":  # of the tests on the shared loop, one runs at a time
            iterations = None
            if policy.listeners["on_block"]:
                threshold = getattr(self.case, "blocking_threshold", THRESHOLD)
                self._watch = sampler.watch(threshold)
                iterations = self._watch.iterations
            is_heard = _stdlib.hooks.listen(loop, events, iterations, timers=policy.hears_timers)
        else:
            is_heard = _stdlib.hooks.listen(loop, events, timers=policy.hears_timers)
        for name in () if is_heard else policy.made_late:
            self.check(name)
        try:
            for name in policy.begun:
                check = self._checks[name]
                assert check is not None
                self._call(check, "begin", check.begin, self, phase=Phase.SET_UP)
        except BaseException:
            self.end()
            raise

    @override
    def check(self, name: str) -> Check | None:
        """Return the check with this name that looks at the test, or None if that is off."""
        check = self._checks.get(name)
        if check is None and name in self.policy.made_late and name not in self._checks and not self.is_over:
            check = self._checks[name] = self.policy.made_late[name]()
        return check

    @override
    def listeners(self, event: str) -> tuple[Listener, ...]:
        """Return the checks that are told of an event, and remember them: it may come often."""
        found = [(name, self.check(name)) for name in self.policy.listeners[event]]
        foreign = self.policy.foreign
        told = tuple((check, getattr(check, event), name in foreign) for name, check in found if check is not None)
        self.told[event] = told
        return told

    @override
    def give_up(self, check: Check, method: str, error: BaseException) -> None:
        """Report that a method of a check has raised an error, and ask that check no more."""
        note = f"raised by {method}() of the check {check.name!r}"
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)
        self._errors = [*self._errors, error]
        self.told = {}
        if self._checks.get(check.name) is check:
            self._checks[check.name] = None
            self._unclosed = [*self._unclosed, check]

    def look(self, driver: Driver, failure: BaseException | None = None) -> list[BaseException]:
        """Look at everything that is left before it is ended, and give it time to end by itself.

        Args:
            driver: Has driven the test or scope.
            failure: The error that has ended the test, or None if it has passed.

        Returns:
            The errors that were raised while the loop ran for that.
        """
        self.failure = failure
        errors: list[BaseException] = []
        if self.loop is not None and _stdlib.loops.has_ready(self.loop) and not driver.owner.is_broken:
            errors += closing.end(self.loop, set())
        policy = self.policy
        if self.keepers is not None:
            self._hand_over(policy.before, self.keepers)
        left = self._left(policy.before)
        if not left:
            return errors  # as for most tests
        if self._may_settle(left):
            errors += self._run(driver, self._wait())
            left = self._left(policy.before)
        self._take(left)
        for check, _ in left:
            if self._checks.get(check.name) is check:
                errors += self._run(driver, self._clean(check))
        return errors

    def _hand_over(self, names: list[str], keepers: Callable[[], Iterable[Keeper]]) -> None:
        """Let the scopes around have the leftovers that belong to them."""
        self._make_finders()
        leftovers = [name for name in names if isinstance(self._checks.get(name), Leftovers)]
        left = self._left(leftovers)
        things = [(check, thing) for check, found in left if isinstance(check, Leftovers) for thing in found]
        hand_over(things, keepers(), self.loop)

    def _make_finders(self) -> None:
        """Make the checks that may find something on the loop."""
        loop = self.loop
        for name, may_find in () if loop is None else self.policy.finders:
            if may_find(loop):
                self.check(name)

    def _left(self, names: list[str]) -> list[_Left]:
        """Return the checks that have found anything, with the things that they have found."""
        while self._watch is not None and self._watch.blocks:
            tell(self, "on_block", self._watch.blocks.pop(0))
        self._make_finders()
        left: list[_Left] = []
        checks = self._checks
        if not checks:
            return left  # as for most tests
        for name in names:
            check = checks.get(name)
            if check is None:
                continue
            method = "left" if isinstance(check, Leftovers) else "end"
            try:
                if isinstance(check, Leftovers) and name not in self.policy.foreign:
                    things = check.left(self)
                else:
                    things = self._call(check, method, _ask, check, self)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                self.give_up(check, method, error)
            else:
                if things:
                    left.append((check, things))
        return left

    def _may_settle(self, left: list[_Left]) -> bool:
        """Return whether anything is left that may be about to end, and that is not allowed."""
        if not self.policy.allowances:
            return any(check.settles for check, _ in left)
        return any(
            not self.policy.allows(check.name, finding)
            for check, things in left
            if check.settles
            for finding in self._describe(check, things)
        )

    def _take(self, left: list[_Left]) -> None:
        """Describe the things that are left, and keep those to be reported that are not allowed."""
        found = [
            Reported(check.name, self._named(finding))
            for check, things in left
            for finding in self._describe(check, things)
            if not self.policy.allows(check.name, finding)
        ]
        self._found = [*self._found, *found]

    def _describe(self, check: Check, things: Sequence[Any]) -> Iterator[Finding]:
        if not isinstance(check, Leftovers):
            yield from things
            return
        is_foreign = check.name in self.policy.foreign
        for thing in things:
            if isinstance(thing, Leftover):
                _held = thing.key  # it must stay while it is described
                if thing.is_gone:
                    continue
            try:
                if is_foreign:
                    finding = self._call(check, "describe", check.describe, thing, self)
                else:
                    finding = check.describe(thing, self)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                self.give_up(check, "describe", error)
                return
            yield finding

    def _close_one(self, check: Check) -> None:
        try:
            self._call(check, "close", check.close, self)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._errors = [*self._errors, error]

    def _call(
        self, check: Check, method: str, function: Callable[..., T], *arguments: object, phase: Phase = Phase.TEAR_DOWN
    ) -> T:
        """Call a method of a check that may be the user's, in the time that a hook has."""
        try:
            limit, budget = Deadline(None), watchdog.current().budget(phase)
            with deadline.bounded(limit, budget, f"{method}() of the check {check.name!r}"):
                return user_code.call(function, arguments)
        except BaseException as error:
            error.add_note(f"raised by {method}() of the check {check.name!r}")
            raise

    def _run(self, driver: Driver, coroutine: Coroutine[Any, Any, None]) -> list[BaseException]:
        try:
            driver = driver.another(contextvars.Context())
            with deadline.bounded(Deadline(driver), watchdog.current().budget(Phase.TEAR_DOWN), _WAITING):
                driver.call(coroutine, name=_WAITING)
        except asyncio.CancelledError:
            return []  # a leftover cancels all tasks that there are: the wait is over
        except BaseException as error:  # also one that a callback lets out of the loop
            return [error]
        return []

    async def _clean(self, check: Check) -> None:
        try:
            await check.clean(self)
        except Exception as error:
            error.add_note(f"raised by clean() of the check {check.name!r}")
            raise

    async def _wait(self) -> None:
        settling = [check.name for check in self.policy.checks if check.settles and not check.looks_after_close]
        for pause in _PAUSES:
            await sleep(pause)
            if not self._may_settle(self._left(settling)):
                return

    def _named(self, finding: Finding) -> Finding:
        if not finding.owner and self.maker_of is not None:
            finding = changed(finding, owner=self.maker_of(finding.stack))
        return self.placed(finding)

    def report(self) -> list[BaseException]:
        """Look at everything that is left when the loop is closed or left, and return the errors to be reported."""
        policy = self.policy
        if self.keepers is not None:
            self._hand_over(policy.after, self.keepers)
        if self._checks and not self._checks.keys().isdisjoint(policy.after):
            self._take(self._left(policy.after))
        self.end()
        if not (self._found or self._errors):
            return []
        reported, self._found = list(self._found), ()
        errors, self._errors = self._errors, ()
        return [*(reporting.report(self.ledger, self.name, policy, reported) if reported else ()), *errors]

    def end(self, *, is_over: bool = True) -> None:
        """Stop looking; does nothing the second time.

        Args:
            is_over: Whether it does not begin again.
        """
        if self.is_over:
            return
        for interceptor in self.policy.interceptors:
            interceptor.end(self)
        interception.users.discard(self)
        if self._watch is not None:
            self._watch.is_over = True
            self._watch = None
        if self.told or self._checks or self._unclosed:
            self._close_checks()
        if is_over:
            self.is_over = True
            # The things that it leaves behind may hold on to it for long.
            self._checks = {}
            self.loop = self.case = self.failure = self.keepers = self.maker_of = None

    def _close_checks(self) -> None:
        self.told = {}
        for name in self.policy.closed:
            check = self._checks.pop(name, None)
            if check is not None:
                self._close_one(check)
        for check in self._unclosed:
            if check.name in self.policy.closed:
                self._close_one(check)
        self._unclosed = ()

    # The errors that have come before a timeout

    def note_limit(self) -> None:
        """Tell the checks that a limit expires."""
        tell(self, "on_limit")

    def explain(self, failure: BaseException) -> None:
        """Have a timeout name the errors that had come before it."""
        tell(self, "on_timeout", failure)


@user_code.entry
def _ask(check: Check, test: CheckContext) -> Sequence[Any]:
    """Return the things that a check of the user's has found, or its findings, which may be anything."""
    if isinstance(check, Leftovers):
        return list(check.left(test))
    found = check.end(test)
    findings = list(found) if isinstance(found, Iterable) else None
    if findings is None or not all(isinstance(each, Finding) for each in findings):
        got = findings or found
        raise CheckUsageError(f"end() of the check {check.name!r} must return or yield Findings, and returned {got!r}")
    return findings

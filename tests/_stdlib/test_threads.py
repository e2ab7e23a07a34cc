"""The private names by which the checks are told of threads: each is here to fail on a version that changes it."""

import _thread
import asyncio
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import TestCase, mock

from aiounit import _stdlib
from tests._stdlib.test_cases import private_names

PRIVATE_NAMES = {
    "_bootstrap",
    "_set_ident",
    "_target",
    "_thread",
}


class NameTests(TestCase):
    def test_all_are_here(self) -> None:
        source = Path(_stdlib.threads.__file__).read_text(encoding="utf-8")
        self.assertEqual(private_names(source), PRIVATE_NAMES)


class ThreadTests(TestCase):
    def setUp(self) -> None:
        self.told: list[tuple[str, object, int]] = []
        for owner, name in ((threading.Thread, "start"), (threading.Thread, "_set_ident")):
            self.enterContext(mock.patch.object(owner, name, getattr(owner, name)))
        for name in ("start_new_thread", "start_new"):
            self.enterContext(mock.patch.object(_thread, name, getattr(_thread, name)))
        for each in _stdlib.threads.on_thread(self.start, self.begin):
            each.put_in()

    def start(self, thread: object) -> object:
        self.told.append(("start", thread, threading.get_ident()))
        return "given"

    def begin(self, thread: object, given: object) -> None:
        self.told.append((f"begin {given}", thread, threading.get_ident()))

    def test_a_thread_is_told_of_before_it_starts_and_in_itself(self) -> None:
        idents: list[int] = []
        thread = threading.Thread(target=lambda: idents.append(threading.get_ident()))
        thread.start()
        thread.join()
        self.assertEqual(self.told, [("start", thread, threading.get_ident()), ("begin given", thread, *idents)])

    def test_one_of_the_low_level_module(self) -> None:
        done = threading.Event()
        idents: list[int] = []

        def run(ident: Any, *, done: threading.Event) -> None:
            idents.append(ident())
            done.set()

        _thread.start_new_thread(run, (threading.get_ident,), {"done": done})
        done.wait(10)
        self.assertEqual(self.told, [("start", None, threading.get_ident()), ("begin given", None, *idents)])

    def test_one_of_that_module_begins_before_its_function_runs(self) -> None:
        calls = mock.Mock()
        _stdlib.threads._Begun(calls.run, "given", calls.begin)(1, number=2)
        self.assertEqual(calls.mock_calls, [mock.call.begin(None, "given"), mock.call.run(1, number=2)])

    def test_one_has_its_number_when_it_begins(self) -> None:
        seen: list[object] = []
        with mock.patch.object(threading.Thread, "start", lambda thread: thread._set_ident()):
            for each in _stdlib.threads.on_thread(
                id, lambda thread, given: seen.extend((thread and thread.ident, given))
            ):
                self.addCleanup(each.take_out)
                each.put_in()
            thread = threading.Thread()
            thread.start()
        self.assertEqual(seen, [threading.get_ident(), id(thread)])

    def test_one_that_was_started_otherwise_is_not_told_of(self) -> None:
        threading.Thread()._set_ident()  # type: ignore[attr-defined] # as that of `current_thread` in a foreign thread
        self.assertEqual(self.told, [])

    def test_what_can_not_be_called_is_refused_as_usual(self) -> None:
        with self.assertRaisesRegex(TypeError, "must be callable"):
            _thread.start_new_thread(1, ())  # type: ignore[arg-type,call-overload,unused-ignore] # it is the point

    def test_it_is_named_as_without_it(self) -> None:
        def run() -> None:
            """Do nothing."""

        self.assertEqual(repr(_stdlib.threads._Begun(run, None, print)), repr(run))


class HookTests(TestCase):
    def setUp(self) -> None:
        self.printed: list[Any] = []
        self.taken: list[Any] = []
        self.own = self.printed.append
        self.module = SimpleNamespace(hook=self.own)
        self.hook = _stdlib.threads.Hook(self.module, "hook", self.own)
        self.hook.take = self.take
        other = _stdlib.threads.Hook(SimpleNamespace(hook=print), "hook", print)
        self.hooks = _stdlib.threads.Hooks(self.hook, other)
        self.arguments = SimpleNamespace(exc_value=None)

    def take(self, arguments: Any) -> bool:
        self.taken.append(arguments)
        return True

    def test_it_has_the_name_of_the_function_that_it_stands_for(self) -> None:
        self.assertEqual(self.hook.__name__, "hook")

    def test_it_stands_there_while_a_test_runs(self) -> None:
        for test in (1, 2, 2):
            self.hooks.begin(test)
        self.hooks.end(1)
        self.hooks.end(1)
        self.assertIs(self.module.hook, self.hook)
        self.hooks.end(2)
        self.assertIs(self.module.hook, self.own)

    def test_what_is_taken_is_not_printed(self) -> None:
        self.hooks.begin(1)
        self.module.hook(self.arguments)
        self.assertEqual((self.taken, self.printed), ([self.arguments], []))

    def test_what_is_not_taken_is_printed(self) -> None:
        self.hook.take = lambda _arguments: False
        self.hooks.begin(1)
        self.module.hook(self.arguments)
        self.assertEqual(self.printed, [self.arguments])

    def test_a_hook_of_the_users_is_called_as_well(self) -> None:
        seen: list[Any] = []
        self.module.hook = seen.append
        self.hooks.begin(1)
        self.module.hook(self.arguments)
        self.assertEqual((self.taken, seen), ([self.arguments], [self.arguments]))

    def test_one_that_a_test_sets_stays_and_wins(self) -> None:
        seen: list[Any] = []
        self.hooks.begin(1)
        self.module.hook = seen.append
        self.module.hook(self.arguments)
        self.hooks.end(1)
        self.module.hook(self.arguments)
        self.assertEqual((self.taken, seen), ([], [self.arguments, self.arguments]))

    def test_one_that_is_put_back_late_takes_nothing(self) -> None:
        self.hooks.begin(1)
        self.module.hook = print
        self.hooks.end(1)
        late: Any = self.hook
        self.module.hook = late
        late(self.arguments)
        self.hooks.begin(1)
        self.hooks.end(1)
        self.assertEqual((self.taken, self.printed, self.module.hook), ([], [self.arguments], self.own))

    def test_the_frames_of_an_error_hold_nothing(self) -> None:
        def fail() -> None:
            held = object()
            raise ValueError(held)

        trace = None
        try:
            fail()
        except ValueError as error:
            self.arguments.exc_value = error
            trace = error.__traceback__
        self.hooks.begin(1)
        self.module.hook(self.arguments)
        assert trace is not None
        assert trace.tb_next is not None
        self.assertEqual(trace.tb_next.tb_frame.f_locals, {})

    def test_those_are_pythons(self) -> None:
        self.assertIs(_stdlib.threads.hooks.of_threads.own, threading.__excepthook__)
        self.assertIs(_stdlib.threads.hooks.of_destructors.own, sys.__unraisablehook__)


class LoopErrorTests(TestCase):
    def setUp(self) -> None:
        self.told: list[str] = []

        class Loop(asyncio.SelectorEventLoop):
            """One that is told of errors, and prints none."""

            def default_exception_handler(self, context: dict[str, Any]) -> None:
                """Print nothing."""

        _stdlib.threads._noting_errors(Loop, lambda _loop, context: self.told.append(str(context["message"]))).put_in()
        self.kind = Loop

    def handle(self, loop: asyncio.AbstractEventLoop) -> None:
        self.addCleanup(loop.close)
        loop.call_exception_handler({"message": "lost"})

    def test_one_without_a_handler(self) -> None:
        self.handle(self.kind())
        self.assertEqual(self.told, ["lost"])

    def test_one_with_a_handler_of_the_users(self) -> None:
        seen: list[str] = []
        loop = self.kind()
        loop.set_exception_handler(lambda _loop, context: seen.append(context["message"]))
        self.handle(loop)
        self.assertEqual((self.told, seen), ([], ["lost"]))

    def test_one_whose_class_handles_errors(self) -> None:
        class Loop(self.kind):  # type: ignore[misc,name-defined] # it is a class
            def default_exception_handler(self, context: dict[str, Any]) -> None:
                """Handle it."""

        self.handle(Loop())
        self.assertEqual(self.told, [])

    def test_uvloops_is_told_too_and_each_class_once(self) -> None:
        class Loop(self.kind):  # type: ignore[misc,name-defined] # it is a class
            """As that of uvloop."""

        told = self.told
        hook = _stdlib.threads.Hook(SimpleNamespace(hook=print), "hook", print)
        hooks = _stdlib.threads.Hooks(hook, hook)
        noting = [lambda _, context: told.append(f"uvloop {context['message']}")]
        with (
            mock.patch.dict(sys.modules, uvloop=SimpleNamespace(Loop=Loop)),
            mock.patch.object(_stdlib.threads, "_noting", noting),
            mock.patch.object(_stdlib.threads, "of_uvloop", []),
        ):
            hooks.begin(self)
            handler = Loop.call_exception_handler
            hooks.begin(self)
        self.assertIs(Loop.call_exception_handler, handler)
        self.handle(Loop())
        self.assertEqual(self.told, ["uvloop lost", "lost"])


class RunningThreadTests(TestCase):
    def test_what_a_thread_runs(self) -> None:
        self.assertIs(_stdlib.threads.target_of(threading.Thread(target=print)), print)
        self.assertIsNone(_stdlib.threads.target_of(threading.Thread()))
        self.assertIsNone(_stdlib.threads.target_of(object()))

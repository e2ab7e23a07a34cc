"""Whatever name of the standard library a test patches, it sees on AsyncTestCase what it sees on unittest's own class.

Each name is replaced by a mock, by a constant and by what raises StopIteration when it is called again; in the test, in
setUp and for the class; in a synchronous and in an asynchronous test. Outcomes are equal, and aiounit calls no mock.
"""

import _thread
import asyncio
import collections
import contextlib
import gc
import importlib
import itertools
import logging
import sys
import types
import unittest
import warnings
from collections.abc import Callable, Generator, Iterator
from typing import Any, NamedTuple
from unittest import mock

from aiounit import AsyncTestCase
from tests.support import Events

NAMES = """
    time.time time.time_ns time.sleep time.monotonic time.monotonic_ns time.perf_counter time.perf_counter_ns
    time.process_time time.localtime time.strftime threading.Thread threading.Thread.start threading.Thread.join
    threading.Thread.is_alive threading.Timer threading.Event threading.Event.wait threading.Event.set
    threading.Lock threading.RLock threading.Condition threading.Condition.wait os.getpid os.kill os.open os.close
    os.read os.write os.stat os.fstat os.unlink os.remove os.rename os.replace signal.signal signal.getsignal
    signal.alarm signal.setitimer signal.getitimer signal.raise_signal signal.pthread_kill
    signal.default_int_handler gc.collect gc.get_objects gc.get_referrers gc.get_referents gc.disable gc.enable
    gc.freeze gc.callbacks traceback.format_exc traceback.print_exc traceback.format_exception
    traceback.print_exception traceback.extract_stack traceback.walk_tb traceback.walk_stack warnings.warn
    warnings.warn_explicit warnings.simplefilter warnings.catch_warnings asyncio.sleep asyncio.wait_for asyncio.wait
    asyncio.gather asyncio.create_task asyncio.ensure_future asyncio.shield asyncio.get_event_loop
    asyncio.get_running_loop asyncio.new_event_loop asyncio.set_event_loop asyncio.all_tasks asyncio.current_task
    asyncio.timeout asyncio.timeout_at asyncio.Event asyncio.Event.wait asyncio.Event.set asyncio.Lock asyncio.Queue
    asyncio.Queue.get asyncio.Queue.put asyncio.Semaphore asyncio.Condition builtins.open builtins.print
    builtins.input builtins.round random.random random.randint random.choice random.uniform random.shuffle
    uuid.uuid4 uuid.uuid1 socket.socket socket.create_connection socket.getaddrinfo socket.gethostname
    socket.gethostbyname subprocess.run subprocess.Popen subprocess.check_output subprocess.check_call
    subprocess.call logging.getLogger logging.info logging.warning logging.error logging.exception
    logging.basicConfig logging.Logger.info logging.Logger.warning logging.Logger.error logging.Logger.debug
    shutil.rmtree shutil.copy shutil.move shutil.which shutil.copyfile tempfile.mkdtemp tempfile.mkstemp
    tempfile.NamedTemporaryFile tempfile.TemporaryDirectory pathlib.Path pathlib.Path.exists pathlib.Path.read_text
    pathlib.Path.write_text pathlib.Path.mkdir pathlib.Path.open pathlib.Path.read_bytes pathlib.Path.unlink
    pathlib.Path.is_file pathlib.Path.home pathlib.Path.cwd pathlib.Path.iterdir sys.exit sys.stdout sys.stderr
    sys.stdin sys.argv sys.platform sys.version_info sys.modules sys.getrecursionlimit sys.excepthook sys.settrace
    sys.gettrace select.select selectors.DefaultSelector inspect.signature inspect.getsource inspect.stack
    inspect.currentframe inspect.isawaitable inspect.iscoroutine inspect.isclass inspect.getmembers inspect.unwrap
    inspect.getattr_static inspect.isfunction linecache.getline linecache.getlines linecache.checkcache
    linecache.lazycache contextlib.suppress contextlib.nullcontext contextlib.AsyncExitStack
    contextlib.redirect_stdout contextlib.closing functools.partial functools.wraps functools.lru_cache
    functools.reduce weakref.finalize weakref.WeakKeyDictionary weakref.WeakSet weakref.proxy
    concurrent.futures.ThreadPoolExecutor concurrent.futures.ProcessPoolExecutor concurrent.futures.wait
    concurrent.futures.as_completed concurrent.futures.Future queue.Queue queue.Queue.get queue.SimpleQueue
    queue.Empty http.client.HTTPConnection http.client.HTTPSConnection http.server.HTTPServer urllib.request.urlopen
    urllib.parse.urlparse ssl.create_default_context ssl.SSLContext smtplib.SMTP importlib.import_module
    importlib.reload importlib.metadata.version atexit.register atexit.unregister contextvars.ContextVar
    contextvars.copy_context json.dumps json.loads multiprocessing.Process multiprocessing.cpu_count
""".split()  # noqa: SIM905 (in a list it would be as many lines)

Place = tuple[str, str]
Replacement = Callable[[str, "Calls"], Any]

# Who calls a name while a test runs, on whichever class: these modules belong to neither the test nor aiounit.
Calls = collections.Counter[str]

_getframe = sys._getframe
get_running_loop = asyncio.get_running_loop


def caller() -> str:
    """Return the module that has called a mock."""
    frame: types.FrameType | None = _getframe(1)
    while frame is not None and frame.f_globals.get("__name__") in {__name__, "unittest.mock"}:
        frame = frame.f_back
    return "" if frame is None else str(frame.f_globals.get("__name__"))


@contextlib.contextmanager
def replaced(name: str, kind: str, calls: Calls) -> Iterator[Any]:
    """Replace a name, and count who calls it."""

    def note(*_arguments: object, **_keywords: object) -> Any:
        calls[caller()] += 1
        if kind == "one item" and sum(calls.values()) > 1:
            raise StopIteration
        return mock.DEFAULT if kind == "mock" else 1

    with mock.patch(name) as replacement:
        if not isinstance(replacement, mock.NonCallableMock) or isinstance(replacement, mock.MagicMock):
            replacement.side_effect = note
        yield replacement


@types.coroutine
def iterate() -> Generator[None, None, None]:
    """Let the loop run one iteration, whatever is patched."""
    yield


@types.coroutine
def endless() -> Generator[Any, None, None]:
    """Wait for ever, whatever is patched."""
    yield from get_running_loop().create_future()


class Seen(NamedTuple):
    """What becomes of a test, and who has called the name that it has patched."""

    outcome: list[str]
    calls: Calls

    @property
    def has_ended(self) -> bool:
        """Whether the run has come to its end early, or to none."""
        return self.outcome[0].startswith("the run")

    @property
    def errors(self) -> int:
        """How many errors there are; all there can be, if the run did not come to its end."""
        return sys.maxsize if self.has_ended else sum(each != "addSuccess" for each in self.outcome)


def make(
    base: type[unittest.TestCase], name: str, kind: str, place: str, calls: Calls, patches: contextlib.ExitStack
) -> type[unittest.TestCase]:
    """Return a class with a synchronous and an asynchronous test that patch a name.

    What is patched is undone by ``patches`` as well: a test or its clean-up may come to no end on stdlib's class.
    """

    @contextlib.contextmanager
    def patch() -> Iterator[None]:
        if place == "test":
            patches.enter_context(replaced(name, kind, calls))
        try:
            yield
        finally:
            if place == "test":
                patches.close()

    class Case(base):  # type: ignore[valid-type, misc] # the one or the other
        async def test_asynchronous(self) -> None:
            with patch():
                await iterate()
                await iterate()

        def test_synchronous(self) -> None:
            with patch():
                pass

    if place == "setUp":

        def set_up(self: unittest.TestCase) -> None:
            self.addCleanup(patches.close)
            patches.enter_context(replaced(name, kind, calls))

        Case.setUp = set_up
    if place == "class":

        def set_up_class(cls: type[unittest.TestCase]) -> None:
            cls.addClassCleanup(patches.close)
            patches.enter_context(replaced(name, kind, calls))

        vars_of_case: Any = Case
        vars_of_case.setUpClass = classmethod(set_up_class)
    return Case


def see(base: type[unittest.TestCase], name: str, kind: str, place: str) -> Seen:
    """Run the tests of such a class."""
    calls: Calls = collections.Counter()
    result = Events()
    with contextlib.ExitStack() as patches:
        kind_of_test = make(base, name, kind, place, calls, patches)
        suite = unittest.TestSuite(map(kind_of_test, ("test_asynchronous", "test_synchronous")))
        try:
            suite.run(result)
        except Exception as error:  # of stdlib's class only: it ends the run
            return Seen([f"the run ends: {type(error).__name__}"], calls)
    return Seen([event.partition("(")[0] for event in result.log if event.startswith("add")], calls)


def is_there(name: str) -> bool:
    """Tell whether this version of Python has a name, by importing its module."""
    parts = name.split(".")
    for index in range(len(parts) - 1, 0, -1):
        with contextlib.suppress(ImportError):
            thing: Any = importlib.import_module(".".join(parts[:index]))
            break
    else:
        return False
    for part in parts[index:]:
        if not hasattr(thing, part):
            return False
        thing = getattr(thing, part)
    return True


def kind_of(event: str) -> str:
    return event.partition("(")[0].partition(":")[0]


def make_hanging(name: str) -> type[AsyncTestCase]:
    """Return a class that patches a name for all of its tests, two of which hang."""
    calls: Calls = collections.Counter()
    lock = _thread.allocate_lock()
    lock.acquire()

    class Hangs(AsyncTestCase):
        timeout = 0.05

        @classmethod
        def setUpClass(cls) -> None:
            cls.enterClassContext(replaced(name, "mock", calls))

        async def test_1_waits(self) -> None:
            await endless()

        def test_2_blocks(self) -> None:
            lock.acquire()

        def test_3_passes(self) -> None:
            """Only runs."""

    return Hangs


# What aiounit itself needs to end a test that hangs and to report it.
NEEDED = """
    time.monotonic time.sleep threading.Thread threading.get_ident threading.current_thread threading.enumerate os.open
    os.close os.stat signal.signal signal.setitimer signal.getsignal gc.collect traceback.format_exception
    traceback.walk_tb linecache.getline linecache.getlines asyncio.sleep asyncio.wait_for asyncio.current_task
    asyncio.all_tasks inspect.signature itertools.islice builtins.open warnings.warn
""".split()  # noqa: SIM905 (as above)

# With these, a test on unittest's class, or its run, comes to no end.
HANGING = {"time.monotonic", "threading.get_ident", "traceback.walk_stack"}

KINDS = ("mock", "constant", "one item")
PLACES = ("test", "setUp", "class")


class SweepTests(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        # stdlib's loop is in debug mode, and leaves coroutines behind where what should await them is a mock.
        self.enterContext(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        logging.disable()
        self.addCleanup(logging.disable, logging.NOTSET)
        self.names = [name for name in NAMES if is_there(name)]

    def test_there_are_many_names(self) -> None:
        self.assertGreater(len(self.names), 150)
        self.assertEqual(len(NAMES), len(set(NAMES)))

    def test_outcomes_are_those_of_the_standard_library_or_better_and_aiounit_calls_nothing(self) -> None:
        worse: dict[str, object] = {}
        for name, kind, place in itertools.product(self.names, KINDS, PLACES):
            ours = see(AsyncTestCase, name, kind, place)
            if not ours.errors and not ours.calls:
                continue  # which can't be worse
            if name in HANGING:
                usual = Seen(["the run hangs"], collections.Counter())
            else:
                usual = see(unittest.IsolatedAsyncioTestCase, name, kind, place)
            more = {each: count for each, count in ours.calls.items() if count > usual.calls[each]}
            called = {each for each in more if each.partition(".")[0] == "aiounit" or not usual.has_ended}
            if ours.errors > usual.errors or called:
                worse[f"{name}: {kind} in {place}"] = (usual.outcome, ours.outcome, more)
        gc.collect()
        self.assertEqual(worse, {})

    def test_a_test_that_hangs_fails_at_its_limit_and_the_next_one_runs(self) -> None:
        wrong: dict[str, list[str]] = {}
        for name in NEEDED:
            result = Events()
            kind = make_hanging(name)
            unittest.TestSuite(map(kind, ("test_1_waits", "test_2_blocks", "test_3_passes"))).run(result)
            outcomes = [kind_of(event) for event in result.log if event.startswith("add")]
            if outcomes != ["addFailure TimeoutFailure", "addFailure TimeoutFailure", "addSuccess"]:
                wrong[name] = outcomes
        gc.collect()
        self.assertEqual(wrong, {})

"""Settings come from the environment, then from the nearest pyproject.toml; whatever cannot be used is an error."""

import asyncio
import contextlib
import os
import pickle
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from aiounit import settings
from aiounit.exceptions import SettingsError
from aiounit.levels import Level, Setting
from aiounit.settings import Settings, read

KEYS = "checks, debug, full_traceback, loop_factory, setup_timeout, teardown_timeout, timeout, timeout_scale, trace"
VARIABLES = ", ".join(f"AIOUNIT_{key.upper()}" for key in KEYS.split(", "))


class SettingsTestCase(unittest.TestCase):
    """Gives each test a directory with an empty pyproject.toml, so that none above it is found."""

    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory())).resolve()
        self.path = self.directory / "pyproject.toml"
        self.write("")

    def write(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")

    def read(self, **environ: str) -> Settings:
        return read(environ, str(self.directory))

    def failure(self, **environ: str) -> SettingsError:
        with self.assertRaises(SettingsError) as caught:
            self.read(**environ)
        return caught.exception


class DefaultsTests(SettingsTestCase):
    def test_nothing_said(self) -> None:
        self.assertEqual(self.read(), Settings(debug=None, loop_factory=None, full_traceback=False))

    def test_no_file_anywhere(self) -> None:
        self.assertEqual(read({}, str(Path(self.directory.anchor, "no-such-directory-of-aiounit"))), Settings())

    def test_no_tool_table(self) -> None:
        self.write('[project]\nname = "aiounit"\n')
        self.assertEqual(self.read(), Settings())

    def test_no_table_of_ours(self) -> None:
        self.write('[tool.other]\nname = "aiounit"\n')
        self.assertEqual(self.read(), Settings())

    def test_a_file_that_does_not_name_us_is_not_parsed(self) -> None:
        self.write("this is not TOML")
        self.assertEqual(self.read(), Settings())

    def test_settings_cannot_be_changed(self) -> None:
        with self.assertRaises(AttributeError):
            self.read().debug = True  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue] # the claim

    def test_settings_have_no_dict(self) -> None:
        self.assertFalse(hasattr(self.read(), "__dict__"))


class ChecksTests(SettingsTestCase):
    def test_both_count_and_each_knows_where_it_stands(self) -> None:
        self.write('[tool.aiounit.checks]\ntasks = "warn"\n')
        self.assertEqual(
            self.read(AIOUNIT_CHECKS="errors=off"),
            Settings(
                checks=(
                    Setting({"tasks": Level.WARN}, f"{self.path}: [tool.aiounit] checks is {{'tasks': 'warn'}}"),
                    Setting({"errors": Level.OFF}, "environment variable AIOUNIT_CHECKS is 'errors=off'"),
                )
            ),
        )


class EnvironmentTests(SettingsTestCase):
    def test_words_for_true(self) -> None:
        for word in ("1", "true", "yes", "on", "True", "YES"):
            with self.subTest(word=word):
                self.assertEqual(self.read(AIOUNIT_DEBUG=word), Settings(debug=True))

    def test_words_for_false(self) -> None:
        for word in ("0", "false", "no", "off", "False", "OFF"):
            with self.subTest(word=word):
                self.assertEqual(self.read(AIOUNIT_DEBUG=word), Settings(debug=False))

    def test_full_traceback(self) -> None:
        self.assertEqual(self.read(AIOUNIT_FULL_TRACEBACK="1"), Settings(full_traceback=True))

    def test_loop_factory(self) -> None:
        self.assertIs(self.read(AIOUNIT_LOOP_FACTORY="asyncio:new_event_loop").loop_factory, asyncio.new_event_loop)

    def test_an_empty_variable_is_not_set(self) -> None:
        self.write("[tool.aiounit]\ndebug = true\n")
        self.assertEqual(self.read(AIOUNIT_DEBUG="", AIOUNIT_LOOP_FACTORY=""), Settings(debug=True))

    def test_variables_of_others_are_left_alone(self) -> None:
        self.assertEqual(self.read(PYTHONASYNCIODEBUG="maybe", MY_AIOUNIT_DEBUG="maybe"), Settings())

    def test_the_environment_beats_the_file(self) -> None:
        self.write("[tool.aiounit]\ndebug = true\nfull_traceback = true\n")
        self.assertEqual(self.read(AIOUNIT_DEBUG="0"), Settings(debug=False, full_traceback=True))

    def test_a_value_that_is_beaten_is_not_looked_at(self) -> None:
        self.write('[tool.aiounit]\nloop_factory = "no_such_module:new"\n')
        found = self.read(AIOUNIT_LOOP_FACTORY="asyncio:new_event_loop")
        self.assertIs(found.loop_factory, asyncio.new_event_loop)


class FileTests(SettingsTestCase):
    def test_booleans(self) -> None:
        self.write("[tool.aiounit]\ndebug = false\nfull_traceback = true\n")
        self.assertEqual(self.read(), Settings(debug=False, full_traceback=True))

    def test_loop_factory_with_dots_in_module_and_attribute(self) -> None:
        self.write('[tool.aiounit]\nloop_factory = "asyncio.runners:Runner.get_loop"\n')
        self.assertIs(self.read().loop_factory, asyncio.Runner.get_loop)

    def test_the_file_of_a_parent_directory(self) -> None:
        self.write("[tool.aiounit]\ndebug = true\n")
        self.assertEqual(read({}, str(self.directory / "tests" / "unit")), Settings(debug=True))

    def test_the_nearest_file_ends_the_search(self) -> None:
        self.write("[tool.aiounit]\ndebug = true\n")
        nearest = self.directory / "package"
        nearest.mkdir()
        (nearest / "pyproject.toml").touch()
        self.assertEqual(read({}, str(nearest)), Settings())


class UnknownNameTests(SettingsTestCase):
    def test_key(self) -> None:
        self.write("[tool.aiounit]\ncolour = 3\n")
        self.assertEqual(
            str(self.failure()),
            f"{self.path}: [tool.aiounit] colour is 3, but there is no such setting. The settings are {KEYS}",
        )

    def test_key_close_to_a_known_one(self) -> None:
        self.write('[tool.aiounit]\nloop-factory = "uvloop:new_event_loop"\n')
        self.assertEqual(
            str(self.failure()),
            f"{self.path}: [tool.aiounit] loop-factory is 'uvloop:new_event_loop', but there is no such setting. "
            f"Did you mean loop_factory? The settings are {KEYS}",
        )

    def test_variable(self) -> None:
        self.assertEqual(
            str(self.failure(AIOUNIT_COLOUR="3")),
            f"environment variable AIOUNIT_COLOUR is '3', but there is no such setting. The settings are {VARIABLES}",
        )

    def test_variable_close_to_a_known_one(self) -> None:
        self.assertEqual(
            str(self.failure(AIOUNIT_DEBGU="1")),
            "environment variable AIOUNIT_DEBGU is '1', but there is no such setting. "
            "Did you mean AIOUNIT_DEBUG? "
            f"The settings are {VARIABLES}",
        )

    def test_variable_that_is_empty(self) -> None:
        self.assertEqual(
            str(self.failure(AIOUNIT_COLOUR="")),
            f"environment variable AIOUNIT_COLOUR is '', but there is no such setting. The settings are {VARIABLES}",
        )


class BooleanErrorTests(SettingsTestCase):
    def test_other_word_in_the_environment(self) -> None:
        self.assertEqual(
            str(self.failure(AIOUNIT_DEBUG="maybe")),
            "environment variable AIOUNIT_DEBUG is 'maybe', but it takes 1 or 0, true or false, yes or no, on or off",
        )

    def test_string_in_the_file(self) -> None:
        self.write('[tool.aiounit]\ndebug = "true"\n')
        self.assertEqual(
            str(self.failure()),
            f"{self.path}: [tool.aiounit] debug is 'true', but it takes true or false, without quotes",
        )

    def test_integer_in_the_file(self) -> None:
        self.write("[tool.aiounit]\nfull_traceback = 1\n")
        self.assertEqual(
            str(self.failure()),
            f"{self.path}: [tool.aiounit] full_traceback is 1, but it takes true or false, without quotes",
        )


class TimeTests(SettingsTestCase):
    """Numbers of seconds, and what they are multiplied by."""

    def test_nothing_said(self) -> None:
        found = self.read()
        self.assertEqual(
            (found.timeout, found.setup_timeout, found.teardown_timeout, found.timeout_scale), (60.0, 60.0, 60.0, 1.0)
        )

    def test_variables(self) -> None:
        self.assertEqual(
            self.read(AIOUNIT_TIMEOUT="5", AIOUNIT_SETUP_TIMEOUT="0.5", AIOUNIT_TEARDOWN_TIMEOUT="1e3"),
            Settings(timeout=5.0, setup_timeout=0.5, teardown_timeout=1000.0),
        )

    def test_a_variable_without_a_limit(self) -> None:
        self.assertEqual(
            self.read(AIOUNIT_TIMEOUT="none", AIOUNIT_SETUP_TIMEOUT="None"), Settings(timeout=None, setup_timeout=None)
        )

    def test_the_file(self) -> None:
        self.write('[tool.aiounit]\ntimeout = 5\nsetup_timeout = 0.5\nteardown_timeout = "none"\ntimeout_scale = 3\n')
        self.assertEqual(
            self.read(), Settings(timeout=5.0, setup_timeout=0.5, teardown_timeout=None, timeout_scale=3.0)
        )

    def test_the_scale_in_the_environment(self) -> None:
        self.assertEqual(self.read(AIOUNIT_TIMEOUT_SCALE="2.5"), Settings(timeout_scale=2.5))


class TimeErrorTests(SettingsTestCase):
    def test_what_is_no_time_in_the_environment(self) -> None:
        for text in ("0", "-1", "nan", "inf", "soon", "nobody", "60s"):
            with self.subTest(text=text):
                self.assertEqual(
                    str(self.failure(AIOUNIT_TIMEOUT=text)),
                    f"environment variable AIOUNIT_TIMEOUT is '{text}', but it takes a number of seconds above zero, "
                    "or 'none' for no limit",
                )

    def test_what_is_no_time_in_the_file(self) -> None:
        for written, value in {"0": 0, "-1.5": -1.5, "nan": float("nan"), "true": True, '"60"': "60", "[]": []}.items():
            with self.subTest(written=written):
                self.write(f"[tool.aiounit]\nteardown_timeout = {written}\n")
                self.assertEqual(
                    str(self.failure()),
                    f"{self.path}: [tool.aiounit] teardown_timeout is {value!r}, but it takes a number of seconds "
                    "above zero, or 'none' for no limit",
                )

    def test_what_is_no_scale_in_the_environment(self) -> None:
        for text in ("0", "-1", "nan", "inf", "none", "double"):
            with self.subTest(text=text):
                self.assertEqual(
                    str(self.failure(AIOUNIT_TIMEOUT_SCALE=text)),
                    f"environment variable AIOUNIT_TIMEOUT_SCALE is '{text}', but it takes a number above zero",
                )

    def test_what_is_no_scale_in_the_file(self) -> None:
        for written, value in {"0": 0, "inf": float("inf"), "false": False, '"none"': "none"}.items():
            with self.subTest(written=written):
                self.write(f"[tool.aiounit]\ntimeout_scale = {written}\n")
                self.assertEqual(
                    str(self.failure()),
                    f"{self.path}: [tool.aiounit] timeout_scale is {value!r}, but it takes a number above zero",
                )

    def test_a_time_too_large_for_a_float(self) -> None:
        self.write(f"[tool.aiounit]\ntimeout = 1{'0' * 400}\n")
        self.assertEqual(
            str(self.failure()),
            f"{self.path}: [tool.aiounit] timeout is 1{'0' * 400}, but it takes a number of seconds above zero, or "
            "'none' for no limit",
        )


class LoopFactoryErrorTests(SettingsTestCase):
    def test_not_a_string(self) -> None:
        self.write("[tool.aiounit]\nloop_factory = 3\n")
        self.assertEqual(
            str(self.failure()),
            f"{self.path}: [tool.aiounit] loop_factory is 3, but it takes a string 'package.module:attribute', "
            "for example 'uvloop:new_event_loop'",
        )

    def test_no_colon_or_nothing_beside_it(self) -> None:
        for text in ("asyncio.new_event_loop", "asyncio:", ":new_event_loop"):
            with self.subTest(text=text):
                self.assertEqual(
                    str(self.failure(AIOUNIT_LOOP_FACTORY=text)),
                    f"environment variable AIOUNIT_LOOP_FACTORY is '{text}', but it takes a string "
                    "'package.module:attribute', for example 'uvloop:new_event_loop'",
                )

    def test_no_such_module(self) -> None:
        self.assertEqual(
            str(self.failure(AIOUNIT_LOOP_FACTORY="no_such_module:new")),
            "environment variable AIOUNIT_LOOP_FACTORY is 'no_such_module:new', but importing 'no_such_module' failed: "
            "ModuleNotFoundError: No module named 'no_such_module'; install it or correct the name",
        )

    def test_the_error_of_an_import_is_the_cause(self) -> None:
        error = self.failure(AIOUNIT_LOOP_FACTORY="no_such_module:new")
        self.assertIsInstance(error.__cause__, ModuleNotFoundError)

    def test_a_module_that_raises(self) -> None:
        (self.directory / "unlucky_module_of_aiounit.py").write_text("raise ZeroDivisionError('no luck')")
        self.enterContext(mock.patch.object(sys, "path", [str(self.directory)]))
        self.assertEqual(
            str(self.failure(AIOUNIT_LOOP_FACTORY="unlucky_module_of_aiounit:new")),
            "environment variable AIOUNIT_LOOP_FACTORY is 'unlucky_module_of_aiounit:new', but importing "
            "'unlucky_module_of_aiounit' failed: ZeroDivisionError: no luck; install it or correct the name",
        )

    def test_no_such_attribute(self) -> None:
        self.assertEqual(
            str(self.failure(AIOUNIT_LOOP_FACTORY="asyncio:new_loop")),
            "environment variable AIOUNIT_LOOP_FACTORY is 'asyncio:new_loop', but module 'asyncio' has no attribute "
            "'new_loop'; correct the part after the colon",
        )

    def test_the_error_of_an_attribute_is_the_cause(self) -> None:
        error = self.failure(AIOUNIT_LOOP_FACTORY="asyncio:new_loop")
        self.assertIsInstance(error.__cause__, AttributeError)

    def test_not_callable(self) -> None:
        self.assertEqual(
            str(self.failure(AIOUNIT_LOOP_FACTORY="asyncio:__name__")),
            "environment variable AIOUNIT_LOOP_FACTORY is 'asyncio:__name__', but that is 'asyncio', which cannot be "
            "called; name a class or function that makes event loops",
        )


class FileErrorTests(SettingsTestCase):
    def test_not_a_table(self) -> None:
        self.write("[tool]\naiounit = true\n")
        self.assertEqual(
            str(self.failure()),
            f"{self.path}: tool.aiounit is True, but it has to be a table; open it with [tool.aiounit]",
        )

    def test_not_toml(self) -> None:
        self.write("[tool.aiounit]\ndebug = maybe\n")
        self.assertEqual(
            str(self.failure()),
            f"{self.path} is not valid TOML: Invalid value (at line 2, column 9); correct it there",
        )

    def test_not_utf8(self) -> None:
        self.path.write_bytes(b"[tool.aiounit] # \xff")
        self.assertEqual(
            str(self.failure()),
            f"{self.path} is not UTF-8: 'utf-8' codec can't decode byte 0xff in position 17: invalid start byte; "
            "save it as UTF-8",
        )

    def test_not_readable(self) -> None:
        # A directory cannot be read as a file on any system, not even by root.
        self.path.unlink()
        self.path.mkdir()
        error = self.failure()
        assert isinstance(error.__cause__, OSError)
        self.assertEqual(
            str(error),
            f"{self.path} cannot be read: {error.__cause__.strerror}; make it readable, as [tool.aiounit] may be in it",
        )

    def test_an_error_survives_pickling(self) -> None:
        error = self.failure(AIOUNIT_DEBUG="maybe")
        copy = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(copy), str(copy)), (SettingsError, str(error)))


class CurrentTests(SettingsTestCase):
    def setUp(self) -> None:
        super().setUp()
        settings.current.cache_clear()
        self.addCleanup(settings.current.cache_clear)
        self.enterContext(contextlib.chdir(self.directory))
        self.enterContext(mock.patch.dict(os.environ, {"AIOUNIT_DEBUG": "1"}, clear=True))

    def test_environment_and_working_directory(self) -> None:
        self.write("[tool.aiounit]\nfull_traceback = true\n")
        self.assertEqual(settings.current(), Settings(debug=True, full_traceback=True))

    def test_read_once(self) -> None:
        first = settings.current()
        os.environ["AIOUNIT_DEBUG"] = "0"
        self.assertIs(settings.current(), first)


class ImportTests(unittest.TestCase):
    def test_tomllib_is_not_imported(self) -> None:
        # It is taken out first because coverage and others may have imported it when the interpreter started.
        code = "import sys; sys.modules.pop('tomllib', None); import aiounit.settings; print('tomllib' in sys.modules)"
        output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
        self.assertEqual(output, "False\n")

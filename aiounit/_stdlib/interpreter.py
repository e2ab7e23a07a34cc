"""The functions of the interpreter that only `ctypes` reaches: for code that nothing else can end.

By the rule of `_stdlib`, each has a test, in tests/_stdlib/test_interpreter.py, and stands nowhere else.
"""

from aiounit._real import threading

__all__ = ["keep_for_ever", "raise_in_thread", "take_back"]


def raise_in_thread(ident: int, error: type[BaseException]) -> None:
    """Raise an exception in a thread when it next runs Python code."""
    import ctypes  # noqa: PLC0415

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(error))


class _Nothing(BaseException):
    """Takes the place of what is taken back."""


def take_back() -> None:
    """Take back what was going to be raised in this thread and has not arrived."""
    # To put nothing in its place is not enough: 3.11 goes on looking for it, and while it traces, does nothing else.
    try:
        raise_in_thread(threading.get_ident(), _Nothing)
        while True:  # pragma: no cover (it arrives before, as far as is known)
            pass
    except _Nothing:
        pass


def keep_for_ever(thing: object) -> None:
    """Keep an object alive even when the interpreter ends: to close a coroutine that refuses to end may never end."""
    import ctypes  # noqa: PLC0415

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))

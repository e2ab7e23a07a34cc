"""Call functions of the interpreter that only `ctypes` reaches, for code that cannot be ended otherwise."""

from aiounit._real import threading

__all__ = ["keep_for_ever", "raise_in_thread", "take_back"]


def raise_in_thread(ident: int, error: type[BaseException]) -> None:
    """Raise an exception in a thread as soon as it runs Python code.

    Args:
        ident: The identifier of the thread.
        error: The class of the exception.
    """
    import ctypes  # noqa: PLC0415

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(error))


class _Nothing(BaseException):
    """Replaces the exception that is taken back."""


def take_back() -> None:
    """Take back the exception that `raise_in_thread` was to raise in this thread, if it has not arrived."""
    # To clear it is not enough: 3.11 goes on looking for it, and while it traces, it does nothing else.
    try:
        raise_in_thread(threading.get_ident(), _Nothing)
        while True:  # pragma: no cover (as far as we know, it arrives before)
            pass
    except _Nothing:
        pass


def keep_for_ever(thing: object) -> None:
    """Keep an object alive even when the interpreter ends.

    The coroutine of an abandoned task may refuse to end, and then closing it would hang the process.
    """
    import ctypes  # noqa: PLC0415

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))

"""A timeout whose cause had come before: a background task had died, and the test waited for its work."""

from collections.abc import Sequence

from aiounit.checks.builtin import uncaught
from aiounit.introspect import sites
from aiounit.introspect.places import inner_place

__all__ = ["explain"]


def explain(failure: BaseException, before: Sequence[uncaught.Read]) -> None:
    """Have a failure name the errors that had come before, below its first line, and be caused by them.

    Args:
        failure: The failure, changed in place.
        before: The errors that had come, the first one first.
    """
    if not before:
        return
    headline, _, report = str(failure).partition("\n\n")
    told = "\n".join(map(_tell, before))
    failure.args = ("\n\n".join(filter(None, [headline, told, report])),)
    if failure.__cause__ is None and failure.__context__ is None:  # which a cause would hide
        errors = [each.error for each in before]
        failure.__cause__ = errors[0] if len(errors) == 1 else BaseExceptionGroup("came before the timeout", errors)


def _tell(read: uncaught.Read) -> str:
    finding = read.describe()
    place = inner_place(sites.raised(read.error)) or finding.where or finding.place
    where = "" if place is None else f", at {place}"
    return f"Before that, {finding.what.removesuffix(uncaught.NOT_RETRIEVED)}{where}"

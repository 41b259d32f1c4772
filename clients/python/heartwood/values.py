"""Values of Python as requests have them; exact, or refused."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from typing import Any, Union

#: A moment: a transaction number, a day, an instant with a zone, or the text of one.
Moment = Union[int, str, dt.date, dt.datetime]


def text(value: Any) -> str:
    """A value as the text of a URL parameter."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no zone: say which, for instance with tzinfo=datetime.timezone.utc")
        return value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (str, int, float, decimal.Decimal, uuid.UUID)):
        return str(value)
    raise TypeError(f"{type(value).__name__} is nothing that a query takes")


def plain(value: Any) -> Any:
    """A value as JSON has it. A decimal goes as text, so that no digit is lost."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    return text(value)


def moment(as_of: Moment) -> str:
    """An ``asOf`` as the server reads it."""
    if isinstance(as_of, bool) or not isinstance(as_of, (int, str, dt.date, dt.datetime)):
        raise TypeError("as_of is a transaction number, a day, or an instant with a zone")
    return text(as_of)

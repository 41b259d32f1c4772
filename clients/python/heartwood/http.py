"""One request, with nothing but Python's own library: what it sends, and when it is worth asking again."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from typing import Any

from .errors import HeartwoodError, NotFound

#: Faults of the network, after which the same request may succeed.
PASSING = (ConnectionError, TimeoutError, http.client.HTTPException, urllib.error.URLError)


def send(url: str, *, accept: str, body: Any = None, timeout: float, retries: int, zstd: bool = False) -> Any:
    """The open response. Asks again where the network failed or the server was busy; raises ``HeartwoodError`` where it refused."""
    headers = {"Accept": accept, "Accept-Encoding": "zstd" if zstd else "identity"}
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
    for attempt in range(retries + 1):
        try:
            request = urllib.request.Request(url, data=data, headers=headers)
            return urllib.request.urlopen(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            refusal = _refusal(error)
            if error.code != 503 or attempt == retries:
                raise refusal from None
        except PASSING:
            if attempt == retries:
                raise
        time.sleep(pause(attempt))
    raise AssertionError("unreachable")


def pause(attempt: int) -> float:
    """Seconds to wait after a failed attempt, the first being 0."""
    return min(5.0, 0.1 * 2**attempt)


def _refusal(error: urllib.error.HTTPError) -> HeartwoodError:
    with error:
        try:
            problem = json.load(error)
        except (ValueError, OSError):
            problem = {"detail": f"{error.code} {error.reason}"}
    return (NotFound if problem.get("kind") == "not-found" else HeartwoodError)(error.code, problem)

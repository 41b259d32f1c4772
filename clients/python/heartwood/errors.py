"""What can go wrong, by kinds that a program can go by."""

from __future__ import annotations

from typing import Any, Mapping


class HeartwoodError(Exception):
    """The server's own words about a request that it refused.

    ``kind`` never changes its name (``unknown-attribute``, ``cannot-shard``, ``invalid-as-of`` ...); ``problem`` is the whole
    ``application/problem+json`` body.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.kind: str = str(problem.get("kind", "unknown"))
        self.detail: str = str(problem.get("detail", f"the server answered {status}"))
        self.problem: Mapping[str, Any] = problem
        super().__init__(f"{self.kind}: {self.detail}")


class NotFound(HeartwoodError):
    """Nothing is known of an entity at that moment. ``known_from`` says from when on it is, or is None."""

    @property
    def known_from(self) -> Mapping[str, Any] | None:
        return self.problem.get("knownFrom")


class BrokenStream(Exception):
    """A stream that ended before its end, every time that it was asked for."""

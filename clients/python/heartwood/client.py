"""The client: entities, queries, extracts."""

from __future__ import annotations

import json
import os
import urllib.parse
from typing import Any, Iterable, Mapping, Sequence

import pyarrow as pa

from .extract import Extract
from .http import send
from .plan import Plan
from .stream import read_whole
from .values import Moment, moment, plain, text

JSON = "application/json"

#: ``("country", "=", "France")``, ``("price", ">=", 3)``, ``("country", "in", ["France", "Italy"])``, ``("born", "null")``.
Filter = Sequence[Any]


class Client:
    """Asks one server.

    ``timeout`` is in seconds and of one wait for the network; ``retries`` says how often what failed on the way is asked again; with ``zstd``
    streams come compressed, which pays on a slow network only.
    """

    def __init__(self, url: str, *, timeout: float = 300.0, retries: int = 4, zstd: bool = False) -> None:
        self.url = url.rstrip("/")
        self._timeout = timeout
        self._retries = retries
        self._zstd = zstd

    def entity(
        self, id: str | int, as_of: Moment | None = None, *, attributes: Iterable[str] | None = None
    ) -> dict[str, Any]:
        """All that is known of ``customer:17850`` as of a moment: ``{"id", "entity", "t", "instant", "settled", "attributes"}``.

        Raises ``NotFound``, whose ``known_from`` says from when on it is known.
        """
        options: list[tuple[str, str]] = [("id", str(id))]
        if as_of is not None:
            options.append(("asOf", moment(as_of)))
        if attributes is not None:
            options.append(("attributes", ",".join(attributes)))
        return self._json(f"/entity?{urllib.parse.urlencode(options)}")

    def queries(self) -> list[dict[str, Any]]:
        """The saved queries, with their parameters."""
        return self._json("/queries")

    def query(
        self,
        query: str,
        args: Mapping[str, Any] | Sequence[Any] | None = None,
        *,
        as_of: Moment | None = None,
        sources: Mapping[str, Mapping[str, Any]] | None = None,
        limit: int | None = None,
        offset: int | None = None,
        timeout_ms: int | None = None,
    ) -> pa.Table:
        """Runs a Datalog query and gives its rows as a table; its schema's metadata holds the ``t`` that was used."""
        body = self._query(query, args, as_of, sources, limit, offset, timeout_ms)
        # what is asked of the present may be something else when it is asked again, so no answer is pieced together of two
        return read_whole(f"{self.url}/query", body, timeout=self._timeout, retries=self._retries, zstd=self._zstd)

    def result(
        self,
        query: str,
        args: Mapping[str, Any] | Sequence[Any] | None = None,
        *,
        as_of: Moment | None = None,
        sources: Mapping[str, Mapping[str, Any]] | None = None,
        limit: int | None = None,
        offset: int | None = None,
        timeout_ms: int | None = None,
    ) -> Any:
        """Runs a query and gives its result in the shape of its ``:find`` (rows, a list, one row, one value), as JSON has it."""
        body = self._query(query, args, as_of, sources, limit, offset, timeout_ms)
        return self._json("/query", body)["result"]

    def extract(
        self,
        name: str,
        args: Mapping[str, Any] | None = None,
        *,
        shards: int | None = None,
        as_of: Moment | None = None,
        columns: Sequence[str] | None = None,
        filters: Sequence[Filter] | None = None,
        count: bool = False,
        threads: int | None = None,
    ) -> Extract:
        """Plans an extract of a saved query (``name`` or ``name@version``) and gives what reads it.

        The moment is pinned here, so that all shards are of one. ``shards`` is by default one for each core. With ``count`` the plan tells the
        rows of each shard, which costs as much as the extract, and they are checked.
        """
        options: list[tuple[str, str]] = [("shards", str(shards or os.cpu_count() or 1))]
        if as_of is not None:
            options.append(("asOf", moment(as_of)))
        for key, value in (args or {}).items():
            each = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
            options.extend((key.lstrip("?"), text(one)) for one in each)
        if columns is not None:
            options.append(("columns", ",".join(columns)))
        if filters:
            options.append(("filters", json.dumps([plain(list(each)) for each in filters])))
        if count:
            options.append(("count", "true"))
        return self._planned(f"{self.url}/extract/{urllib.parse.quote(name, safe='@')}/plan?{urllib.parse.urlencode(options)}", threads)

    def entities(
        self,
        kind: str,
        attributes: Iterable[str] | None = None,
        *,
        as_of: Moment | Sequence[Moment] | None = None,
        shards: int | None = None,
        count: bool = False,
        threads: int | None = None,
    ) -> Extract:
        """Plans an extract of a whole kind without a query: one row for each entity that is known, with its attributes (all by default).

        With a list of moments there is a row for each moment, and the columns ``as_of`` and ``t``.
        """
        options: list[tuple[str, str]] = [("shards", str(shards or os.cpu_count() or 1))]
        if as_of is not None:
            moments = as_of if isinstance(as_of, (list, tuple)) else [as_of]
            options.extend(("asOf", moment(each)) for each in moments)
        if attributes is not None:
            options.append(("attributes", ",".join(attributes)))
        if count:
            options.append(("count", "true"))
        path = f"/extract/entities/{urllib.parse.quote(kind, safe='')}/plan"
        return self._planned(f"{self.url}{path}?{urllib.parse.urlencode(options)}", threads)

    def _planned(self, url: str, threads: int | None) -> Extract:
        with send(url, accept=JSON, timeout=self._timeout, retries=self._retries) as response:
            plan = Plan.read(url, json.load(response))
        some = threads or min(16, 2 * (os.cpu_count() or 1))
        return Extract(plan, threads=some, timeout=self._timeout, retries=self._retries, zstd=self._zstd)

    def _query(
        self,
        query: str,
        args: Mapping[str, Any] | Sequence[Any] | None,
        as_of: Moment | None,
        sources: Mapping[str, Mapping[str, Any]] | None,
        limit: int | None,
        offset: int | None,
        timeout_ms: int | None,
    ) -> dict[str, Any]:
        body: dict[str, Any] = {"query": query}
        if args is not None:
            body["args"] = plain(args)
        if as_of is not None:
            body["asOf"] = moment(as_of)
        if sources is not None:
            body["sources"] = plain(sources)
        for key, value in (("limit", limit), ("offset", offset), ("timeoutMs", timeout_ms)):
            if value is not None:
                body[key] = value
        return body

    def _json(self, path: str, body: Any = None) -> Any:
        with send(self.url + path, accept=JSON, body=body, timeout=self._timeout, retries=self._retries) as response:
            return json.load(response)

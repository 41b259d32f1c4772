"""The plan of an extract: one moment, and a complete link for every shard."""

from __future__ import annotations

import base64
import urllib.parse
from dataclasses import dataclass
from typing import Any, Mapping, Sequence

import pyarrow as pa


@dataclass(frozen=True)
class Shard:
    """One part of an extract. Its link holds everything, and gives the same bytes for ever."""

    index: int
    of: int
    url: str
    ticket: bytes
    #: Rows, where the plan was asked to count them.
    rows: int | None


@dataclass(frozen=True)
class Plan:
    """What an extract will give. It can be kept, pickled and sent elsewhere."""

    query: str
    #: Of the saved query; None where there is none.
    version: str | None
    args: Mapping[str, Any]
    t: int
    instant: str
    #: Whether no later event can ever add to this moment.
    settled: bool
    schema: pa.Schema
    total_records: int | None
    total_bytes: int | None
    shards: Sequence[Shard]

    @staticmethod
    def read(url: str, body: Mapping[str, Any]) -> "Plan":
        schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(body["arrowSchema"])))
        shards = tuple(
            Shard(
                each["shard"],
                each["of"],
                urllib.parse.urljoin(url, each["uri"]),
                base64.b64decode(each["ticket"]),
                each["rows"],
            )
            for each in body["shards"]
        )
        return Plan(
            body["query"],
            body["version"],
            body["args"],
            body["t"],
            body["instant"],
            body["settled"],
            schema,
            body["totalRecords"],
            body["totalBytes"],
            shards,
        )

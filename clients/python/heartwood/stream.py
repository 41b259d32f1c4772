"""One Arrow stream over HTTP, batch by batch, asked again where it breaks."""

from __future__ import annotations

import time
from typing import Any, Iterator

import pyarrow as pa

from .errors import BrokenStream
from .http import PASSING, pause, send

ARROW = "application/vnd.apache.arrow.stream"

#: Why reading a stream may fail half way; pyarrow reports a short read as one of its own.
BREAKS = (*PASSING, OSError, pa.ArrowInvalid, BrokenStream)


def read_batches(
    url: str, *, timeout: float, retries: int, zstd: bool = False, expected: int | None = None
) -> Iterator[pa.RecordBatch]:
    """The batches of a link, each once.

    A stream is whole only if its last, empty batch says ``heartwood.rows`` and that many rows came. One that breaks is asked for again from
    its beginning, and the rows that were given already are passed over: a link gives the same rows in the same order for ever.
    Raises ``BrokenStream`` when it broke ``retries + 1`` times without getting any further.
    """
    given = 0
    attempt = 0
    while True:
        seen = 0
        before = given
        try:
            with send(url, accept=ARROW, timeout=timeout, retries=retries, zstd=zstd) as response:
                for batch in _checked(_reader(response), expected):
                    seen += batch.num_rows
                    if seen > given:
                        fresh = batch.slice(batch.num_rows - (seen - given)) if seen - batch.num_rows < given else batch
                        given = seen
                        yield fresh
                return
        except BREAKS as error:
            attempt = 0 if given > before else attempt + 1
            if attempt > retries:
                raise BrokenStream(f"{url} broke off after {seen} rows: {error}") from error
            time.sleep(pause(attempt))


def read_whole(url: str, body: object, *, timeout: float, retries: int, zstd: bool = False) -> pa.Table:
    """The table that answers a question; a broken answer is asked for anew."""
    for attempt in range(retries + 1):
        try:
            with send(url, accept=ARROW, body=body, timeout=timeout, retries=retries, zstd=zstd) as response:
                reader = _reader(response)
                return pa.Table.from_batches(list(_checked(reader, None)), reader.schema).unify_dictionaries()
        except BREAKS as error:
            if attempt == retries:
                raise BrokenStream(f"{url} broke off: {error}") from error
            time.sleep(pause(attempt))
    raise AssertionError("unreachable")


def _reader(response: Any) -> pa.RecordBatchStreamReader:
    plain = response.headers.get("Content-Encoding") != "zstd"
    return pa.ipc.open_stream(response if plain else pa.input_stream(response, compression="zstd"))


def _checked(reader: pa.RecordBatchStreamReader, expected: int | None) -> Iterator[pa.RecordBatch]:
    """Batches that have rows. Raises ``BrokenStream`` at the end of half a stream."""
    seen = 0
    promised = None
    while True:
        try:
            batch, metadata = reader.read_next_batch_with_custom_metadata()
        except StopIteration:
            break
        if metadata is not None and b"heartwood.rows" in metadata:
            promised = int(metadata[b"heartwood.rows"])
        if batch.num_rows > 0:
            seen += batch.num_rows
            yield batch
    check(seen, promised, expected)


def check(seen: int, promised: int | None, expected: int | None) -> None:
    """Raises ``BrokenStream`` for half a stream, which reads as a whole one where it was cut between two batches."""
    if promised is None:
        raise BrokenStream(f"the stream ended without its end marker, after {seen} rows")
    if promised != seen:
        raise BrokenStream(f"the stream promised {promised} rows, and {seen} came")
    if expected is not None and expected != seen:
        raise BrokenStream(f"the plan promised {expected} rows, and {seen} came")

"""All shards of one extract, read side by side."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Iterator

import pyarrow as pa

from .plan import Plan, Shard
from .stream import read_batches

if TYPE_CHECKING:
    import pandas
    import polars

#: Batches that a shard may be ahead of whoever reads it.
AHEAD = 4


class Extract:
    """A planned extract. Nothing but the plan was fetched so far; each ``to_...`` reads all shards, as often as it is called."""

    def __init__(self, plan: Plan, *, threads: int, timeout: float, retries: int, zstd: bool) -> None:
        self.plan = plan
        self._threads = max(1, min(threads, len(plan.shards)))
        self._reading: dict[str, Any] = {"timeout": timeout, "retries": retries, "zstd": zstd}

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns; its metadata says of which query, version, arguments and moment they are."""
        return self.plan.schema

    @property
    def t(self) -> int:
        """The transaction whose state this is."""
        return self.plan.t

    def read_shard(self, shard: Shard) -> Iterator[pa.RecordBatch]:
        """The batches of one shard, in order of its entities."""
        for batch in read_batches(shard.url, expected=shard.rows, **self._reading):
            yield batch.replace_schema_metadata(self.schema.metadata)

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        """Batches, shard by shard; the shards are fetched side by side, and wait where nobody takes what they have."""
        over = threading.Event()
        lanes = [(shard, queue.Queue(AHEAD)) for shard in self.plan.shards]
        with ThreadPoolExecutor(self._threads) as pool:
            try:
                for shard, lane in lanes:
                    pool.submit(self._fetch, shard, lane, over)
                for _, lane in lanes:
                    while (item := lane.get()) is not None:
                        if isinstance(item, BaseException):
                            raise item
                        yield item
            finally:
                over.set()

    def _fetch(self, shard: Shard, lane: "queue.Queue[Any]", over: threading.Event) -> None:
        def put(item: Any) -> bool:
            while not over.is_set():
                try:
                    lane.put(item, timeout=0.1)
                    return True
                except queue.Full:
                    pass
            return False

        try:
            if over.is_set():
                return
            for batch in self.read_shard(shard):
                if not put(batch):
                    return
            put(None)
        except BaseException as error:  # noqa: BLE001 - whoever reads gets it
            put(error)

    def to_reader(self) -> pa.RecordBatchReader:
        """A reader for whatever takes Arrow streams, such as DuckDB; it holds a few batches at a time."""
        return pa.RecordBatchReader.from_batches(self.schema, self.to_batches())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_reader().__arrow_c_stream__(requested_schema)

    def to_table(self) -> pa.Table:
        """All rows. Each text column has one dictionary."""
        with ThreadPoolExecutor(self._threads) as pool:
            shards = list(pool.map(lambda shard: list(self.read_shard(shard)), self.plan.shards))
        batches = [batch for shard in shards for batch in shard]
        return pa.Table.from_batches(batches, self.schema).unify_dictionaries()

    def to_pandas(self, **options: Any) -> "pandas.DataFrame":
        """All rows as a frame of pandas; the options are those of ``pyarrow.Table.to_pandas``."""
        return self.to_table().to_pandas(**options)

    def to_polars(self) -> "polars.DataFrame":
        """All rows as a frame of Polars."""
        import polars

        frame = polars.from_arrow(self.to_table())
        assert isinstance(frame, polars.DataFrame)
        return frame

"""A data source for Spark 4: one partition for each shard, all of one moment.

>>> from heartwood.spark import HeartwoodDataSource
>>> spark.dataSource.register(HeartwoodDataSource)
>>> frame = (spark.read.format("heartwood")
...     .option("url", "http://127.0.0.1:7474")
...     .option("query", "customer-features")
...     .option("asOf", "2026-01-01")
...     .option("shards", 4)
...     .load())

Options beside these: ``args`` and ``filters`` as JSON, ``columns`` as a comma list (Spark does not tell a Python source which columns it needs),
``zstd``, ``timeout`` (seconds) and ``retries``. The moment is pinned by ``load()``: whatever is done with the frame afterwards sees the same rows.
Comparisons are pushed down with the option ``pushFilters`` = ``true``, which needs ``spark.sql.python.filterPushdown.enabled``.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import math
from typing import Any, Iterable, Iterator, Mapping

import pyarrow as pa
from pyspark.sql.datasource import (
    DataSource,
    DataSourceReader,
    EqualTo,
    Filter,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    InputPartition,
    IsNotNull,
    IsNull,
    LessThan,
    LessThanOrEqual,
)
from pyspark.sql.types import StructType

from .client import Client
from .extract import Extract
from .plan import Shard
from .stream import read_batches

#: One for each core of a common machine; each further one costs Spark some 40 ms.
SHARDS = 4
#: Rows that are handed to Spark at once: each time costs it a millisecond or two.
TOGETHER = 1 << 19

COMPARED: Mapping[type, str] = {
    EqualTo: "=",
    LessThan: "<",
    LessThanOrEqual: "<=",
    GreaterThan: ">",
    GreaterThanOrEqual: ">=",
}


class ShardPartition(InputPartition):
    """What an executor needs to read one shard."""

    def __init__(self, shard: Shard) -> None:
        super().__init__(shard.index)
        self.shard = shard


class HeartwoodDataSource(DataSource):
    """``spark.read.format("heartwood")``."""

    _pinned: "Extract | None" = None

    @classmethod
    def name(cls) -> str:
        return "heartwood"

    def schema(self) -> StructType:
        from pyspark.sql.pandas.types import from_arrow_schema

        return from_arrow_schema(spark_schema(self._extract().schema))

    def reader(self, schema: StructType) -> DataSourceReader:
        # a reader that could take filters is an error where Spark would not give it any, and nothing here tells whether it would
        return (PushingReader if self._option("pushFilters", "false") == "true" else HeartwoodReader)(self, schema)

    def _option(self, name: str, otherwise: str | None = None) -> str:
        value = self.options.get(name, otherwise)
        if value is None:
            raise ValueError(f'the option {name} is missing: .option("{name}", ...)')
        return value

    def _extract(self, filters: Iterable[list[Any]] = ()) -> Extract:
        """The plan; the first one pins the moment and the version of the query for all later ones."""
        first = self._pinned
        more = list(filters)
        if first is not None and not more:
            return first
        zstd = self._option("zstd", "false") == "true"
        timeout, retries = float(self._option("timeout", "300")), int(self._option("retries", "4"))
        columns = self.options.get("columns")
        name, as_of = self._option("query"), self.options.get("asOf")
        if first is not None:
            name, as_of = f"{first.plan.query}@{first.plan.version}", str(first.t)
        extract = Client(self._option("url"), timeout=timeout, retries=retries, zstd=zstd).extract(
            name,
            json.loads(self._option("args", "{}")),
            shards=int(self._option("shards", str(SHARDS))),
            as_of=as_of,
            columns=None if columns is None else [each.strip() for each in columns.split(",")],
            filters=[*json.loads(self._option("filters", "[]")), *more],
        )
        if first is None:
            self._pinned = extract
        return extract


class HeartwoodReader(DataSourceReader):
    """Reads shards as Arrow batches, each exactly of the schema that Spark was promised."""

    def __init__(self, source: HeartwoodDataSource, schema: StructType) -> None:
        self._source = source
        self._schema = schema
        self._filters: list[list[Any]] = []
        self._zstd = source._option("zstd", "false") == "true"
        self._timeout = float(source._option("timeout", "300"))
        self._retries = int(source._option("retries", "4"))

    def partitions(self) -> list[InputPartition]:
        return [ShardPartition(shard) for shard in self._source._extract(self._filters).plan.shards]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        from pyspark.sql.pandas.types import to_arrow_schema

        assert isinstance(partition, ShardPartition)
        # Spark refuses a batch whose types, order or nullability are others, and dictionaries always
        wanted = to_arrow_schema(self._schema, timezone="UTC")
        batches = read_batches(
            partition.shard.url, timeout=self._timeout, retries=self._retries, zstd=self._zstd, expected=partition.shard.rows
        )
        for some in together(batches, TOGETHER):
            yield pa.RecordBatch.from_arrays(
                [fitted(pa.concat_arrays([batch.column(field.name) for batch in some]), field.type) for field in wanted],
                schema=wanted,
            )


class PushingReader(HeartwoodReader):
    """The same where Spark hands over comparisons."""

    def pushFilters(self, filters: list[Filter]) -> Iterable[Filter]:
        for each in filters:
            pushed = filter_of(each)
            if pushed is None:
                yield each
            else:
                self._filters.append(pushed)


def together(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[list[pa.RecordBatch]]:
    """Batches that follow each other, so many that they have at least ``rows`` rows, but for the last."""
    some: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        some.append(batch)
        count += batch.num_rows
        if count >= rows:
            yield some
            some, count = [], 0
    if some:
        yield some


def fitted(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    return column if column.type == wanted else column.cast(wanted)


def spark_schema(schema: pa.Schema) -> pa.Schema:
    """The same columns in types that Spark knows: texts without a dictionary, instants in microseconds."""
    return pa.schema([pa.field(field.name, spark_type(field.type), field.nullable) for field in schema])


def spark_type(type: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(type):
        return spark_type(type.value_type)
    if pa.types.is_timestamp(type):
        return pa.timestamp("us", "UTC")
    if pa.types.is_list(type):
        return pa.list_(pa.field("element", spark_type(type.value_type), type.value_field.nullable))
    if pa.types.is_struct(type):
        return pa.struct([pa.field(each.name, spark_type(each.type), each.nullable) for each in type])
    return type


def filter_of(each: Filter) -> list[Any] | None:
    """A filter of Spark's as the server reads it; None where only Spark can tell."""
    if len(each.attribute) != 1:
        return None
    column = each.attribute[0]
    if isinstance(each, IsNull):
        return [column, "null"]
    if isinstance(each, IsNotNull):
        return [column, "not-null"]
    if isinstance(each, In):
        values = [value_of(value) for value in each.value]
        return None if None in values else [column, "in", values]
    op = COMPARED.get(type(each))
    value = None if op is None else value_of(each.value)
    return None if value is None else [column, op, value]


def value_of(value: Any) -> Any:
    """A literal of Spark's as JSON; None where it would not mean the same."""
    if isinstance(value, dt.datetime):
        # columns of milliseconds are compared with milliseconds
        whole = value.microsecond % 1000 == 0
        return value.astimezone(dt.timezone.utc).isoformat(timespec="milliseconds") if whole else None
    if isinstance(value, (dt.date, decimal.Decimal)):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, (bool, int, str)) else None

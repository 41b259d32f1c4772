"""
The same rows into Spark from the service and from Parquet: best seconds of count, group and full scan as JSON. Beside them rows that a
Python data source has ready in memory: what Spark takes for those it takes for any.
"""

import json
import os
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

from heartwood.spark import HeartwoodDataSource

url, parquet, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.memory", "3g")
    .config("spark.log.level", "ERROR")
    .getOrCreate()
)
SHARDS = 2
TOGETHER = 1 << 19


class Ready(DataSource):
    """As many rows of the same types, which it makes of nothing."""

    @classmethod
    def name(cls):
        return "ready"

    def schema(self):
        return "r bigint not null, at timestamp not null, value double not null, category string not null"

    def reader(self, schema):
        return ReadyReader(int(self.options["rows"]))


class ReadyReader(DataSourceReader):
    def __init__(self, rows):
        self.rows = rows

    def partitions(self):
        return [InputPartition(shard) for shard in range(SHARDS)]

    def read(self, partition):
        import numpy as np
        import pyarrow as pa

        types = [pa.int64(), pa.timestamp("us", "UTC"), pa.float64(), pa.string()]
        names = ["r", "at", "value", "category"]
        schema = pa.schema([pa.field(name, type, nullable=False) for name, type in zip(names, types)])
        left = self.rows // SHARDS
        while left > 0:
            some = np.arange(min(left, TOGETHER))
            left -= len(some)
            category = pa.array(["a", "b", "c"]).take(pa.array(some % 3))
            columns = [pa.array(some), pa.array(some), pa.array(some.astype("float64")), category]
            yield pa.RecordBatch.from_arrays([each.cast(type) for each, type in zip(columns, types)], schema=schema)


spark.dataSource.register(HeartwoodDataSource)
spark.dataSource.register(Ready)
ours = spark.read.format("heartwood").option("url", url).option("query", "readings").option("shards", str(SHARDS)).load()
files = spark.read.parquet(parquet)
ready = spark.read.format("ready").option("rows", str(files.count())).load()
work = {
    "count": lambda frame: frame.count(),
    "group by category": lambda frame: len(frame.groupBy("category").agg(F.sum("value"), F.count("*")).collect()),
    "full scan": lambda frame: frame.agg(F.sum(F.hash("r", "at", "value", "category").cast("long"))).collect()[0][0],
}
best = {}
for _ in range(rounds):
    for name, run in work.items():
        found = []
        for side, frame in (("ours", ours), ("parquet", files), ("ready", ready)):
            started = time.perf_counter()
            found.append(run(frame))
            seconds = time.perf_counter() - started
            best.setdefault(name, {}).setdefault(side, seconds)
            best[name][side] = min(best[name][side], seconds)
        assert found[0] == found[1] and (name != "count" or found[2] == found[0]), (name, found)
print(json.dumps(best))
spark.stop()

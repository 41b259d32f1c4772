"""The same rows into Spark from the service and from Parquet: best seconds of count, group and full scan as JSON."""

import json
import os
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

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
spark.dataSource.register(HeartwoodDataSource)
ours = spark.read.format("heartwood").option("url", url).option("query", "readings").option("shards", "2").load()
files = spark.read.parquet(parquet)
work = {
    "count": lambda frame: frame.count(),
    "group by category": lambda frame: len(frame.groupBy("category").agg(F.sum("value"), F.count("*")).collect()),
    "full scan": lambda frame: frame.agg(F.sum(F.hash("r", "at", "value", "category").cast("long"))).collect()[0][0],
}
best = {}
for _ in range(rounds):
    for name, run in work.items():
        found = []
        for side, frame in (("ours", ours), ("parquet", files)):
            started = time.perf_counter()
            found.append(run(frame))
            seconds = time.perf_counter() - started
            best.setdefault(name, {}).setdefault(side, seconds)
            best[name][side] = min(best[name][side], seconds)
        assert found[0] == found[1], (name, found)
print(json.dumps(best))
spark.stop()

from __future__ import annotations

import os
import sys
import unittest

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from heartwood import Client
from heartwood.spark import HeartwoodDataSource

from served import URL, Between

MOMENT = "2026-01-01"
NAME = "customer-features"


class Spark(unittest.TestCase):
    spark: SparkSession

    @classmethod
    def setUpClass(cls) -> None:
        os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
        cls.spark = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.session.timeZone", "UTC")
            .getOrCreate()
        )
        cls.spark.dataSource.register(HeartwoodDataSource)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.spark.stop()

    def frame(self, url: str = URL, **options: str):
        reader = self.spark.read.format("heartwood").option("url", url).option("query", NAME)
        for key, value in {"asOf": MOMENT, **options}.items():
            reader = reader.option(key, value)
        return reader.load()

    def test_rows_are_those_of_the_client(self) -> None:
        expected = Client(URL).extract(NAME, shards=1, as_of=MOMENT).to_table().sort_by("c").to_pylist()
        frame = self.frame(shards="3")
        self.assertEqual(frame.rdd.getNumPartitions(), 3)
        self.assertEqual([row.asDict() for row in frame.sort("c").collect()], expected)
        self.assertEqual(dict(frame.dtypes)["sum_amount"], "decimal(38,2)")
        self.assertEqual(frame.count(), len(expected))

    def test_columns_arguments_and_groups(self) -> None:
        frame = self.frame(columns="country,sum_amount", shards="2")
        self.assertEqual(frame.columns, ["country", "sum_amount"])
        grouped = {row["country"]: row["total"] for row in frame.groupBy("country").agg(F.sum("sum_amount").alias("total")).collect()}
        table = Client(URL).extract(NAME, as_of=MOMENT).to_table()
        self.assertEqual(grouped, {row["country"]: row["sum_amount_sum"] for row in table.group_by("country").aggregate([("sum_amount", "sum")]).to_pylist()})
        bills = (
            self.spark.read.format("heartwood")
            .option("url", URL)
            .option("query", "unpaid-bills")
            .option("asOf", MOMENT)
            .option("args", '{"least": "100.00"}')
            .load()
        )
        self.assertGreaterEqual(bills.agg(F.min("amount")).collect()[0][0], 100)

    def test_one_load_is_one_moment(self) -> None:
        with Between(0, times=0) as between:
            frame = self.spark.read.format("heartwood").option("url", between.url).option("query", NAME).option("shards", "2").load()
            frame.count()
            frame.count()
            self.assertEqual(len([path for path in between.paths if "/plan" in path]), 1)

    def test_filters_are_pushed_where_spark_hands_them_over(self) -> None:
        def condition(frame):
            return frame.where((F.col("country") == "Italy") & (F.col("sum_amount") > 100) & F.col("segment").isin("standard", "gold") & F.col("born").isNotNull())

        expected = sorted(condition(self.frame()).select("c").collect())
        self.assertGreater(len(expected), 0)
        self.spark.conf.set("spark.sql.python.filterPushdown.enabled", "true")
        try:
            with Between(0, times=0) as between:
                found = sorted(condition(self.frame(between.url, pushFilters="true")).select("c").collect())
                self.assertEqual(found, expected)
                self.assertTrue(any("filters=" in path and "Italy" in path for path in between.paths), between.paths)
            either = "country = 'Italy' or sum_amount < 100"
            rows = [row for row in self.frame().collect() if row["country"] == "Italy" or row["sum_amount"] < 100]
            self.assertEqual(self.frame(pushFilters="true").where(either).count(), len(rows))
        finally:
            self.spark.conf.set("spark.sql.python.filterPushdown.enabled", "false")

    def test_a_broken_shard_is_asked_again(self) -> None:
        with Between(10_000, times=2) as between:
            self.assertEqual(self.frame(between.url).count(), self.frame().count())


if __name__ == "__main__":
    unittest.main()

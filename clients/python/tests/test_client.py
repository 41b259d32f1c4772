from __future__ import annotations

import datetime as dt
import decimal
import unittest

import duckdb
import pandas
import polars
import pyarrow as pa
import pyarrow.compute as pc

from heartwood import BrokenStream, Client, HeartwoodError, NotFound
from heartwood.stream import read_batches

from served import URL, Between

MOMENT = "2026-01-01"
NAME = "customer-features"
CUSTOMERS = "[:find ?c ?id ?country ?born ?spent :where [?c :customer/id ?id] [?c :customer/country ?country] [?c :customer/born ?born] [?p :purchase/customer ?c] [?p :purchase/amount ?spent]]"


class Entities(unittest.TestCase):
    client = Client(URL)

    def test_an_entity_as_of_a_moment(self) -> None:
        now = self.client.entity("plan:plus", attributes=["fee"])
        before = self.client.entity("plan:plus", dt.date(2025, 3, 1), attributes=["fee"])
        self.assertEqual([now["attributes"], before["attributes"]], [{":plan/fee": "8.90"}, {":plan/fee": "7.90"}])
        self.assertEqual(self.client.entity("plan:plus", before["t"])["attributes"][":plan/fee"], "7.90")
        zoned = dt.datetime(2025, 3, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))
        self.assertEqual(self.client.entity("plan:plus", zoned)["t"], before["t"])

    def test_what_is_not_known_yet(self) -> None:
        with self.assertRaises(NotFound) as caught:
            self.client.entity("customer:10507", "2024-07-01")
        self.assertEqual(caught.exception.kind, "not-found")
        self.assertIsNotNone(caught.exception.known_from)
        with self.assertRaises(HeartwoodError) as wrong:
            self.client.entity("plan:plus", attributes=["fees"])
        self.assertEqual(wrong.exception.kind, "unknown-attribute")

    def test_moments_are_said_exactly(self) -> None:
        with self.assertRaisesRegex(ValueError, "zone"):
            self.client.entity("plan:plus", dt.datetime(2025, 3, 1))
        with self.assertRaises(TypeError):
            self.client.entity("plan:plus", 2.5)  # type: ignore[arg-type]


class Queries(unittest.TestCase):
    client = Client(URL)

    def test_a_query_is_a_table(self) -> None:
        query = "[:find ?id ?fee :in ?least :where [?p :plan/id ?id] [?p :plan/fee ?fee] [(>= ?fee ?least)]]"
        table = self.client.query(query, {"least": decimal.Decimal("8.90")})
        self.assertEqual(table.schema.field("fee").type, pa.decimal128(38, 2))
        self.assertIn(("plus", decimal.Decimal("8.90")), list(zip(*[c.to_pylist() for c in table.columns])))
        self.assertEqual(self.client.result("[:find (count ?p) . :where [?p :plan/id]]"), len(self.client.query("[:find ?p :where [?p :plan/id]]")))

    def test_sources_of_other_moments(self) -> None:
        query = "[:find ?id ?old ?new :in $ $before :where [?p :plan/id ?id] [?p :plan/fee ?new] [$before ?p :plan/fee ?old] [(!= ?old ?new)]]"
        table = self.client.query(query, sources={"$before": {"asOf": "2025-03-01"}})
        self.assertIn("plus", table.column("id").to_pylist())


class Extracts(unittest.TestCase):
    client = Client(URL)

    def test_shards_unite_to_the_whole(self) -> None:
        whole = self.client.extract(NAME, shards=1, as_of=MOMENT).to_table().sort_by("c")
        self.assertGreater(whole.num_rows, 500)
        for shards in (2, 5, 16):
            with self.subTest(shards=shards):
                extract = self.client.extract(NAME, shards=shards, as_of=MOMENT, count=True)
                table = extract.to_table()
                self.assertEqual(extract.plan.total_records, table.num_rows)
                self.assertEqual(table.schema.metadata[b"heartwood.t"], str(extract.t).encode())
                self.assertEqual(table.sort_by("c").to_pylist(), whole.to_pylist())

    def test_every_way_to_take_it_has_the_same_rows(self) -> None:
        extract = self.client.extract(NAME, shards=3, as_of=MOMENT)
        table = extract.to_table()
        total = pc.sum(table["sum_amount"]).as_py()
        frame = extract.to_pandas()
        self.assertIsInstance(frame, pandas.DataFrame)
        self.assertEqual((len(frame), sum(frame["sum_amount"])), (table.num_rows, total))
        self.assertEqual(str(frame["country"].dtype), "category")
        polar = extract.to_polars()
        self.assertIsInstance(polar, polars.DataFrame)
        self.assertEqual((polar.height, polar["sum_amount"].sum()), (table.num_rows, total))
        self.assertEqual(sorted(polar["country"].cast(polars.String).unique()), sorted(set(table["country"].to_pylist())))
        reader = extract.to_reader()
        found = duckdb.sql("select count(*), sum(sum_amount) from reader").fetchall()[0]
        self.assertEqual(found, (table.num_rows, total))
        self.assertEqual(pa.table(extract).num_rows, table.num_rows)
        self.assertEqual(pa.Table.from_batches(extract.to_batches()).to_pylist(), table.to_pylist())

    def test_columns_and_filters(self) -> None:
        everything = self.client.extract(NAME, as_of=MOMENT).to_table()
        expected = everything.filter((pc.field("country") == "Italy") & (pc.field("sum_amount").cast(pa.float64()) > 100))
        filters = [("country", "=", "Italy"), ("sum_amount", ">", decimal.Decimal("100"))]
        some = self.client.extract(NAME, shards=4, as_of=MOMENT, columns=["sum_amount", "c"], filters=filters).to_table()
        self.assertEqual(some.column_names, ["sum_amount", "c"])
        self.assertEqual(some.sort_by("c").to_pylist(), expected.select(["sum_amount", "c"]).sort_by("c").to_pylist())
        days = [("born", "in", [dt.date(1990, 1, 1), dt.date(1985, 6, 1)])]
        self.assertLess(self.client.extract(NAME, filters=days).to_table().num_rows, everything.num_rows)

    def test_arguments(self) -> None:
        dear = self.client.extract("unpaid-bills", {"least": decimal.Decimal("100.00")}, as_of=MOMENT, shards=2)
        self.assertEqual(dear.plan.args, {"least": "100.00"})
        self.assertGreaterEqual(min(dear.to_table()["amount"].to_pylist()), decimal.Decimal(100))

    def test_a_plan_made_before_gives_the_same_later(self) -> None:
        extract = self.client.extract(NAME, shards=2, as_of=MOMENT)
        self.assertEqual(extract.to_table(), extract.to_table())
        self.assertTrue(extract.plan.settled)

    def test_zstd(self) -> None:
        plain = self.client.extract(NAME, shards=2, as_of=MOMENT).to_table()
        self.assertEqual(Client(URL, zstd=True).extract(NAME, shards=2, as_of=MOMENT).to_table(), plain)

    def test_refusals_have_their_kind(self) -> None:
        for name, options, kind in (
            ("no-such-query", {}, "unknown-query"),
            ("country-turnover", {}, "cannot-shard"),
            (NAME, {"shards": 5000}, "argument"),
            (NAME, {"as_of": 99_999_999}, "invalid-as-of"),
            (NAME, {"columns": ["contry"]}, "argument"),
        ):
            with self.subTest(name=name, options=options), self.assertRaises(HeartwoodError) as caught:
                self.client.extract(name, **options)  # type: ignore[arg-type]
            self.assertEqual(caught.exception.kind, kind)

    def test_whoever_stops_reading_stops_the_shards(self) -> None:
        batches = self.client.extract(NAME, shards=16, as_of=MOMENT).to_batches()
        self.assertGreater(next(batches).num_rows, 0)
        batches.close()


class Kinds(unittest.TestCase):
    client = Client(URL)

    def test_a_whole_kind(self) -> None:
        plans = self.client.entities("plan", ["id", "fee"], as_of="2025-03-01").to_table()
        self.assertEqual(plans.column_names, ["entity", "id", "fee"])
        fees = dict(zip(plans["id"].to_pylist(), plans["fee"].to_pylist()))
        self.assertEqual(fees["plus"], decimal.Decimal("7.90"))
        everyone = self.client.entities("customer", shards=3, count=True)
        self.assertEqual(everyone.to_table().num_rows, everyone.plan.total_records)

    def test_several_moments_at_once(self) -> None:
        moments = ["2025-03-01", dt.date(2026, 1, 1), "2025-06-30T12:00:00Z"]
        table = self.client.entities("plan", ["id", "fee"], as_of=moments, shards=2).to_table()
        self.assertEqual(len(set(table["as_of"].to_pylist())), 3)
        for when in moments:
            each = self.client.entity("plan:plus", when, attributes=["fee"])
            rows = [row for row in table.to_pylist() if row["id"] == "plus" and row["t"] == each["t"]]
            self.assertEqual([str(row["fee"]) for row in rows], [each["attributes"][":plan/fee"]])


class Breaking(unittest.TestCase):
    def test_a_broken_shard_is_asked_again(self) -> None:
        whole = Client(URL).extract(NAME, shards=3, as_of=MOMENT).to_table()
        for clean in (False, True):
            for cut in (100, 2000, 10_000):
                with self.subTest(cut=cut, clean=clean), Between(cut, times=4, clean=clean) as between:
                    table = Client(between.url).extract(NAME, shards=3, as_of=MOMENT).to_table()
                    self.assertEqual(table, whole)
                    self.assertEqual(len(between.paths), 1 + 3 + 4)

    def test_half_a_stream_is_never_a_whole_one(self) -> None:
        shard = Client(URL).extract(NAME, shards=1, as_of=MOMENT).plan.shards[0]
        with Between(0, times=0) as between:
            link = shard.url.replace(URL, between.url)
            sizes = [len(b) for b in (self.whole(link),)]
        with self.assertRaises(BrokenStream):
            # without its last message the stream ends at a boundary, as if nothing were missing
            self.read_cut(shard.url, self.end_marker(shard.url))
        self.assertGreater(sizes[0], 0)

    def whole(self, url: str) -> bytes:
        import urllib.request

        with urllib.request.urlopen(url) as response:
            return response.read()

    def end_marker(self, url: str) -> int:
        """Where the last record batch begins."""
        source = pa.BufferReader(self.whole(url))
        places = []
        while True:
            at = source.tell()
            try:
                message = pa.ipc.read_message(source)
            except EOFError:
                break
            if message.type == "record batch":
                places.append(at)
        return places[-1]

    def read_cut(self, url: str, cut: int) -> None:
        with Between(cut, times=99, clean=True) as between:
            list(read_batches(url.replace(URL, between.url), timeout=10, retries=1))

    def test_one_that_always_breaks_is_given_up(self) -> None:
        with Between(3000, times=99) as between, self.assertRaisesRegex(BrokenStream, "broke off"):
            Client(between.url, retries=1).extract(NAME, shards=1, as_of=MOMENT).to_table()


if __name__ == "__main__":
    unittest.main()

"""Reads a Heartwood store over HTTP: one entity, a query, or a sharded extract as Arrow.

>>> from heartwood import Client
>>> client = Client("http://127.0.0.1:7474")
>>> table = client.extract("customer-features", shards=4, as_of="2026-01-01").to_table()

`heartwood.spark` is a data source for Spark 4.
"""

from .client import Client
from .errors import BrokenStream, HeartwoodError, NotFound
from .extract import Extract
from .plan import Plan, Shard

__all__ = ["BrokenStream", "Client", "Extract", "HeartwoodError", "NotFound", "Plan", "Shard"]

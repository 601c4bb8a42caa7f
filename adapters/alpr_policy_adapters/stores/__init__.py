"""Stores of records: tables, folders of pictures, Parquet files; planned, purged in two phases, with a journal."""

from alpr_policy_adapters.stores.mapping import StoreMapping, load_store_mapping, parse_store_mapping, store_schema
from alpr_policy_adapters.stores.opening import open_store
from alpr_policy_adapters.stores.protocol import Store, StoreError

__all__ = [
    "Store",
    "StoreError",
    "StoreMapping",
    "load_store_mapping",
    "open_store",
    "parse_store_mapping",
    "store_schema",
]

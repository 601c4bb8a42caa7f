"""From a mapping file to the store that it describes."""

from __future__ import annotations

from pathlib import Path

from alpr_policy_adapters.stores.folder import FolderStore
from alpr_policy_adapters.stores.mapping import StoreMapping, load_store_mapping
from alpr_policy_adapters.stores.parquet import ParquetStore
from alpr_policy_adapters.stores.protocol import Store
from alpr_policy_adapters.stores.sql import SqlStore


def open_store(mapping: StoreMapping | Path) -> Store:
    """Open a store by its mapping or the file of it; raises StoreError, MissingExtraError."""
    read = load_store_mapping(mapping) if isinstance(mapping, Path) else mapping
    if read.kind == "sql":
        return SqlStore.open(read)
    return ParquetStore(read) if read.kind == "parquet" else FolderStore(read)

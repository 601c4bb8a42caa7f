"""Hot lists: read from files line by line, and compared with plate reads without ever guessing."""

from alpr_policy_adapters.hotlists.align import LOOK_ALIKES, Difference
from alpr_policy_adapters.hotlists.dedupe import Deduplicator
from alpr_policy_adapters.hotlists.entries import HotListEntry, HotListError, HotListLimits
from alpr_policy_adapters.hotlists.files import ListFiles, ListSource
from alpr_policy_adapters.hotlists.freshness import hit_facts, load_facts
from alpr_policy_adapters.hotlists.loading import HotList, LoadMode, Progress, load_csv, load_list
from alpr_policy_adapters.hotlists.mapping import ListMapping, load_mapping, mapping_schema, shipped_mappings
from alpr_policy_adapters.hotlists.match import Hit, HitKind, Matcher, ReadLike, match
from alpr_policy_adapters.hotlists.partial import PartialPlate, find_reads
from alpr_policy_adapters.hotlists.store import HotListStore, Loaded, StoreMatcher

__all__ = [
    "LOOK_ALIKES",
    "Deduplicator",
    "Difference",
    "Hit",
    "HitKind",
    "HotList",
    "HotListEntry",
    "HotListError",
    "HotListLimits",
    "HotListStore",
    "ListFiles",
    "ListMapping",
    "ListSource",
    "LoadMode",
    "Loaded",
    "Matcher",
    "PartialPlate",
    "Progress",
    "ReadLike",
    "StoreMatcher",
    "find_reads",
    "hit_facts",
    "load_csv",
    "load_facts",
    "load_list",
    "load_mapping",
    "mapping_schema",
    "match",
    "shipped_mappings",
]

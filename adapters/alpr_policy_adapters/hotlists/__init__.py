"""Hot lists: read from files line by line, and compared with plate reads without ever guessing."""

from alpr_policy_adapters.hotlists.csv_list import HotList, HotListEntry, HotListError, HotListLimits, load_csv
from alpr_policy_adapters.hotlists.match import Difference, Hit, HitKind, Matcher, ReadLike, match

__all__ = [
    "Difference",
    "Hit",
    "HitKind",
    "HotList",
    "HotListEntry",
    "HotListError",
    "HotListLimits",
    "Matcher",
    "ReadLike",
    "load_csv",
    "match",
]

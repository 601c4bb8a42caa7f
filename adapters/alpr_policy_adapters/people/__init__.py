"""A directory of persons from the tables of a database, read by a mapping file; nothing is ever written there."""

from alpr_policy_adapters.people.database import read_people
from alpr_policy_adapters.people.mapping import PeopleMapping, TableMapping, read_mapping

__all__ = ["PeopleMapping", "TableMapping", "read_mapping", "read_people"]

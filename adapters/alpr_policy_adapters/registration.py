"""Plate characters and issuing states: the words that plates, hot lists and payloads have in common."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

# Two-letter postal codes: states, the federal district and territories, then the neighbours' provinces.
_CODES = """
AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|DC District of Columbia
FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine
MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada
NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma
OR Oregon|PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont
VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming
AS American Samoa|GU Guam|MP Northern Mariana Islands|PR Puerto Rico|VI Virgin Islands
AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NS Nova Scotia
NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|SK Saskatchewan|YT Yukon
"""

STATES: Mapping[str, str] = MappingProxyType(
    {entry[:2]: entry[3:] for line in _CODES.strip().splitlines() for entry in line.split("|")}
)

_ALNUM = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


def normalise(text: str) -> str:
    """Keep what identifies a plate: upper-case A-Z and 0-9; separators and anything else are dropped."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c in _ALNUM)


def letters_only(text: str) -> str:
    """Keep upper-case A-Z alone, as for comparing a state's name that may be printed without its spaces."""
    return "".join(c for c in normalise(text) if c.isalpha())


_BY_NAME: Mapping[str, str] = MappingProxyType({letters_only(name): code for code, name in STATES.items()})


def state_by_name(text: str) -> str | None:
    """Give the code of the state whose whole name is `text`, spaces and case aside; None when it is no name."""
    return _BY_NAME.get(letters_only(text))


def state_code(text: str) -> str | None:
    """Give the code meant by a code or a full name, in any case; None when `text` is neither."""
    code = text.strip().upper()
    return code if code in STATES else state_by_name(text)

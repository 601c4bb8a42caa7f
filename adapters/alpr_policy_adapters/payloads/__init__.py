"""Payloads of other ALPR software: each system's JSON to plate reads, alerts and searches, with nothing guessed."""

from alpr_policy_adapters.payloads.json_text import MAX_BYTES, parse
from alpr_policy_adapters.payloads.received import Given, Listing, Received, SearchAsked, VendorAlert
from alpr_policy_adapters.payloads.systems import SYSTEMS, read_payload, recognise

__all__ = [
    "MAX_BYTES",
    "SYSTEMS",
    "Given",
    "Listing",
    "Received",
    "SearchAsked",
    "VendorAlert",
    "parse",
    "read_payload",
    "recognise",
]

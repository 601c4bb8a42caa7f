"""What a list or an alert is about, from the names that its source gives it to the categories of the vocabulary.

NCIC files are named as the FBI names them for licence plate readers; the other names are those that vendors show.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from alpr_policy_adapters.registration import letters_only

_NAMES = """
stolen_vehicle: Vehicle, Vehicles, Stolen Vehicle, Stolen Vehicles, Vehicle File, Felony Vehicle
stolen_plate: License Plate, License Plates, Stolen Plate, Stolen Plates, License Plate File
wanted_person: Wanted Person, Wanted Persons, Wanted Person File
warrant: Warrant, Warrants
missing_person: Missing Person, Missing Persons, Missing Person File
missing_child: Missing Child, Missing Children
protective_order: Protection Order, Protective Order, Protection Order File
amber_alert: AMBER Alert, NCMEC Amber, NCMEC Amber Alert
silver_alert: Silver Alert
blue_alert: Blue Alert
gang: Gang, Gang File
terrorist: Threat Screening Center, Known or Suspected Terrorist, Suspected Terrorist
supervised_release: Supervised Release, Supervised Release File
sex_offender: National Sex Offender Registry, NSOR, Sex Offender
immigration: Immigration Violator, Immigration Violator File, Immigration
protective_interest: Protective Interest, Protective Interest File
violent_person: Violent Person, Violent Person File
cpic: CPIC, CPIC Data Records, Canadian Police Information Centre
bolo: BOLO, Be On the Lookout
attempt_to_locate: Attempt to Locate, ATL
"""

CATEGORY_NAMES: Mapping[str, str] = MappingProxyType(
    {
        letters_only(name): category
        for category, _, names in (line.partition(":") for line in _NAMES.strip().splitlines())
        for name in names.split(",")
    }
)
"""Each known name, as upper-case letters alone, with its category. What stands under no name here is not guessed."""


def category_by_name(text: str) -> str | None:
    """Give the category that a source's own name means; None when the name is not known."""
    return CATEGORY_NAMES.get(letters_only(text))

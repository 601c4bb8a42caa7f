"""What the search once found stays mended."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from alpr_policy import Outcome, parse_profile
from tests.laws.rewriting import shuffled, text_of
from tests.laws.small_profiles import write_yaml
from tests.laws.strategies import said
from tests.laws.subjects import PLAIN_TIME, Text
from tests.laws.supply import climb
from tests.laws.test_information import supplied, withhold
from tests.laws.test_order import reordered

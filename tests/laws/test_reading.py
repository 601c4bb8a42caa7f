"""What is written is read back as it was."""

from __future__ import annotations

from hypothesis import strategies as st
from tests.laws.small_profiles import write_yaml
from tests.laws.strategies import everywhere, subjects

from alpr_policy.reading.profiles import canonical, content_hash, parse_profile


@everywhere
def test_read_after_write_is_identity(name: str, data: st.DataObject) -> None:
    """A profile written in canonical form as YAML and read again is the same profile with the same content hash."""
    profile = data.draw(subjects(name)).text.profile
    again = parse_profile(write_yaml(canonical(profile)), profile.profile)

    assert profile == again
    assert profile.content_hash == again.content_hash == content_hash(again)

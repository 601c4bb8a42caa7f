"""From text to model: YAML that remembers lines, and what turns it into profiles and requests."""

"""What can be asked of profiles: decide, explain, coverage, schedule. Pages and commands ask here, never below."""

"""What may be meant otherwise than it is written: rules for profiles that can be used, and what to do about each."""

"""Adapters: what brings the outside (photographs, lists, logs, stores) to the engine and its answers back."""

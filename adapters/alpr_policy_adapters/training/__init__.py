"""A plate network for EasyOCR, trained on rendered plates alone: `python -m alpr_policy_adapters.training`."""

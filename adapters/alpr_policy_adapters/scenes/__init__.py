"""Rendered street scenes with invented plates: pictures to try, test and demonstrate with that show no real vehicle."""

from alpr_policy_adapters.scenes.plate import LAYOUTS, invent
from alpr_policy_adapters.scenes.recipe import RecipeError, Scene, Vehicle, load_recipe
from alpr_policy_adapters.scenes.render import encode, render, truth, write_scenes

__all__ = [
    "LAYOUTS",
    "RecipeError",
    "Scene",
    "Vehicle",
    "encode",
    "invent",
    "load_recipe",
    "render",
    "truth",
    "write_scenes",
]

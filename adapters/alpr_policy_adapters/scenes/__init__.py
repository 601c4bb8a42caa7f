"""Rendered street scenes with invented plates: pictures to try, test and demonstrate with that show no real vehicle."""

from alpr_policy_adapters.scenes.formats import FORMATS
from alpr_policy_adapters.scenes.generator import generate, plans, write_generated
from alpr_policy_adapters.scenes.plans import KINDS, Plan
from alpr_policy_adapters.scenes.plate import LAYOUTS, invent
from alpr_policy_adapters.scenes.recipe import RecipeError, Scene, Vehicle, load_recipe
from alpr_policy_adapters.scenes.render import encode, render, truth, write_scenes
from alpr_policy_adapters.scenes.styles import Style, draw_styled, random_style

__all__ = [
    "FORMATS",
    "KINDS",
    "LAYOUTS",
    "Plan",
    "RecipeError",
    "Scene",
    "Style",
    "Vehicle",
    "draw_styled",
    "encode",
    "generate",
    "invent",
    "load_recipe",
    "plans",
    "random_style",
    "render",
    "truth",
    "write_generated",
    "write_scenes",
]

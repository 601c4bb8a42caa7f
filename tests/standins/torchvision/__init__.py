"""A stand-in for torchvision, for tests on machines whose torch has none: the two things that EasyOCR imports.

EasyOCR takes `ToTensor` for every crop, and `vgg16_bn` only to build its text detector, which is never loaded here.
The product itself asks for the real package.
"""

from __future__ import annotations

from torchvision import models, transforms

__version__ = "0.29.1+standin"
__all__ = ["models", "transforms"]

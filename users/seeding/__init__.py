"""Demo data: a directory of made-up people, the same for the same seed."""

from .run import seed

__all__ = ["seed"]

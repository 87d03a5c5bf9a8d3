"""How pages show people."""

from typing import Any

from django import template

register = template.Library()

TONES = 6


@register.filter
def initials(person: Any) -> str:
    """Return one or two letters that stand for a person: of the name, else of the username."""
    words = (person.name or person.username).split() or ["?"]
    letters = [words[0][0]] + ([words[-1][0]] if len(words) > 1 else [])
    return "".join(letters).upper()


@register.filter
def tone(person: Any) -> int:
    """Return a number that is always the same for a person: which colour stands behind initials."""
    return int(person.pk.int % TONES)

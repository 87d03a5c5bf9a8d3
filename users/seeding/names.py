"""Who is called how: each serial number gives one name, username and e-mail address."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import normalize

from .cultures import CULTURES, Culture

# Letters that are more than a base letter with an accent.
SPELLED = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae"}
)
ODD_EVERY = 20


@dataclass(frozen=True)
class Odd:
    """A name that breaks whatever reads it carelessly."""

    name: str
    given: str = "{given}"
    family: str = "{family}"


ODDITIES = (
    Odd('=HYPERLINK("https://example.com","{name}")'),
    Odd("@SUM(1+1)*cmd|' /C calc'!A0"),
    Odd("+1", "+1", ""),
    Odd("-2", "-2", ""),
    Odd("{given}\n{family}"),
    Odd("{family}, {given}"),
    Odd('{given} "Ace" {family}'),
    Odd("'{name}", "'{given}"),
    Odd("{name}'", family="{family}'"),
    Odd("'=1+1", "'=1+1", ""),
    Odd("🦊 {name} 👩‍💻"),
    Odd("{given}\r\n{family}; {given}"),
    Odd("{name} <b>&amp;</b>"),
    Odd("{given}\t{family}"),
    Odd("100% {given}_\\{family}"),
)


@dataclass(frozen=True)
class Combination:
    """One given and one family name that go together."""

    culture: Culture
    slug: str
    given: str
    family: str
    name: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one demo person from another."""

    combination: Combination
    username: str
    email: str
    name: str
    given: str
    family: str


def _spellings(names: str) -> Iterator[tuple[str, str]]:
    """Yield each name as it is written and in small Latin letters."""
    for word in names.split():
        native, _, latin = word.partition("=")
        plain = normalize("NFKD", (latin or native).translate(SPELLED))
        yield native.replace("_", " "), re.sub("[^a-z]", "", plain.lower())


def _combinations() -> list[Combination]:
    """Return all combinations, no two with one slug, in an order that mixes the cultures."""
    found: dict[str, Combination] = {}
    for culture in CULTURES:
        for family, family_slug in _spellings(culture.family):
            for given, given_slug in _spellings(culture.given):
                slug = f"{given_slug}.{family_slug}"
                name = culture.pattern.format(given=given, family=family)
                found.setdefault(slug, Combination(culture, slug, given, family, name))
    mixed = list(found.values())
    random.Random(0).shuffle(mixed)  # noqa: S311  # nosec B311 # no secret
    return mixed


COMBINATIONS = _combinations()
PLACES = {combination.slug: place for place, combination in enumerate(COMBINATIONS)}
HOLDER = re.compile(r"([a-z]+\.[a-z]+)([2-9]|[1-9][0-9]{1,8})?")


def identity(serial: int) -> Identity:
    """Return the identity of a serial number; no two share a username or an e-mail address."""
    repeat, place = divmod(serial, len(COMBINATIONS))
    who = COMBINATIONS[place]
    username = f"{who.slug}{repeat + 1}" if repeat else who.slug
    email = f"{username}@{who.culture.domain}"
    if serial % ODD_EVERY:
        return Identity(who, username, email, who.name, who.given, who.family)
    odd = ODDITIES[serial // ODD_EVERY % len(ODDITIES)]
    parts = {"given": who.given, "family": who.family, "name": who.name}
    name, given, family = (text.format(**parts) for text in (odd.name, odd.given, odd.family))
    return Identity(who, username, email, name, given, family)


def serial_of(username: str) -> int | None:
    """Return the serial number whose username this is; None when no serial gives it."""
    match = HOLDER.fullmatch(username)
    place = PLACES.get(match[1]) if match else None
    if match is None or place is None:
        return None
    return (int(match[2] or 1) - 1) * len(COMBINATIONS) + place

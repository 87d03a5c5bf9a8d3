"""The job user profile: which attributes a job's file can show, and how a path names them."""

import re
from enum import Enum


class Shape(Enum):
    """What an attribute holds."""

    VALUE = "a text, a number, an instant, or yes or no"
    NAMES = "a list of names"
    OBJECT = "an object"
    OBJECTS = "a list of objects"


# attribute: its shape; an attribute that is not here is one that nobody has
PROFILE = {
    "user_id": Shape.VALUE,
    "email": Shape.VALUE,
    "email_verified": Shape.VALUE,
    "username": Shape.VALUE,
    "phone": Shape.VALUE,
    "name": Shape.VALUE,
    "given_name": Shape.VALUE,
    "family_name": Shape.VALUE,
    "nickname": Shape.VALUE,
    "picture": Shape.VALUE,
    "connection": Shape.VALUE,
    "identities": Shape.OBJECTS,
    "created_at": Shape.VALUE,
    "updated_at": Shape.VALUE,
    "roles": Shape.NAMES,
    "groups": Shape.NAMES,
    "organization": Shape.VALUE,
    "tags": Shape.NAMES,
    "status": Shape.VALUE,
    "mfa": Shape.VALUE,
    "last_login": Shape.VALUE,
    "logins_count": Shape.VALUE,
    "user_metadata": Shape.OBJECT,
    "app_metadata": Shape.OBJECT,
}
DEFAULT_FIELDS = (
    "user_id",
    "given_name",
    "family_name",
    "nickname",
    "name",
    "email",
    "email_verified",
    "picture",
    "identities[0].connection",
    "created_at",
    "updated_at",
)
_STEP = r"[^.\[\]]+(?:\[[0-9]{1,6}\])*"
_PATH = re.compile(rf"{_STEP}(?:\.{_STEP})*")
_ROOT = re.compile(r"[^.\[\]]+")


def is_path(text: str) -> bool:
    """Return whether the text is attributes between dots, each with indices in brackets or none."""
    return _PATH.fullmatch(text) is not None


def canonical(path: str) -> str:
    """Return the path with its first attribute as the profile spells it; keys below are exact."""
    root = root_of(path)
    known = {name.casefold(): name for name in PROFILE}
    return known.get(root.casefold(), root) + path[len(root) :]


def root_of(path: str) -> str:
    """Return the attribute that a path begins with."""
    return _ROOT.match(path)[0]  # type: ignore[index]


def is_whole_object(path: str) -> bool:
    """Return whether the path names an object, or a list of objects, and not what is in it."""
    root = root_of(path)
    shape, rest = PROFILE.get(root), path[len(root) :]
    if shape is Shape.OBJECT:
        return rest == ""
    return shape is Shape.OBJECTS and re.fullmatch(r"(\[[0-9]+\])?", rest) is not None

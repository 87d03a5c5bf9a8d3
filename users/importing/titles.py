"""Titles: by which words the families call what a person has, and what an import makes of them."""

from dataclasses import dataclass
from functools import lru_cache

from usersvc.api import words
from usersvc.api.body import DEEPEST

from ..api.jobs import profile
from ..api.jobs.columns import steps_of

# attribute: all its words beside the attribute itself, folded, with _ for blanks
SPELLINGS = {
    "id": ("user_id",),
    "username": ("identifier", "loginname", "userid"),
    "email": ("mail",),
    "email_verified": ("emailverified",),
    "name": ("fullname",),
    "given_name": ("firstname",),
    "family_name": ("lastname",),
    "nickname": (),
    "phone": (),
    "picture": (),
    "description": (),
    "user_type": (),
    "organization": ("organization_id", "orgid", "logto_id"),
    "connection": ("connection_id", "identities[0].connection"),
    "auth_domain": ("authdomain",),
    "roles": ("user_roles",),
    "groups": (),
    "tags": (),
    "status": ("stored_status", "accountstatus", "account_state"),
    "password_hash": (),
    "password_expires_at": ("passwordexpiry",),
    "access_starts_at": ("scheduleaccessstart",),
    "access_ends_at": ("scheduleaccessend",),
    "access_timezone": ("access_time_zone", "scheduleaccesstimezone"),
    "created_at": ("createdat", "whencreated"),
    "updated_at": ("whenchanged",),
    "last_login": ("latest_login_at", "lastloggedin"),
    "login_count": ("logins_count",),
    "suspended_at": (),
    "user_metadata": (),
    "app_metadata": (),
}
# What exports show and nobody can write: it follows from something else.
# An import itself adds this to the rows that it gives back.
REASON = "import_error"
PASSED_OVER = (
    *("mfa", "mfa_enabled", "created_by", "updated_by", "identities", "export_status"),
    REASON,
)
LISTS = ("roles", "groups", "tags", "identities")
METADATA = ("user_metadata", "app_metadata")
# The export family's column, whose enabled means everybody who is not suspended.
EXPORT_STATUS = ("Status", "export_status")
WORDS = {word: name for name, others in SPELLINGS.items() for word in (name, *others)}
KNOWN = (*WORDS, *PASSED_OVER)


@dataclass(frozen=True)
class Target:
    """What a title means: an attribute, or keys within one; name is empty for what is passed over.

    is_export says that a status is told in the words of the export family.
    """

    name: str = ""
    steps: tuple[str, ...] = ()
    is_export: bool = False


def target_of(title: str) -> Target | None:
    """Return what a title means; None for one that nobody knows."""
    if title in EXPORT_STATUS:
        return Target("status", is_export=True)
    word = title.strip().casefold().replace(" ", "_")
    if word in WORDS:
        return Target(WORDS[word])
    if word in PASSED_OVER:
        return Target()
    return _within(title.strip()) if profile.is_path(title.strip()) else None


def _within(path: str) -> Target | None:
    """Return what a path means that is more than an attribute."""
    path = profile.canonical(path)
    root = profile.root_of(path)
    if root in LISTS:
        return Target()
    steps = tuple(steps_of(path[len(root) :]))
    if root not in METADATA or len(steps) > DEEPEST:
        return None
    keys = tuple(step for step in steps if isinstance(step, str))
    return Target(root, keys) if len(keys) == len(steps) else Target()


@lru_cache(maxsize=1000)
def unknown(title: str) -> str:
    """Return the sentence that refuses a title, with the nearest known one."""
    return f"unknown title{words.nearest(title, KNOWN)}"

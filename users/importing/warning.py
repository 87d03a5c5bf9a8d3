"""What a dry run warns of: a row is taken, and does something that somebody may not expect."""

from .cases import FACTS, NEW_ONLY, Case
from .options import Run

# What changes with every visit: that a file is older is nothing to be warned of.
EVER_CHANGING = frozenset({"updated_at", "last_login", "login_count"})
OF_SUPERUSERS = "is left out: only a superuser may give it"
OF_THE_NEW = "is left out: it is only taken for new users"
YOURSELF = "this is you"
NO_ORGANIZATION = "belongs to no organization"
OWN_ORGANIZATION = "is empty: the new user gets your organization"
# attribute: what follows when it changes
FOLLOWS = {
    "username": "the username changes: it is another one at the next sign-in",
    "email": "the address changes: the new one is not verified",
    "organization": "moves to another organization",
    "status": "the status changes from {before} to {after}",
    "access_starts_at": "the time of access changes",
    "access_ends_at": "the time of access changes",
}


def warn(case: Case, run: Run) -> None:
    """Add to a row that is taken what is worth a second look."""
    _warn_of_new(case, run) if case.is_new else _warn_of_changed(case, run)


def _warn_of_new(case: Case, run: Run) -> None:
    wanted, person = case.wanted, case.person
    if not run.takes_facts:
        for name in sorted(wanted.values.keys() & {*FACTS} - EVER_CHANGING):
            wanted.warn(name, "left_out", OF_SUPERUSERS)
    if "organization" in wanted.given and not any(wanted.places.get("organization", ())):
        is_none = person.organization_id is None
        wanted.warn("organization", "empty", NO_ORGANIZATION if is_none else OWN_ORGANIZATION)


def _warn_of_changed(case: Case, run: Run) -> None:
    wanted, person = case.wanted, case.person
    if case.is_unchanged:
        return
    for name, message in FOLLOWS.items():
        if name in case.changes:
            before, after = case.changes[name]
            wanted.warn(name, "changes", message.format(before=before, after=after))
    for kind, (_, removed) in case.ties.items():
        if removed:
            wanted.warn(kind, "removes", f"takes {len(removed)} of the {kind} away")
    for name in sorted(wanted.values.keys() & {*NEW_ONLY} - EVER_CHANGING):
        if name not in case.changes and getattr(person, name) != wanted.values[name]:
            wanted.warn(name, "left_out", OF_THE_NEW)
    if person.pk == run.actor.pk:
        wanted.warn("", "yourself", YOURSELF)

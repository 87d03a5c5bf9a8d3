"""What entries of the audit tell of."""

from auditlog.models import AbstractLogEntry
from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.TextChoices):
    """What kind of event it was, as rows keep it."""

    CHANGE = "change", _("Change")
    EXPORT = "export", _("Export")
    IMPORT = "import", _("Import")
    SEED = "seed", _("Demo data")
    SIGN_IN = "sign_in", _("Sign-in")
    SIGN_IN_FAILED = "sign_in_failed", _("Failed sign-in")
    FILE = "file", _("File")
    VIEW = "view", _("View")
    ERASURE = "erasure", _("Erasure")
    RETENTION = "retention", _("Retention")


class Doing(models.TextChoices):
    """What an entry tells of, in one word."""

    CREATE = "create", _("Created")
    UPDATE = "update", _("Changed")
    DELETE = "delete", _("Deleted")
    EXPORT = "export", _("Took a file")
    IMPORT = "import", _("Imported")
    SEED = "seed", _("Made demo data")
    SIGN_IN = "sign_in", _("Signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("Failed to sign in")
    FILE = "file", _("Fetched a job's file")
    VIEW = "view", _("Looked at")
    ERASURE = "erasure", _("Erased")
    RETENTION = "retention", _("Let old entries go")


# What is done, and not only looked at or signed in for.
DEEDS = [doing for doing in Doing if doing not in (Doing.SIGN_IN, Doing.SIGN_IN_FAILED, Doing.VIEW)]


def _change(action: int) -> models.Q:
    return models.Q(event=Event.CHANGE, action=action)


CHANGES = {
    Doing.CREATE: AbstractLogEntry.Action.CREATE,
    Doing.UPDATE: AbstractLogEntry.Action.UPDATE,
    Doing.DELETE: AbstractLogEntry.Action.DELETE,
}
DOINGS = {
    doing: _change(CHANGES[doing]) if doing in CHANGES else models.Q(event=doing.value)
    for doing in Doing
}
BY_ACTION = {
    AbstractLogEntry.Action.CREATE: Doing.CREATE,
    AbstractLogEntry.Action.DELETE: Doing.DELETE,
}

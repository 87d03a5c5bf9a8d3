"""What jobs and their files take: each check says what is wrong in a word, or nothing."""

from datetime import timedelta

from usersvc import clock

from . import files
from .models import Chore, Job

# Workers keep house every ten seconds, between jobs; one that is in the middle of a job renews it.
SILENT_AFTER = timedelta(minutes=3)
LATE_AFTER = timedelta(minutes=10)


def storage() -> str:
    """Return "unwritable" where no file of a job could be kept."""
    return "" if files.can_be_kept() else "unwritable"


def worker() -> str:
    """Return "silent" when no worker has shown itself lately."""
    at = clock.now()
    is_heard = Chore.objects.any_since(at - SILENT_AFTER) or Job.objects.held(at).exists()
    return "" if is_heard else "silent"


def jobs() -> str:
    """Return "late" when a job has waited for longer than any should."""
    return "late" if Job.objects.waiting_since(clock.now() - LATE_AFTER).exists() else ""

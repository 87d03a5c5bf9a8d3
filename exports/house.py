"""Keeping house: what falls due again and again, whichever queue wakes the workers."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.utils.module_loading import import_string

from usersvc import clock

from . import jobs
from .models import Chore

EVERY = timedelta(seconds=10)

log = logging.getLogger(__name__)


def keep() -> None:
    """Do all that is due now; many may do it at once."""
    for duty in (jobs.reap, jobs.clean, jobs.clean_inputs, jobs.write_letters):
        _attempt(duty.__name__, duty)
    for name, (hours, path) in settings.CHORES.items():
        if Chore.objects.take(name, timedelta(hours=hours), clock.now()):
            _attempt(name, import_string(path))


def _attempt(name: str, duty: Callable[[], object]) -> None:
    """Do a duty; what fails is told and tried again when it is due."""
    try:
        duty()
    except jobs.UNREACHABLE:
        raise
    except Exception:
        log.exception("%s failed", name)

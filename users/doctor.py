"""The doctor: finds copies, files and jobs that are not what they should be, and mends them.

What the service writes keeps them right; what else writes to the database, a crash between two
writes, or a restored backup may not.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection

from exports import files, jobs
from exports.models import Job
from usersvc import clock

from .models import Organization, User
from .querysets import UserQuerySet
from .search import index

BLOCK = 1_000
COPIES = ["name_key", "search_text"]
GONE = "Its file is gone: ask for it again."


@dataclass(frozen=True)
class Finding:
    """What is wrong, how often, and whether it was mended."""

    what: str
    count: int
    is_mended: bool


def examine(mend: bool) -> Iterator[Finding]:
    """Yield what is wrong; mended as it is found, where that is asked for and possible."""
    for what, check in CHECKS.items():
        if count := check(mend):
            yield Finding(what, count, mend and check not in BY_HAND)


def _copies(mend: bool) -> int:
    models = apps.get_app_config("users").get_models()
    return sum(_copies_of(model, mend) for model in models if _has_copies(model))


def _has_copies(model: Any) -> bool:
    return not model._meta.proxy and hasattr(model, "refresh_keys")


def _copies_of(model: Any, mend: bool) -> int:
    count, wrong = 0, []
    for row in model._base_manager.order_by("pk").iterator(chunk_size=BLOCK):
        before = [getattr(row, name) for name in COPIES]
        row.refresh_keys()
        if before != [getattr(row, name) for name in COPIES]:
            count += 1
            wrong.append(row)
        if mend and len(wrong) == BLOCK:
            model._base_manager.bulk_update(wrong, COPIES)
            wrong = []
    if mend:
        model._base_manager.bulk_update(wrong, COPIES)
    return count


def _second_factors(mend: bool) -> int:
    people = User.all_objects.order_by()
    wrong = {has: people.with_second_factor(has).with_mfa(not has) for has in (True, False)}
    return sum(_turn(wrong[has], "mfa_enabled", has, mend) for has in wrong)


def _addresses(mend: bool) -> int:
    people = User.all_objects.order_by().with_known_address()
    wrong = {
        is_so: people.with_address_verified(is_so).with_verified_email(not is_so)
        for is_so in (True, False)
    }
    return sum(_turn(wrong[is_so], "email_verified", is_so, mend) for is_so in wrong)


def _turn(wrong: UserQuerySet, name: str, value: bool, mend: bool) -> int:
    """Count people whose flag should have the value; let it have it where that is asked for."""
    if not mend:
        return wrong.count()
    ids = list(wrong.values_list("pk", flat=True))
    for start in range(0, len(ids), BLOCK):
        User.all_objects.with_ids(ids[start : start + BLOCK]).update(**{name: value})
    return len(ids)


def _tree(mend: bool) -> int:
    """Count organizations that lie below themselves; which one is to be a top, people decide."""
    parents = dict(Organization.objects.order_by().values_list("pk", "parent"))
    return sum(_lies_below_itself(pk, parents) for pk in parents)


def _lies_below_itself(pk: Any, parents: dict[Any, Any]) -> bool:
    above, seen = parents[pk], set()
    while above is not None and above not in seen:
        if above == pk:
            return True
        seen.add(above)
        above = parents.get(above)
    return False


def _search_index(mend: bool) -> int:
    count = index.missing(connection)
    if count and mend:
        index.make_anew(connection)
    return count


def _files_of_nobody(mend: bool) -> int:
    return files.remove_abandoned() if mend else files.count_abandoned()


def _jobs_without_file(mend: bool) -> int:
    kept = Job.objects.ended_with_files().iterator()
    lost = [job for job in kept if not files.exists(job.file_key)]
    for job in lost:
        if mend:
            job.withdraw(GONE)
    return len(lost)


def _stuck_jobs(mend: bool) -> int:
    return jobs.reap() if mend else Job.objects.tired(clock.now()).count()


Check = Callable[[bool], int]
CHECKS: dict[str, Check] = {
    "rows whose name_key or search_text is not that of their texts": _copies,
    "people whose mfa_enabled is not whether they have a second factor": _second_factors,
    "people whose email_verified is not that of their address": _addresses,
    "organizations that lie below themselves: give one of them another parent": _tree,
    "people who are not in the search index, or not as they are": _search_index,
    "files that no job has": _files_of_nobody,
    "jobs whose file is gone": _jobs_without_file,
    "jobs that were tried as often as may be and have no end": _stuck_jobs,
}
BY_HAND = (_tree,)

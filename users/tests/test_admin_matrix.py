"""Who gets what in the admin: every caller × the pages of what acts by itself or leaves the house.

Service accounts, webhooks, schedules, files of the audit and what is kept of a person; written by
hand, as test_visibility.py is for the API. The account is Sue's, the webhook Alice's, the schedule
Rita's, and the person Charlie.
"""

import pytest
from django.contrib.admin.utils import quote
from django.db import transaction
from django.test import Client

from users.models import ApiKey
from users.notices import outbox

from .accounts import account_of, key_of, token_of
from .browsing import BACKEND
from .receiving import webhook_of
from .test_schedules import schedule_of
from .test_visibility import CALLERS as PEOPLE

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]

# The machines are Root's and Sue's, with all permissions: no machine comes to the admin.
MACHINES = ["root's key", "sue's token"]
CALLERS = [*PEOPLE, *MACHINES]

# in: to the sign-in, which is where who has no role comes, and Sam, who only supports by the API;
# 302 from a page of Django's own admin: there is no such thing, for him.
#                nobody root sue alice bob rita sam nora zoe  ivo akira charlie key token
OWNER_OR_ROOT = "in     200  200 403   403 403  in  403  302  in  in    in      in  in"
ACCOUNT_LIST = " in     200  200 403   403 403  in  403  200  in  in    in      in  in"
ACCOUNT_VERB = " in     200  200 403   403 403  in  403  404  in  in    in      in  in"
ACCOUNT_DONE = " in     302  302 403   403 403  in  403  404  in  in    in      in  in"
HOOK_LIST = "    in     200  200 200   403 403  in  403  200  in  in    in      in  in"
HOOK_PAGE = "    in     200  200 200   403 403  in  403  302  in  in    in      in  in"
HOOK_DELETE = "  in     200  200 200   403 403  in  403  403  in  in    in      in  in"
HOOK_SECRET = "  in     200  200 200   403 403  in  404  404  in  in    in      in  in"
HOOK_DONE = "    in     302  302 302   403 403  in  404  404  in  in    in      in  in"
NO_VERB = "      in     405  405 405   405 405  in  405  405  in  in    in      in  in"
PLAN_LIST = "    in     200  200 200   200 200  in  200  200  in  in    in      in  in"
NO_ADDING = "    in     403  403 403   403 403  in  403  403  in  in    in      in  in"
PLAN_PAGE = "    in     200  302 302   302 200  in  302  302  in  in    in      in  in"
PLAN_DELETE = "  in     200  403 403   403 200  in  403  403  in  in    in      in  in"
PLAN_DONE = "    in     302  404 404   404 302  in  404  404  in  in    in      in  in"
PLAN_RUN = "     in     404  404 404   404 302  in  404  404  in  in    in      in  in"
AUDIT_FILE = "   in     200  200 200   403 403  in  403  200  in  in    in      in  in"
NO_FILE = "      in     404  404 404   403 403  in  403  404  in  in    in      in  in"
PRIVACY = "      in     200  200 200   403 403  in  404  404  in  in    in      in  in"
ERASE = "        in     200  200 403   403 403  in  404  404  in  in    in      in  in"
# One's own archive: who has signed in a while ago is asked for the password once more.
OWN = "          in     302  302 302   302 302  302 302  302  302 302   302     in  in"
NOT_OWN = "      405    405  405 405   405 405  405 405  405  405 405   405     405 405"

# Each row: address, what a GET gets, what an empty POST gets.
MATRIX = {
    "serviceaccount/": (ACCOUNT_LIST, ACCOUNT_LIST),
    "serviceaccount/add/": (ACCOUNT_LIST, ACCOUNT_LIST),
    "serviceaccount/{page}/change/": (OWNER_OR_ROOT, OWNER_OR_ROOT),
    "serviceaccount/{account}/do/rotate/": (ACCOUNT_VERB, ACCOUNT_VERB),
    "serviceaccount/{account}/do/take-over/": (ACCOUNT_VERB, ACCOUNT_VERB),
    "serviceaccount/{account}/do/revoke/": (ACCOUNT_VERB, ACCOUNT_DONE),
    "serviceaccount/{account}/keys/add/": (ACCOUNT_VERB, ACCOUNT_VERB),
    "serviceaccount/{account}/keys/{key}/revoke/": (ACCOUNT_VERB, ACCOUNT_DONE),
    "webhook/": (HOOK_LIST, HOOK_LIST),
    "webhook/add/": (HOOK_LIST, HOOK_LIST),
    "webhook/{hook}/change/": (HOOK_PAGE, HOOK_PAGE),
    "webhook/{hook}/delete/": (HOOK_DELETE, HOOK_DELETE),
    "webhook/{hook}/secret": (NO_VERB, HOOK_SECRET),
    "webhook/{hook}/test": (NO_VERB, HOOK_DONE),
    "webhook/{hook}/pause": (NO_VERB, HOOK_DONE),
    "webhook/{hook}/resume": (NO_VERB, HOOK_DONE),
    "webhook/{hook}/deliveries/{delivery}/again": (NO_VERB, HOOK_DONE),
    "exportschedule/": (PLAN_LIST, PLAN_LIST),
    "exportschedule/add/": (NO_ADDING, NO_ADDING),
    "exportschedule/{schedule}/change/": (PLAN_PAGE, PLAN_PAGE),
    "exportschedule/{schedule}/delete/": (PLAN_DELETE, PLAN_DELETE),
    "exportschedule/{schedule}/pause": (NO_VERB, PLAN_DONE),
    "exportschedule/{schedule}/resume": (NO_VERB, PLAN_DONE),
    "exportschedule/{schedule}/run": (NO_VERB, PLAN_RUN),
    "auditentry/export/csv": (AUDIT_FILE, NO_FILE),
    "auditentry/export/json": (AUDIT_FILE, NO_FILE),
    "user/{charlie}/privacy/": (PRIVACY, PRIVACY),
    "user/{charlie}/export/archive": (PRIVACY, PRIVACY),
    "user/{charlie}/erase/": (ERASE, ERASE),
    "/account/archive": (OWN, NOT_OWN),
}


@pytest.fixture
def things(cast):
    account, hook = account_of(cast.sue), webhook_of(cast.alice)
    key_of(account)
    return {
        "account": account.pk,
        "page": quote(account.pk),  # the admin writes _ in another way
        "key": ApiKey.objects.get(account=account).pk,
        "hook": hook.pk,
        "delivery": outbox.send_test(hook).pk,
        "schedule": schedule_of(cast.rita).pk,
        "charlie": cast.charlie.pk,
    }


def browser_of(cast, name):
    """Return a browser of a person, or a program that sends what it has of a machine."""
    if name == "root's key":
        return Client(headers={"Authorization": f"Bearer {key_of(account_of(cast.root))}"})
    if name == "sue's token":
        return Client(headers={"Authorization": f"Bearer {token_of(account_of(cast.sue))}"})
    browser = Client()
    if name != "nobody":
        browser.force_login(getattr(cast, name), backend=BACKEND)
    return browser


def outcome(browser, verb, path):
    """Return the status, or in for the way to the sign-in; nothing is left of what was done."""
    with transaction.atomic():
        answer = getattr(browser, verb)(path)
        if answer.streaming:
            b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    if answer.status_code == 302 and "/login/" in answer["Location"]:
        return "in"
    return str(answer.status_code)


@pytest.mark.parametrize("address", MATRIX)
def test_the_matrix(cast, things, address):
    path = "/admin/users/" * (not address.startswith("/")) + address.format(**things)
    browsers = {name: browser_of(cast, name) for name in CALLERS}
    expected, found = {}, {}
    for verb, row in zip(("get", "post"), MATRIX[address], strict=True):
        for (name, browser), word in zip(browsers.items(), row.split(), strict=True):
            expected[verb, name] = word
            found[verb, name] = outcome(browser, verb, path)
    assert found == expected

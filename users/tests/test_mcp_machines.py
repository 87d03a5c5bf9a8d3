"""Service accounts at /mcp: what a model may do that carries a token or a key of one."""

import pytest

from exports.models import Job
from users import service_accounts
from users.mcp.catalog import TOOLS
from users.models import AuditEntry, ServiceAccount, User

from .accounts import account_of, bearing, key_of, token_of
from .mcp import ERAS, EXPORTERS, PUBLIC, READERS, fault, offered, post, refusal, tool
from .test_visibility import EUROPE

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
ALL = {each.name for each in TOOLS}
CHANGE = "change_people"


@pytest.fixture(autouse=True)
def _writes(settings):
    settings.MCP_WRITES = True


@pytest.fixture
def account(cast):
    return account_of(cast.alice)


def found(api, era):
    return {each["identifier"] for each in tool(api, "find_people", era)["people"]}


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("carry", [token_of, key_of])
def test_it_is_offered_what_its_owner_is_and_sees_whom_its_owner_sees(cast, account, carry, era):
    api = bearing(carry(account))
    assert offered(api, era) == ALL
    assert found(api, era) == EUROPE


@pytest.mark.parametrize("era", ERAS)
def test_its_changes_are_its_own_in_the_audit(cast, account, era):
    api = bearing(key_of(account))
    tool(api, CHANGE, era, action="suspend", ids=[str(cast.ivo.pk)], dry_run=False)
    assert User.objects.get(pk=cast.ivo.pk).status == "suspended"
    entry = AuditEntry.objects.about([str(cast.ivo.pk)]).order_by("-pk").first()
    assert (entry.actor, entry.client) == (cast.alice, account.pk)


@pytest.mark.parametrize("era", ERAS)
def test_a_key_that_only_reads_is_offered_no_change_and_makes_none(cast, account, era):
    api = bearing(key_of(account, "read"))
    assert offered(api, era) == READERS | EXPORTERS
    assert found(api, era) == EUROPE
    asked = {"action": "suspend", "ids": [str(cast.ivo.pk)], "dry_run": False}
    error = refusal(api, "tools/call", {"name": CHANGE, "arguments": asked}, era)
    assert error["message"] == f"Unknown tool: '{CHANGE}'"
    assert User.objects.get(pk=cast.ivo.pk).status == "active"


def test_a_scope_narrows_a_token_to_tools(cast, account):
    api = bearing(token_of(account, scope="users.view_user"))
    assert offered(api) & (EXPORTERS | {CHANGE}) == set()
    assert found(api, ERAS[0]) == EUROPE


def test_without_a_permission_it_reads_the_documentation_alone(cast):
    assert offered(bearing(key_of(account_of(cast.ivo)))) == PUBLIC


def test_it_sees_the_files_that_it_asked_for_alone(cast, call, account):
    mine, other = bearing(key_of(account, "read")), bearing(key_of(account_of(cast.alice)))
    job = tool(mine, "start_export")["job"]
    assert Job.objects.get(pk=job["id"]).client == account.pk
    assert tool(mine, "get_export", id=job["id"])["job"]["id"] == job["id"]
    assert fault(other, "get_export", id=job["id"])["code"] == 404
    assert tool(call(cast.alice), "get_export", id=job["id"])["job"]["id"] == job["id"]


@pytest.mark.parametrize("carry", [token_of, key_of])
def test_once_it_is_revoked_it_is_not_let_in(cast, account, carry):
    api = bearing(carry(account))
    service_accounts.revoke(ServiceAccount.objects.get(pk=account.pk))
    assert post(api, "tools/list").status_code == 401

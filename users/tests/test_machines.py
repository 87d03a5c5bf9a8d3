"""Service accounts at work: who they are, what they may, whom they see, and when they are over."""

import re
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.contrib.auth.models import Permission

from exports import jobs
from exports.models import Job
from users import service_accounts, standing
from users.authentication import bearer
from users.models import ApiKey, AuditEntry, IdempotencyKey, Machine, Role, ServiceAccount, User
from users.models.service_account import AccountState, read_networks
from usersvc import clock
from usersvc.api.throttles import UserThrottle

from .accounts import account_of, bearing, key_of, token_of
from .test_visibility import MATRIX, QUERIES, ROWS, people

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]


def api_of(owner, *permissions, mode="write", **values):
    return bearing(key_of(account_of(owner, *permissions, **values), mode))


def usernames(api):
    return {row["identifier"] for row in api.get("/users").json()}


def state(account):
    return ServiceAccount.objects.get(pk=account.pk).state(clock.now())


# -- sight


@pytest.mark.parametrize("owner", ["root", "sue", "alice", "rita", "nora", "zoe"])
@pytest.mark.parametrize("address", ["users", "users/export", "api/v2/users/download"])
def test_a_machine_with_all_permissions_sees_what_its_owner_sees(cast, call, owner, address):
    person = getattr(cast, owner)
    path = f"/{address}{QUERIES.get(address, '')}"
    given = [] if owner != "root" else ["view_user", "export_user"]
    assert people(api_of(person, *given).get(path)) == people(call(person).get(path))


def test_an_organization_narrows_it(cast):
    assert usernames(api_of(cast.sue, organization=cast.europe)) == ROWS["europe"]
    assert usernames(api_of(cast.root, "view_user", organization=cast.europe)) == ROWS["europe"]
    assert usernames(api_of(cast.alice, organization=cast.italy)) == {"ivo"}


def test_an_organization_out_of_its_owners_sight_ends_it(cast):
    account = account_of(cast.alice, organization=cast.italy)
    api = bearing(key_of(account))
    assert api.get("/users").status_code == 200
    cast.alice.organization = cast.asia
    cast.alice.save()
    assert api.get("/users").status_code == 401
    assert state(account) == AccountState.OUT_OF_SIGHT


# -- permissions


def test_it_loses_what_its_owner_loses(cast):
    account = account_of(cast.alice)
    api = bearing(key_of(account))
    assert api.post("/tags", {"name": "vip"}, format="json").status_code == 201
    cast.alice.roles.set([Role.objects.get(name="Reader")])
    assert api.post("/tags", {"name": "new"}, format="json").status_code == 403
    assert api.get("/users").status_code == 200


def test_a_superusers_machine_has_no_more_than_it_was_given(cast):
    api = api_of(cast.root, "view_user")
    assert api.get("/users").status_code == 200
    assert api.get("/roles").status_code == 403
    assert api.get("/users/export?format=csv").status_code == 403


def test_permissions_of_other_applications_count_for_nothing(cast):
    account = account_of(cast.root, "view_user")
    account.permissions.add(*Permission.objects.exclude(content_type__app_label="users"))
    machine = Machine.of(account)
    assert machine.get_all_permissions() == {"users.view_user"}
    assert not machine.is_staff


WRITES = [
    (address, verb)
    for address, row in MATRIX.items()
    for verb in ("post", "put", "patch", "delete")
    if verb in row and not address.startswith(("api/token", "oauth/", "api/v2/jobs"))
]


def test_a_read_key_is_refused_each_write(cast):
    api = api_of(cast.root, mode="read")
    for address, verb in WRITES:
        path = "/" + re.sub("<.*?>", "00000000-0000-7000-8000-000000000009", address)
        assert getattr(api, verb)(path).status_code == 403, (verb, address)


def test_a_read_key_reads_and_takes_files(cast):
    api = api_of(cast.alice, mode="read")
    assert usernames(api) == ROWS["europe"]
    assert people(api.get("/users/export?format=csv")) == ROWS["europe"]
    assert api.post("/api/v2/jobs/users-exports", {}, format="json").status_code == 200


# -- no escalation


def test_a_machine_of_root_that_only_manages_people_touches_nobody_who_may_more(cast):
    api = api_of(cast.root, "view_user", "manage_user")
    for person in (cast.root, cast.sue, cast.alice, cast.bob, cast.rita):
        path = f"/users/{person.pk}"
        assert api.patch(path, {"email": "x@evil.example"}, format="json").status_code == 403
        for verb in ("suspend", "logout", "reset-mfa", "send-password-reset"):
            assert api.post(f"{path}/{verb}").status_code == 403, (person, verb)
    assert api.patch(f"/users/{cast.ivo.pk}", {"nickname": "I"}, format="json").status_code == 200


def test_in_bulk_neither(cast):
    api = api_of(cast.root, "view_user", "manage_user", "manage_tag")
    ids = [str(person.pk) for person in (cast.root, cast.alice, cast.ivo)]
    for action in ("suspend", "logout", "reset_mfa"):
        answer = api.post("/users/bulk", {"action": action, "ids": ids}, format="json")
        assert answer.status_code == 200, answer.content
    for person in (cast.root, cast.alice):
        before = person.sign_in_version
        person.refresh_from_db()
        assert (person.status, person.sign_in_version) == ("active", before)
    assert User.objects.get(pk=cast.ivo.pk).status == "suspended"


def test_a_machine_with_all_that_its_owner_holds_does_nothing_to_the_owner(cast):
    api = api_of(cast.alice)
    path = f"/users/{cast.alice.pk}"
    assert api.patch(path, {"email": "x@evil.example"}, format="json").status_code == 403
    assert api.patch(path, {"nickname": "A"}, format="json").status_code == 403
    assert api.post(f"{path}/logout").status_code == 403
    role = Role.objects.get(name="Super Admin")
    body = {"action": "add_role", "ids": [str(cast.alice.pk)], "role_id": str(role.pk)}
    api.post("/users/bulk", body, format="json")
    assert [role.name for role in cast.alice.roles.all()] == ["Admin"]


def test_it_grants_no_role_that_gives_more_than_it_has(cast):
    api = api_of(cast.root, "view_user", "manage_user", "manage_role", "view_role")
    role = Role.objects.get(name="Admin")
    path = f"/users/{cast.ivo.pk}/roles"
    assert api.put(path, {"ids": [str(role.pk)]}, format="json").status_code in (400, 403)
    body = {"name": "Mine", "permissions": ["users.destroy_user"]}
    assert api.post("/roles", body, format="json").status_code == 403
    reader = Role.objects.get(name="Reader")
    path = f"/roles/{reader.pk}"
    assert api.patch(path, {"description": "x"}, format="json").status_code == 403
    assert not cast.ivo.roles.exists()


def test_it_reaches_nothing_that_is_a_persons_own(cast):
    account = account_of(cast.root)
    for token in (token_of(account), key_of(account)):
        api = bearing(token)
        assert api.get("/api/me").status_code == 403
        assert api.get("/api/tokens").status_code == 403
        assert api.delete(f"/api/tokens/{cast.root.pk}").status_code == 403
        assert api.post("/api/token/refresh", {"refresh": token}, format="json").status_code == 401
        assert api.get("/admin/").status_code == 302
        assert api.get("/account/").status_code in (302, 404)
        assert api.get("/_allauth/app/v1/auth/sessions").status_code in (401, 410)


def test_a_machine_is_never_saved(cast):
    machine = Machine.of(account_of(cast.root))
    for act in (machine.save, machine.delete, machine.refresh_from_db, machine.suspend):
        with pytest.raises(TypeError):
            act()
    cast.root.refresh_from_db()
    assert cast.root.is_superuser


def test_a_machine_looks_after_no_service_accounts(cast):
    assert service_accounts.may_manage(cast.root)
    assert not service_accounts.may_manage(Machine.of(account_of(cast.root)))


# -- when it is over


@pytest.fixture
def account(cast):
    return account_of(cast.alice)


def after(account, **values):
    ServiceAccount.objects.filter(pk=account.pk).update(**values)


def expire(account, cast):
    after(account, expires_at=clock.now())


def revoke(account, cast):
    service_accounts.revoke(ServiceAccount.objects.get(pk=account.pk))


def suspend(account, cast):
    cast.alice.suspend()


def delete(account, cast):
    cast.alice.soft_delete()


def destroy(account, cast):
    cast.alice.delete()


def end_schedule(account, cast):
    cast.alice.access_ends_at = clock.now() - timedelta(seconds=1)
    cast.alice.save()


def move(account, cast):
    after(account, networks=["192.0.2.7"])


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (expire, AccountState.EXPIRED),
        (revoke, AccountState.REVOKED),
        (suspend, AccountState.OWNER_KEPT_OUT),
        (delete, AccountState.OWNER_KEPT_OUT),
        (end_schedule, AccountState.OWNER_KEPT_OUT),
        (destroy, AccountState.OWNERLESS),
        (move, AccountState.ACTIVE),
    ],
)
def test_what_ends_it_ends_tokens_keys_and_files_on_their_way(cast, account, end, said):
    token, key = token_of(account), key_of(account)
    machine = bearing(key).get("/users").wsgi_request.user
    withdrawn = []
    for carried in (token, key):
        answer = bearing(carried).get("/users")
        assert answer.status_code == 200
        request = answer.renderer_context["request"]
        withdrawn.append(standing.withdrawn(request, ["users.view_user"]))
    assert [reason() for reason in withdrawn] == ["", ""]
    end(account, cast)
    assert state(account) == said
    assert bearing(token).get("/users").status_code == 401
    assert bearing(key).get("/users").status_code == 401
    assert [reason() for reason in withdrawn] == [standing.NO_LONGER_SIGNED_IN] * 2
    if end is not move:  # a job comes from nowhere
        reason = standing.withdrawn_from(machine, ["users.view_user"])
        assert reason() == standing.NO_LONGER_SIGNED_IN


def test_a_new_secret_ends_the_old_one_and_its_tokens(account):
    token, before = token_of(account), account.secret
    account.secret = service_accounts.rotate(account)
    assert bearing(token).get("/users").status_code == 401
    assert bearing(token_of(account)).get("/users").status_code == 200
    assert not account.holds(before)
    row = ServiceAccount.objects.filter(pk=account.pk).values().get()
    assert account.secret not in str(row)
    assert before not in str(row)


def test_who_takes_an_account_over_gets_new_secrets(cast, account):
    token, key = token_of(account), key_of(account)
    assert service_accounts.refusal_to_take_over(cast.sue, account) is None
    assert service_accounts.refusal_to_take_over(cast.rita, account) is not None
    account.secret = service_accounts.take_over(cast.sue, account)
    assert bearing(token).get("/users").status_code == 401
    assert bearing(key).get("/users").status_code == 401
    assert usernames(bearing(token_of(account))) == ROWS["acme"]


def test_a_revoked_or_expired_key_is_over(account):
    key = key_of(account)
    row = ApiKey.objects.get(account=account)
    assert row.shown == key[:13] + "…"
    row.revoke()
    assert bearing(key).get("/users").status_code == 401
    assert bearing(key_of(account, expires_at=clock.now())).get("/users").status_code == 401
    assert bearing(key + "x").get("/users").status_code == 401
    assert bearing("usvk_").get("/users").status_code == 401
    assert bearing("usvk_ÿ").get("/users").status_code == 401


def test_a_token_speaks_for_no_other_account(cast, account):
    other = account_of(cast.root)
    token = token_of(account)
    after(account, version=account.version + 1)
    assert bearing(token).get("/users").status_code == 401
    assert bearing(token_of(other)).get("/users").status_code == 200


# -- networks


@pytest.mark.parametrize(
    ("networks", "address", "admitted"),
    [
        (["192.0.2.0/24"], "192.0.2.255", True),
        (["192.0.2.0/24"], "192.0.3.0", False),
        (["192.0.2.0/24"], "::ffff:192.0.2.1", True),
        (["2001:db8::/32"], "2001:db8:1::1", True),
        (["2001:db8::/32"], "2001:db9::1", False),
        (["2001:db8::/32"], "192.0.2.1", False),
        (["192.0.2.7", "2001:db8::7"], "2001:db8::7", True),
        (["0.0.0.0/0"], "", False),
        (["0.0.0.0/0"], "unix:", False),
    ],
)
def test_networks_admit_whoever_comes_from_there(cast, networks, address, admitted):
    api = bearing(key_of(account_of(cast.alice, networks=networks)))
    expected = 200 if admitted else 401
    assert api.get("/users", REMOTE_ADDR=address).status_code == expected


def test_behind_a_proxy_the_callers_address_counts(cast, settings):
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1")]
    api = bearing(key_of(account_of(cast.alice, networks=["203.0.113.0/24"])))
    assert api.get("/users", HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 200
    assert api.get("/users", HTTP_X_FORWARDED_FOR="203.0.113.9, 198.51.100.1").status_code == 401
    settings.TRUSTED_PROXIES = []
    assert api.get("/users", HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 401


def test_networks_are_read_strictly():
    assert read_networks(["192.0.2.7/32", " 2001:DB8::/32", "", "10.0.0.0/8"]) == [
        "192.0.2.7",
        "2001:db8::/32",
        "10.0.0.0/8",
    ]
    with pytest.raises(Exception, match="Line 3") as caught:
        read_networks(["10.0.0.0/8", "", "10.0.0.1/8"])
    assert "10.0.0.0/8" in str(caught.value)
    with pytest.raises(Exception, match="Line 1"):
        read_networks(["example.org"])
    with pytest.raises(Exception, match="at most 50"):
        read_networks(["10.0.0.1"] * 51)


# -- jobs


def ask_for_job(api):
    answer = api.post("/api/v2/jobs/users-exports", {"fields": [{"name": "email"}]}, format="json")
    assert answer.status_code == 200, answer.content
    return Job.objects.get(pk=answer.json()["id"])


def shown_jobs(api):
    return {job["id"] for job in api.get("/api/v2/jobs").json()}


def test_a_machine_sees_its_own_jobs_alone_and_its_owner_both(cast, call, account):
    mine, other = bearing(key_of(account)), api_of(cast.alice)
    person = call(cast.alice)
    asked = [ask_for_job(api) for api in (mine, other, person)]
    assert shown_jobs(mine) == {asked[0].pk}
    assert shown_jobs(other) == {asked[1].pk}
    assert shown_jobs(person) == {job.pk for job in asked}
    assert mine.get(f"/api/v2/jobs/{asked[2].pk}").status_code == 404
    assert mine.post(f"/api/v2/jobs/{asked[2].pk}/cancel").status_code == 404


def test_a_machine_of_root_sees_no_jobs_of_others(cast, call):
    job = ask_for_job(call(cast.alice))
    api = api_of(cast.root)
    assert api.get(f"/api/v2/jobs/{job.pk}").status_code == 404


def run(job):
    job.start()
    jobs.run(job)
    job.refresh_from_db()
    return job


def test_a_job_runs_as_narrow_as_it_was_asked_for(cast):
    account = account_of(cast.sue, organization=cast.italy)
    job = run(ask_for_job(bearing(key_of(account, "read"))))
    assert (job.state, job.rows_done, job.client) == ("done", 1, account.pk)
    entry = AuditEntry.objects.filter(event="export").latest("timestamp")
    assert (entry.client, entry.actor) == (account.pk, cast.sue)


def test_a_job_of_a_revoked_account_is_not_done(account, cast):
    job = ask_for_job(bearing(key_of(account)))
    revoke(account, cast)
    assert (run(job).state, job.error_code) == ("failed", "withdrawn")


def test_a_job_does_not_go_on_for_who_took_the_account_over(account, cast):
    job = ask_for_job(bearing(key_of(account)))
    service_accounts.take_over(cast.sue, account)
    assert (run(job).state, job.error_code) == ("failed", "withdrawn")


def test_limits_are_counted_for_each_account(cast, call, account, settings):
    settings.JOBS_PER_CALLER = 1
    for api in (bearing(key_of(account)), api_of(cast.alice), call(cast.alice)):
        ask_for_job(api)
        assert api.post("/api/v2/jobs/users-exports", {}, format="json").status_code == 429


def test_throttles_count_each_account(cast, call, account, monkeypatch):
    monkeypatch.setattr(UserThrottle, "rate", "1/min", raising=False)
    for api in (bearing(key_of(account)), api_of(cast.alice), call(cast.alice)):
        assert [api.get("/users").status_code for _ in range(2)] == [200, 429]


def test_idempotency_keys_are_each_accounts_own(cast, call, account):
    header = {"HTTP_IDEMPOTENCY_KEY": "same"}
    callers = (bearing(key_of(account)), api_of(cast.alice), call(cast.alice))
    for number, api in enumerate(callers):
        answer = api.post("/tags", {"name": f"tag {number}"}, format="json", **header)
        assert answer.status_code == 201
    assert IdempotencyKey.objects.filter(key="same").count() == 3


# -- what is told of it


def test_the_audit_says_which_account_it_was(cast, account):
    bearing(key_of(account)).patch(f"/users/{cast.ivo.pk}", {"nickname": "I"}, format="json")
    entry = AuditEntry.objects.about([str(cast.ivo.pk)]).latest("timestamp")
    assert (entry.actor, entry.client) == (cast.alice, account.pk)
    cast.ivo.refresh_from_db()
    assert cast.ivo.updated_by == cast.alice


def test_the_audit_holds_no_hash(account):
    key = key_of(account)
    service_accounts.rotate(account)
    row = ApiKey.objects.get(account=account)
    told = str([entry.changes for entry in AuditEntry.objects.all()])
    assert row.hash not in told
    assert ServiceAccount.objects.get(pk=account.pk).secret_hash not in told
    assert key not in told


def test_using_it_is_written_down_once_a_minute(account):
    api = bearing(key_of(account))
    api.get("/users")
    row = ApiKey.objects.get(account=account)
    assert row.last_used_from == "127.0.0.1"
    before = row.last_used_at
    api.get("/users")
    row.refresh_from_db()
    assert row.last_used_at == before


def test_a_key_is_admitted_in_few_statements(cast, account, django_assert_max_num_queries):
    narrowed = account_of(cast.sue, organization=cast.italy)
    for key in (key_of(account), key_of(narrowed)):
        with django_assert_max_num_queries(2):
            assert bearer(key, "127.0.0.1") is not None
        with django_assert_max_num_queries(4):
            assert bearer(key, "127.0.0.1").has_perm("users.view_user")

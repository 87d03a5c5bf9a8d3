"""Writes over the API that meet each other, or come twice."""

from functools import partial

import pytest
from django.db import connection

from users.models import IdempotencyKey, Role, Tag, User
from users.tests.factories import GroupFactory, RoleFactory, UserFactory

from .cast import Cast
from .sending import NEW, address, at_once, send

pytestmark = pytest.mark.django_db

# -- safety of writes


def test_a_stale_write_is_refused_and_changes_nothing(cast, call):
    api, path = call(cast.alice), address(cast.charlie)
    seen = api.get(path)
    assert send(api, "get", path, None, If_None_Match=seen["ETag"]).status_code == 304
    first = send(api, "patch", path, {"phone": "1"}, If_Match=seen["ETag"])
    assert first.status_code == 200
    assert first["ETag"] == api.get(path)["ETag"] != seen["ETag"]
    for method, target, body in (
        ("patch", path, {"phone": "2"}),
        ("put", path, NEW),
        ("delete", path, None),
        ("post", f"{path}/suspend", {}),
        ("put", f"{path}/tags", {"ids": []}),
    ):
        assert send(api, method, target, body, If_Match=seen["ETag"]).status_code == 412
    assert api.get(path)["ETag"] == first["ETag"]
    assert send(api, "patch", path, {"phone": "3"}, If_Match="*").status_code == 200


def test_signing_in_makes_nobody_s_tag_stale(cast, call):
    seen = call(cast.alice).get(address(cast.charlie))
    cast.charlie.record_sign_in()
    again = call(cast.alice).get(address(cast.charlie))
    assert again.json()["login_count"] == 1
    assert again["ETag"] == seen["ETag"]


def test_a_repeated_post_is_answered_once(cast, call):
    api = call(cast.alice)
    first = send(api, "post", "/users", NEW, Idempotency_Key="k-1")
    again = send(api, "post", "/users", NEW, Idempotency_Key="k-1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert (again["Location"], again["ETag"]) == (first["Location"], first["ETag"])
    assert again["Idempotent-Replayed"] == "true"
    other = send(api, "post", "/users", NEW | {"name": "Other"}, Idempotency_Key="k-1")
    assert other.status_code == 422
    # Keys are each caller's own.
    taken = send(call(cast.bob), "post", "/users", NEW, Idempotency_Key="k-1")
    assert taken.status_code == 409
    assert send(api, "post", "/users", NEW, Idempotency_Key="é").status_code == 400


@pytest.mark.parametrize("name", ['"\\ud800"', str(2**70)])
def test_odd_bodies_with_a_key_are_no_crash(cast, call, name):
    body = f'{{"identifier": "x", "email": "x@example.com", "name": {name}}}'
    answer = call(cast.alice).post(
        "/users", body, content_type="application/json", headers={"Idempotency-Key": "k-3"}
    )
    assert answer.status_code in (201, 400)


def test_what_was_refused_may_be_tried_again_with_its_key(cast, call):
    api = call(cast.alice)
    refused = send(api, "post", "/users", {"identifier": "x"}, Idempotency_Key="k-2")
    assert refused.status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert send(api, "post", "/users", NEW, Idempotency_Key="k-2").status_code == 201


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_writers_one_wins_and_one_is_told(call):
    cast = Cast()
    path = address(cast.charlie)
    tag = call(cast.alice).get(path)["ETag"]
    clients = [call(cast.alice), call(cast.sue)]
    answers = at_once(
        lambda: send(clients[0], "patch", path, {"phone": "1"}, If_Match=tag),
        lambda: send(clients[1], "patch", path, {"phone": "2"}, If_Match=tag),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_one_key_at_the_same_time_does_its_work_once(call):
    cast = Cast()
    clients = [call(cast.alice) for _ in range(2)]
    answers = at_once(
        *(partial(send, api, "post", "/users", NEW, Idempotency_Key="same") for api in clients)
    )
    assert [answer.status_code for answer in answers] == [201, 201]
    assert User.objects.filter(username="new.one").count() == 1


# -- cost


def test_reading_costs_the_same_however_much_a_person_has(
    cast, call, django_assert_max_num_queries
):
    api, path = call(cast.alice), address(cast.charlie)
    cast.charlie.tags.add(*(Tag.objects.create(name=f"t{n}") for n in range(30)))
    cast.charlie.groups.add(*(GroupFactory() for _ in range(30)))
    with django_assert_max_num_queries(9):
        assert len(api.get(path).json()["tags"]) == 30
    assert connection.in_atomic_block


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_who_suspend_each_other_s_last_peer_one_is_refused(call):
    """Each of the last two super admins would go; somebody as mighty suspends both at once."""
    cast = Cast()
    User.objects.with_ids([cast.root.pk]).update(status="inactive")
    everything = RoleFactory()
    everything.permissions.set(Role.objects.get(name="Super Admin").permissions.all())
    peer = UserFactory(organization=cast.acme, roles=["Super Admin"])
    User.objects.with_ids([cast.zoe.pk]).update(status="inactive")
    clients = [call(UserFactory(organization=cast.acme, roles=[everything])) for _ in range(2)]
    answers = at_once(
        *(
            partial(api.post, address(person, "/suspend"))
            for api, person in zip(clients, (cast.sue, peer), strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 403]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_who_take_one_name_one_is_told(call):
    cast = Cast()
    clients = [call(cast.alice), call(cast.sue)]
    answers = at_once(*(partial(send, api, "post", "/users", NEW) for api in clients))
    assert sorted(answer.status_code for answer in answers) == [201, 409]

"""Random sequences of writes over the API, held against a plain model of what they mean.

After each step the directory is what the model says, whatever was refused changed nothing, whoever
changed has a new audit entry, the tree has no cycle, and a super admin is left who can sign in.
"""

from collections import Counter
from dataclasses import asdict, dataclass, replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from rest_framework.test import APIClient

from users import tokens
from users.models import AuditEntry, Organization, User

from .cast import Cast

pytestmark = pytest.mark.django_db

PLACES = ["acme", "acme-europe", "acme-italy", "acme-asia", "globex"]
NAMES = ["alice", "bob", "rita", "sue", "zoe", "ivo", "akira", "charlie", "new1", "new2"]
ACTORS = st.sampled_from(["root", "root", "root", "sue", "alice", "bob", "zoe"])
WHO, WHERE = st.sampled_from(NAMES), st.sampled_from(PLACES)
STATUSES = st.sampled_from(["active", "onboarding", "inactive", "risky"])
VERBS = st.sampled_from(["suspend", "reactivate", "delete", "restore"])


@dataclass(frozen=True)
class Person:
    status: str
    place: str | None
    before: str = ""
    deleted: bool = False
    suspended_with: str | None = None
    deleted_with: str | None = None

    def suspend(self, place=None):
        if self.status == "suspended":
            return self
        return replace(self, status="suspended", before=self.status, suspended_with=place)

    def reactivate(self):
        if self.status != "suspended":
            return self
        return replace(self, status=self.before or "active", before="", suspended_with=None)

    def delete(self, place=None):
        return self if self.deleted else replace(self, deleted=True, deleted_with=place)

    def restore(self):
        return replace(self, deleted=False, deleted_with=None)


@dataclass
class Place:
    parent: str | None
    suspended: bool = False
    deleted: bool = False


def suits(person, verb):
    if verb == "restore":
        return person.deleted
    return not person.deleted and {
        "suspend": person.status != "suspended",
        "reactivate": person.status == "suspended",
        "delete": True,
    }.get(verb, True)


class Writes(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        Cast()
        self.people, self.places = everybody(), everywhere()

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # -- what is done

    @rule(actor=ACTORS, name=st.sampled_from(["new1", "new2", "bob"]), place=WHERE)
    def create(self, actor, name, place):
        body = {
            "identifier": name,
            "email": f"{name}@example.com",
            "status": "active",
            "organization_id": str(Organization.objects.get(external_id=place).pk),
        }
        people = self.people | {name: Person("active", place)}
        expected = {409} if name in self.people else {201}
        self.step(actor, "post", "/users", body, people, expected=expected)

    @rule(actor=ACTORS, name=WHO, verb=VERBS)
    def one(self, actor, name, verb):
        if name not in self.people:
            return
        person = self.people[name]
        method, path = ("delete", "") if verb == "delete" else ("post", f"/{verb}")
        found = person.deleted == (verb == "restore")
        people = self.people | {name: getattr(person, verb)()}
        expected = {200, 204} if found else {404}
        self.step(actor, method, self.address(name) + path, {}, people, expected=expected)

    @rule(actor=ACTORS, name=WHO, status=STATUSES)
    def change_status(self, actor, name, status):
        if name not in self.people:
            return
        person = self.people[name]
        refused = person.deleted or person.status == "suspended"
        people = self.people | {name: replace(person, status=status)}
        expected = {404, 400} if refused else {200}
        self.step(actor, "patch", self.address(name), {"status": status}, people, expected=expected)

    @rule(actor=ACTORS, name=WHO, place=WHERE)
    def move_person(self, actor, name, place):
        if name not in self.people:
            return
        person = self.people[name]
        body = {"organization_id": str(Organization.objects.get(external_id=place).pk)}
        people = self.people | {name: replace(person, place=place)}
        self.step(
            actor,
            "post",
            self.address(name) + "/move",
            body,
            people,
            expected={404} if person.deleted else {200},
        )

    @rule(actor=ACTORS, name=WHO)
    def destroy(self, actor, name):
        if name not in self.people:
            return
        people = {other: person for other, person in self.people.items() if other != name}
        expected = {204} if self.people[name].deleted else {409}
        self.step(actor, "post", self.address(name) + "/destroy", {}, people, expected=expected)

    @rule(actor=ACTORS, names=st.sets(WHO, min_size=1), verb=VERBS)
    def many(self, actor, names, verb):
        """Of a bulk write, exactly those that it calls done have changed."""
        ids = {str(self.ids()[name]): name for name in names if name in self.people}
        before, entries = self.people, entry_counts()
        answer = self.client(actor)
        if answer is None or not ids:
            return
        answer = answer.post("/users/bulk", {"action": verb, "ids": list(ids)}, format="json")
        if answer.status_code == 200:
            outcomes = {ids[row["id"]]: row["outcome"] for row in answer.json()["results"]}
            done = {name for name, outcome in outcomes.items() if outcome == "done"}
            assert set(outcomes) == set(ids.values())
            assert all(suits(before[name], verb) for name in done)
            if actor == "root":
                assert done == {name for name in outcomes if suits(before[name], verb)}
            self.people = before | {name: getattr(before[name], verb)() for name in done}
        else:
            assert answer.status_code in (400, 401, 403), answer.content
        self.check(before, entries)

    @rule(actor=ACTORS, place=WHERE, verb=VERBS)
    def organization(self, actor, place, verb):
        was = self.places[place]
        method, path = ("delete", "") if verb == "delete" else ("post", f"/{verb}")
        key = "deleted" if verb in ("delete", "restore") else "suspended"
        places = self.places | {place: replace(was, **{key: verb in ("delete", "suspend")})}
        people = dict(self.people)
        if places != self.places:
            for name, person in self.people.items():
                people[name] = self.taken_along(person, place, verb, places)
        # A restored one is found again, and one that lives need not be.
        expected = {404} if was.deleted and verb != "restore" else {200, 204}
        self.step(
            actor, method, self.organization_address(place) + path, {}, people, places, expected
        )

    def taken_along(self, person, place, verb, places):
        inside = place in self.path_up(person.place)
        if verb == "suspend":
            return person.suspend(place) if inside and not person.deleted else person
        if verb == "delete":
            return person.delete(place) if inside else person
        tie, key = (
            ("suspended_with", "suspended") if verb == "reactivate" else ("deleted_with", "deleted")
        )
        if getattr(person, tie) != place:
            return person
        for above in self.path_up(person.place):
            if getattr(places[above], key):
                return replace(person, **{tie: above})
        return getattr(person, verb)()

    @rule(actor=ACTORS, place=WHERE, parent=st.one_of(st.none(), WHERE))
    def move_organization(self, actor, place, parent):
        was = self.places[place]
        above = None if parent is None else Organization.objects.get(external_id=parent).pk
        body = {"parent_id": None if above is None else str(above)}
        places = self.places | {place: replace(was, parent=parent)}
        possible = not was.deleted and (
            parent is None
            or (not self.places[parent].deleted and place not in self.path_up(parent))
        )
        path = self.organization_address(place) + "/move"
        expected = {200} if possible else {400, 404}
        self.step(actor, "post", path, body, self.people, places, expected)

    # -- how it is checked

    def step(self, actor, method, path, body, people, places=None, expected=frozenset({200})):
        """Ask; where that succeeds the world is the new one, else the old one."""
        client, before, entries = self.client(actor), self.people, entry_counts()
        if client is None:
            return
        answer = getattr(client, method)(path, body, format="json")
        if actor == "root":
            assert answer.status_code in expected, (method, path, answer.content)
        assert answer.status_code < 500, answer.content
        if answer.status_code < 400:
            self.people, self.places = people, places or self.places
        self.check(before, entries)

    def check(self, before, entries):
        assert {name: asdict(person) for name, person in everybody().items()} == {
            name: asdict(person) for name, person in self.people.items()
        }
        assert everywhere() == self.places
        for place in self.places:
            self.path_up(place)  # ends
        now = entry_counts()
        for name, pk in self.ids().items():
            if self.people[name] != before.get(name):
                assert now[str(pk)] > entries[str(pk)], f"{name} changed without an entry"
        if self.people == before:
            assert not [name for name, pk in self.ids().items() if now[str(pk)] > entries[str(pk)]]
        able = User.objects.super_admins().with_status(["active", "onboarding", "risky"])
        assert able.exists()

    def path_up(self, place):
        path = []
        while place is not None:
            assert place not in path, "a cycle"
            path.append(place)
            place = self.places[place].parent
        return path

    def client(self, actor):
        """Return a client of somebody who may still sign in, whose token is fresh."""
        person = User.objects.filter(username=actor).first()
        if person is None or not person.is_active:
            return None
        client = APIClient(raise_request_exception=False)
        access = tokens.mint(person, ["pwd"])["access"]
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
        return client

    @staticmethod
    def ids():
        return dict(User.all_objects.exclude(username="root").values_list("username", "pk"))

    def address(self, name):
        return f"/users/{self.ids()[name]}"

    @staticmethod
    def organization_address(place):
        return f"/organizations/{Organization.objects.get(external_id=place).pk}"


def everybody():
    people = User.all_objects.exclude(username="root").select_related(
        "organization", "suspended_with", "deleted_with"
    )
    return {
        person.username: Person(
            person.status,
            place_of(person.organization),
            person.status_before,
            person.deleted_at is not None,
            place_of(person.suspended_with),
            place_of(person.deleted_with),
        )
        for person in people
    }


def everywhere():
    return {
        place.external_id: Place(
            place_of(place.parent), place.suspended_at is not None, place.deleted_at is not None
        )
        for place in Organization.objects.select_related("parent")
    }


def place_of(organization):
    return None if organization is None else organization.external_id


def entry_counts():
    return Counter(AuditEntry.objects.values_list("object_pk", flat=True))


def test_any_sequence_of_writes_means_what_the_model_says():
    run_state_machine_as_test(
        Writes,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

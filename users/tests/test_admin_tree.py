"""Organizations in the admin: a tree that unfolds, and the page of one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from users import cascades, rules
from users.admin import organization_tree
from users.models import Organization, Policy

from .browsing import enter, messages_of, page_of, people
from .factories import OrganizationFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
LIST = "/admin/users/organization/"


@pytest.fixture
def shy(monkeypatch):
    """Trees that are shown folded."""
    monkeypatch.setattr(organization_tree, "FEW", 0)


def opened(client, **asked):
    answer = client.get(LIST, asked)
    assert answer.status_code == 200
    return answer.context["cl"]


def rows(client, **asked):
    return [(row.name, row.depth, row.headcount) for row in opened(client, **asked).result_list]


def names(client, **asked):
    return [row.name for row in opened(client, **asked).result_list]


def policy_of(answer, name):
    portrait = answer.context["portrait"]
    return {str(rule.label): (rule.words, rule.source) for rule in portrait.rules}[name]


def test_few_are_listed_as_an_open_tree_with_their_people(client, cast):
    OrganizationFactory(name="Aaa", parent=cast.globex)
    UserFactory(organization=cast.italy).soft_delete()
    assert rows(enter(client, cast.root)) == [
        ("Acme", 0, 8),
        ("Acme Asia", 1, 1),
        ("Acme Europe", 1, 6),
        ("Acme Italy", 2, 1),
        ("Globex", 0, 1),
        ("Aaa", 1, 0),
    ]


def test_who_administers_one_sees_it_as_the_top(client, cast):
    browser = enter(client, cast.alice)
    assert rows(browser) == [("Acme Europe", 0, 6), ("Acme Italy", 1, 1)]
    assert len(people(browser, organization=str(cast.europe.pk))) == 6
    assert b"Acme Asia" not in browser.get(LIST).content


def test_many_are_folded_and_open_one_by_one(client, cast, shy):
    browser = enter(client, cast.root)
    assert names(browser) == ["Acme", "Globex"]
    tree = opened(browser, toggle=cast.acme.pk)
    assert [row.name for row in tree.result_list] == ["Acme", "Acme Asia", "Acme Europe", "Globex"]
    assert tree.opened == {cast.acme.pk}
    deeper = names(browser, open=[cast.acme.pk], toggle=cast.europe.pk)
    assert deeper == ["Acme", "Acme Asia", "Acme Europe", "Acme Italy", "Globex"]
    assert names(browser, open=[cast.acme.pk, cast.europe.pk], toggle=cast.acme.pk) == [
        "Acme",
        "Globex",
    ]
    assert names(browser, open="") == ["Acme", "Globex"]


def test_a_large_branch_has_a_list_of_its_own_in_pages(client, cast, monkeypatch):
    monkeypatch.setattr(organization_tree, "CHILDREN", 1)
    monkeypatch.setattr(organization_tree, "TOPS", 1)
    browser = enter(client, cast.root)
    assert names(browser, open=cast.acme.pk) == ["Acme"]
    assert f"?below={cast.acme.pk}" in browser.get(LIST).content.decode()
    first = opened(browser, below=cast.acme.pk)
    assert [row.name for row in first.result_list] == ["Acme Asia"]
    assert (first.has_next, first.top_count) == (True, 2)
    assert names(browser, below=cast.acme.pk, p=2) == ["Acme Europe", "Acme Italy"]
    assert names(browser, p=9) == []


def test_what_is_searched_or_in_a_state_is_listed_with_its_path(client, cast):
    browser = enter(client, cast.root)
    (found,) = opened(browser, q="ITALY").result_list
    assert [node.name for node in found.path] == ["Acme", "Acme Europe"]
    assert names(browser, q="acme-as") == ["Acme Asia"]
    cascades.suspend_organization(cast.italy)
    assert names(browser, state="suspended") == ["Acme Italy"]
    assert names(enter(client, cast.alice), q="acme") == ["Acme Europe", "Acme Italy"]


@pytest.mark.parametrize(
    "query", ["open=x", "toggle=x", "below=x", "state=x", "opened=1", "open=" + "&open=x" * 200]
)
def test_an_address_that_is_not_understood_is_told_so(client, cast, query):
    answer = enter(client, cast.root).get(f"{LIST}?{query}", follow=True)
    assert "not understood" in messages_of(answer)[0]


def test_what_is_below_another_tree_is_not_to_be_had(client, cast):
    browser = enter(client, cast.alice)
    for hidden in (cast.acme, cast.globex):
        answer = browser.get(LIST, {"below": hidden.pk}, follow=True)
        assert "not understood" in messages_of(answer)[0]
        assert names(browser, open=hidden.pk) == ["Acme Europe"]


def test_each_row_tells_its_policy_and_who_decided_it(client, cast):
    Policy.objects.create(organization=cast.acme, mfa="off", session_hours=8)
    Policy.objects.create(organization=cast.italy, password_min_length=12)
    page = enter(client, cast.root).get(LIST).content.decode()
    assert page.count("MFA off (from Acme)") == 3
    assert "MFA optional (as shipped)" in page
    assert "1 rule of its own" in page
    hidden = enter(client, cast.alice).get(LIST).content.decode()
    assert hidden.count("MFA off (from an organization above)") == 2


def test_a_page_of_the_tree_asks_as_much_for_many_as_for_few(client, cast):
    browser = enter(client, cast.sue)
    Policy.objects.create(organization=cast.acme, mfa="off")
    browser.get(LIST)
    with CaptureQueriesContext(connection) as few:
        browser.get(LIST)
    for number in range(30):
        place = OrganizationFactory(name=f"Acme {number}", parent=cast.europe)
        Policy.objects.create(organization=place, mfa="off")
        UserFactory(organization=place)
    with CaptureQueriesContext(connection) as many:
        assert len(names(browser)) == 34
    assert len(many) == len(few) <= 22


# -- the page of one


def test_the_page_tells_place_state_people_and_policy(client, cast):
    Policy.objects.create(organization=cast.acme, mfa="required")
    Policy.objects.create(organization=cast.europe, password_expiry_days=90)
    cascades.suspend_organization(cast.europe)
    answer = enter(client, cast.root).get(page_of(cast.italy))
    portrait = answer.context["portrait"]
    assert [node.name for node in portrait.path] == ["Acme", "Acme Europe"]
    assert portrait.reason == (
        "but Acme Europe, above it, is suspended: so are the people it took along"
    )
    counts = {str(count.label): count.number for count in portrait.counts}
    assert (counts["All"], counts["Active"], counts["Suspended"]) == (1, 0, 1)
    assert policy_of(answer, "Second factor") == ("MFA required", "from Acme")
    assert policy_of(answer, "Passwords expire after") == ("90 days", "from Acme Europe")
    assert policy_of(answer, "Shortest password") == ("8 characters", "as shipped")
    above = client.get(page_of(cast.europe))
    assert policy_of(above, "Passwords expire after") == ("90 days", "its own")
    assert above.context["portrait"].reason.startswith("since <time")
    assert [node.name for node in above.context["portrait"].children] == ["Acme Italy"]


def test_the_page_names_nothing_out_of_sight(client, cast):
    Policy.objects.create(organization=cast.acme, mfa="off")
    answer = enter(client, cast.alice).get(page_of(cast.europe))
    assert answer.context["portrait"].path == []
    assert policy_of(answer, "Second factor") == ("MFA off", "from an organization above")
    assert str(cast.acme.pk) not in answer.content.decode()


def test_every_count_of_the_page_is_that_of_its_list(client, cast):
    UserFactory(organization=cast.italy, suspended=True)
    browser = enter(client, cast.alice)
    for count in browser.get(page_of(cast.europe)).context["portrait"].counts:
        listed = browser.get(count.address).context["cl"]
        assert listed.result_count == count.number, count.label


def verb(organization, name):
    return f"{LIST}{organization.pk}/verb/{name}/"


def test_a_verb_tells_what_it_would_do_and_does_it(client, cast):
    browser = enter(client, cast.sue)
    asked = browser.get(verb(cast.europe, "suspend"))
    assert asked.context["count"] == "6 users"
    assert Organization.objects.get(pk=cast.europe.pk).state == "active"
    done = browser.post(verb(cast.europe, "suspend"), follow=True)
    assert messages_of(done) == ["Acme Europe suspended, with 6 users."]
    offered = [each.name for each in done.context["portrait"].verbs]
    assert offered == ["reactivate", "delete"]
    assert not browser.get(verb(cast.europe, "suspend")).context["applies"]


def test_a_verb_that_the_rules_refuse_says_why_and_does_nothing(client, cast):
    browser = enter(client, cast.alice)
    assert browser.get(verb(cast.europe, "suspend")).context["refusal"] == rules.OWN_ORGANIZATION
    told = browser.post(verb(cast.europe, "suspend"), follow=True)
    assert messages_of(told) == [f"Acme Europe skipped: {rules.OWN_ORGANIZATION}"]
    assert browser.post(verb(cast.globex, "suspend")).status_code == 302
    assert browser.get(verb(cast.italy, "explode")).status_code == 404
    assert enter(client, cast.rita).post(verb(cast.italy, "suspend")).status_code == 403
    states = {each.state for each in Organization.objects.all()}
    assert {str(state) for state in states} == {"active"}


def test_one_is_added_below_another(client, cast):
    page = enter(client, cast.alice).get(f"{LIST}add/", {"parent": cast.italy.pk})
    assert str(page.context["adminform"].form["parent"].value()) == str(cast.italy.pk)

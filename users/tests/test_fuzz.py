"""Whatever is asked of a family: no error but a refusal, and nobody out of sight."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import NotFound

from users.api.families import FAMILIES
from users.models import User
from usersvc.api.errors import Refusal, RequestInvalid

pytestmark = pytest.mark.django_db
WORDS = [
    "enabled", "deleted", "suspended", "active", "Enabled*", "name", "asc", "name:asc", "true", "0",
    "acme", "acme-europe", "a", "2021-05-06", "2021-05-06T10:50:35 0000", "UTC", "csv", "Never",
    '["name:asc"]', "[", "9" * 30, "-1", "\0", "%", "01890a5d-ac96-774b-bcce-b302099a8057",
]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(WORDS), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)


def questions(family):
    names = st.sampled_from([*family.filterset.base_filters, "nonsense", "status[]", ""])
    return st.lists(st.tuples(names, VALUES), max_size=5)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.prefix)
def test_no_question_breaks_a_family_and_none_widens_sight(cast, family):
    seen = set(User.all_objects.visible_to(cast.alice))

    @settings(
        max_examples=150,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(questions(family))
    def ask(pairs):
        question = {"format": ["csv"]} if "format" in family.filterset.base_filters else {}
        for name, value in pairs:
            question.setdefault(name, []).append(value)
        try:
            found = set(family.filterset(question, cast.alice).people())
        except (RequestInvalid, NotFound, Refusal):
            return
        assert found <= seen
        assert question.get("status") or not any(person.deleted_at for person in found)

    ask()

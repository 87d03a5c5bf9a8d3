"""The shipped roles, against the table "Who may what", written by hand."""

import pytest

from users.models import Role

from .factories import UserFactory

pytestmark = pytest.mark.django_db
ROLES = ["Super Admin", "Admin", "Backoffice", "Reader", "Support"]
TABLE = {
    "users.view_user": "✓✓✓✓✓",
    "users.export_user": "✓✓✓✓–",
    "users.view_user_metadata": "✓✓–––",
    "users.view_auditentry": "✓✓–––",
    "users.manage_user": "✓✓✓––",
    "users.delete_user": "✓✓–––",
    "users.manage_role": "✓✓–––",
    "users.manage_organization": "✓✓–––",
    "users.destroy_user": "✓––––",
    "users.act_as_service_account": "✓––––",
    "users.access_admin": "✓✓✓✓–",
}


@pytest.mark.parametrize(("column", "name"), list(enumerate(ROLES)))
def test_a_role_holds_what_the_table_says(column, name):
    person = UserFactory(roles=[name])
    for permission, marks in TABLE.items():
        assert person.has_perm(permission) is (marks[column] == "✓"), permission
    assert person.is_staff is (TABLE["users.access_admin"][column] == "✓")


def test_the_five_are_marked_as_shipped():
    assert sorted(Role.objects.filter(shipped=True).values_list("name", flat=True)) == sorted(ROLES)


def test_roles_add_up_and_nobody_without_a_role_may_anything():
    person = UserFactory(roles=["Support", "Reader"])
    assert person.has_perm("users.export_user")
    assert not UserFactory().get_all_permissions()


def test_permissions_of_somebody_who_may_not_sign_in_are_none():
    assert not UserFactory(roles=["Admin"], suspended=True).has_perm("users.view_user")

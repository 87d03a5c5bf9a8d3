"""The administrator is made once, and the demo people up to their number."""

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command

from users import first_start
from users.models import User
from users.seeding import seed

pytestmark = pytest.mark.django_db


def test_the_administrator_can_sign_in_and_is_verified(settings, rf):
    settings.ADMIN_PASSWORD = ""
    password = first_start.create_admin()
    admin = User.objects.get(username="admin")
    assert authenticate(rf.get("/"), username="admin", password=password) == admin
    assert (admin.is_superuser, admin.status, admin.name) == (True, "active", "Administrator")
    assert (admin.email, admin.email_verified) == ("admin@example.com", True)


def test_every_generated_password_is_another(settings):
    settings.ADMIN_PASSWORD = ""
    first = first_start.create_admin()
    User.all_objects.get(username="admin").delete()
    assert first_start.create_admin() != first


def test_a_chosen_password_is_taken(settings):
    settings.ADMIN_PASSWORD = "of my own"
    assert first_start.create_admin() == "of my own"


def test_a_second_start_leaves_the_administrator_alone(settings):
    settings.ADMIN_PASSWORD = "one"
    first_start.create_admin()
    settings.ADMIN_PASSWORD = "two"
    assert first_start.create_admin() is None
    assert User.objects.get(username="admin").check_password("one")


def test_the_command_says_the_password_once(settings, capsys):
    settings.ADMIN_PASSWORD = ""
    call_command("create_admin")
    said = capsys.readouterr().out
    password = said.partition("password ")[2].split()[0]
    assert User.objects.get(username="admin").check_password(password)
    call_command("create_admin")
    assert capsys.readouterr().out == "admin is there already.\n"


def test_the_command_does_not_repeat_a_chosen_password(settings, capsys):
    settings.ADMIN_PASSWORD = "of my own"
    call_command("create_admin")
    assert capsys.readouterr().out == ""


def test_a_deleted_administrator_is_not_made_again():
    first_start.create_admin()
    User.objects.get(username="admin").soft_delete()
    assert first_start.create_admin() is None
    assert not User.objects.filter(username="admin").exists()


def test_an_address_that_somebody_has_stays_theirs():
    User.objects.create_user("boss", "admin@example.com")
    first_start.create_admin()
    assert User.objects.get(username="boss").email == "admin@example.com"
    assert User.objects.get(username="admin").email.endswith("@example.com")


def test_demo_people_fill_up_to_the_number_and_no_further(settings):
    settings.DEMO_USERS = 40
    first_start.create_admin()
    assert first_start.load_demo_people("secret") == 39
    assert User.all_objects.count() == 40
    assert first_start.load_demo_people("secret") == 0
    assert User.objects.get(username="reader").check_password("secret")


def test_loading_that_was_interrupted_goes_on_where_it_ended(settings):
    settings.DEMO_USERS = 60
    first_start.create_admin()
    seed(25)
    assert first_start.load_demo_people(None) == 35
    assert User.all_objects.count() == 60


def test_no_demo_people_when_none_are_wanted(settings):
    settings.DEMO_USERS = 0
    first_start.create_admin()
    assert first_start.load_demo_people("secret") == 0
    assert User.all_objects.count() == 1

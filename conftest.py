"""Fixtures of every test: a fast hasher, a cache of its own, a caller over HTTP, one small cast."""

import copy
import gc
import os
import re
import signal
from functools import cache, partial

import hypothesis
import pytest
from django.core.cache import caches
from django.core.signals import request_finished
from django.db import close_old_connections, connection, transaction
from django.test import override_settings
from pytest_django.plugin import blocking_manager_key
from rest_framework.test import APIClient

from users import tokens
from users.tests.cast import Cast

# The same examples on every run; HYPOTHESIS_PROFILE=default asks for new ones.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast


def pytest_configure():
    """Let tests that interrupt what they run do so in the background of a shell as well."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Begin with the modules that start a service, which take longest."""
    items.sort(key=lambda item: not _starts_a_service(item.path))


@cache
def _starts_a_service(module):
    return bool(re.search(r"serving import .*\bplace\b|pytest\.mark\.browser", module.read_text()))


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Look for no garbage while modules are imported, and never at what they hold: it stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """Fill a database again that a test with transactions emptied, for the modules after it."""
    done = yield
    mark = item.get_closest_marker("django_db")
    if nextitem is not None and mark is not None and mark.kwargs.get("transaction"):
        with item.config.stash[blocking_manager_key].unblock():
            connection.creation.deserialize_db_from_string(connection._test_serialized_contents)
    return done


@pytest.fixture(scope="session")
def slots(tmp_path_factory):
    """A folder of this process's own: tests beside it do not take its slots."""
    return tmp_path_factory.mktemp("slots")


@pytest.fixture(autouse=True)
def _fast_and_alone(settings, slots):
    settings.EXPORT_SLOTS = slots
    settings.EXPORTS_IN_ALL = settings.EXPORTS_PER_CALLER = 20  # downloads end with their test
    settings.STAFF_MFA = "optional"  # as in the demo; the tests that are about it say otherwise
    settings.PASSWORD_HASHERS = HASHERS
    settings.WHITENOISE_AUTOREFRESH = True  # or every client of a test looks at every static file
    in_memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = {name: {**in_memory, "LOCATION": name} for name in ("default", "throttles")}
    for name in settings.CACHES:
        caches[name].clear()


@pytest.fixture(scope="module", autouse=True)
def _cast_of_module(request):
    """The people of a module marked one_cast, in a transaction around all its tests."""
    mark = request.node.get_closest_marker("one_cast")
    if mark is None:
        yield None
        return
    request.getfixturevalue("django_db_setup")
    with (
        request.getfixturevalue("django_db_blocker").unblock(),
        override_settings(PASSWORD_HASHERS=HASHERS, STAFF_MFA="optional"),
        transaction.atomic(),
    ):
        people = Cast()
        if "add" in mark.kwargs:
            mark.kwargs["add"](people)
        yield people
        transaction.set_rollback(True)


@pytest.fixture
def cast(_cast_of_module, db):
    """The people of users/tests/cast.py, as nobody has touched them."""
    return copy.deepcopy(_cast_of_module) or Cast()


class Client(APIClient):
    """An API client that ends every download it began, as a server does."""

    def __init__(self):
        super().__init__(raise_request_exception=False)
        self.answers = []

    def request(self, **kwargs):
        answer = super().request(**kwargs)
        if answer.streaming:
            # The test client's own wrapper closes the answer a second time when it is closed.
            answer._resource_closers.pop()
        answer.close = partial(end, answer.close)
        self.answers.append(answer)
        return answer


def end(close):
    """Close an answer, but not the connection that the test goes on using."""
    request_finished.disconnect(close_old_connections)
    close()
    request_finished.connect(close_old_connections)


@pytest.fixture
def call(db):
    """A function that returns an API client; with a person, one that carries the person's token."""
    clients = []

    def client(person=None, methods=("pwd",)):
        clients.append(Client())
        if person is not None:
            pair = tokens.mint(person, list(methods))
            clients[-1].credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
        return clients[-1]

    yield client
    for api in clients:
        for answer in api.answers:
            answer.close()

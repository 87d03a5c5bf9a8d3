"""Fixtures of every test: a fast hasher, a cache of its own, a caller over HTTP, one small cast."""

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from users import tokens
from users.tests.cast import Cast


@pytest.fixture(autouse=True)
def _fast_and_alone(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def cast(db):
    """The people of users/tests/cast.py."""
    return Cast()


@pytest.fixture
def call():
    """A function that returns an API client; with a person, one that carries the person's token."""

    def client(person=None, methods=("pwd",)):
        api = APIClient(raise_request_exception=False)
        if person is not None:
            pair = tokens.mint(person, list(methods))
            api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
        return api

    return client

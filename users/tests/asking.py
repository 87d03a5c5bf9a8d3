"""How the tests of strictness ask the questions of questions.py, and read what they get."""

import json
from datetime import UTC, datetime, timedelta
from itertools import cycle
from urllib.parse import urlencode

import pytest

from .factories import (
    ConnectionFactory,
    GroupFactory,
    RoleFactory,
    SiteFactory,
    TagFactory,
    UserFactory,
)
from .jobs import enqueue
from .questions import (
    ADDRESSES,
    ANN,
    BEN,
    CORP,
    HELPERS,
    PARIS,
    QUESTIONS,
    READERS,
    ROME,
    SHOP,
    TWINS,
    Kind,
)

NOON = datetime(2021, 5, 6, 12, tzinfo=UTC)


def every(*kinds, but=(), of=ADDRESSES):
    """Return a mark that goes over the parameters of some kinds, or over all."""
    chosen = [
        (address, parameter)
        for address, parameter in QUESTIONS
        if parameter.kind in (kinds or Kind) and parameter.name not in but and address in of
    ]
    names = [f"{address.name}-{parameter.name}" for address, parameter in chosen]
    return pytest.mark.parametrize(("address", "parameter"), chosen, ids=names)


def populate(cast):
    """Add people, connections and jobs that every parameter can tell apart."""
    ann = _ann(cast)
    _ben(cast, ann)
    UserFactory(username="dan", deleted_at=NOON)
    # Their names are the same, so a second key decides, and otherwise than their ids do.
    UserFactory(id=TWINS[0], username="rik", name="Same", email="z@example.com", status="risky")
    UserFactory(id=TWINS[1], username="kir", name="Same", email="a@example.com")
    ConnectionFactory(pk=CORP, name="Corp")
    ConnectionFactory(pk=SHOP, name="Shop", domain="shop.example")
    enqueue(cast.root)
    enqueue(cast.root).cancel()
    enqueue(cast.root).start()


def _ann(cast):
    return UserFactory(
        id=ANN,
        username="ann",
        user_type="saas_admin",
        mfa_enabled=True,
        email_verified=True,
        **_at(NOON),
        organization=cast.italy,
        roles=[RoleFactory(pk=READERS)],
        groups=[GroupFactory(name="Staff")],
        sites=[SiteFactory(pk=ROME, organization=cast.italy)],
        tags=[TagFactory(name="vip")],
    )


def _ben(cast, ann):
    ben = UserFactory(
        id=BEN,
        username="ben",
        user_type="saas_user_client",
        suspended=True,
        **_at(NOON + timedelta(days=1)),
        organization=cast.asia,
        roles=[RoleFactory(pk=HELPERS)],
        groups=[GroupFactory(name="Guests")],
        sites=[SiteFactory(pk=PARIS, organization=cast.asia)],
        tags=[TagFactory(name="new")],
        created_by=ann,
        updated_by=ann,
    )
    makers = {"created_by": ben, "updated_by": ben}
    UserFactory(username="eve", access_ends_at=datetime(2999, 1, 1, tzinfo=UTC), **makers)


def _at(moment):
    fields = ("created_at", "updated_at", "last_login", "password_expires_at", "access_ends_at")
    return dict.fromkeys(fields, moment)


# -- asking


def asker(cast, call):
    """Return a function that asks an address, as somebody who sees and may do everything."""
    api = call(cast.root)

    def ask(address, *pairs):
        names = {name.removesuffix("[]") for name, _ in pairs}
        always = [pair for pair in address.always if pair[0] not in names]
        return api.get(f"{address.path}?{urlencode([*always, *pairs])}")

    return ask


def asker_of(cast, call, address, parameter):
    """Return a function that asks for values of one parameter and returns what it shows.

    What is written behind the parameter's name takes turns.
    The module is marked one_cast(add=populate).
    """
    ask = asker(cast, call)

    def show(*values, suffixes=("",)):
        names = cycle(parameter.name + suffix for suffix in suffixes)
        return shown(ask(address, *parameter.beside, *zip(names, values, strict=False)))

    return show


def shown(answer):
    """Return what an answer shows, in a form that can be compared; it must be one."""
    assert answer.status_code == 200, answer.content
    if answer["Content-Type"] == "application/pdf":
        return "a PDF"
    return answer.getvalue().decode()


def rows(text):
    """Return the rows of what was shown: of a list, of a page in an envelope, or of a file."""
    if text[0] not in "[{":
        return text.splitlines()[1:]
    page = json.loads(text)
    return [str(row) for row in (page if isinstance(page, list) else page["connections"])]


def faults(address, answer):
    """Return the sentences of a refusal, which comes in the envelope of the address."""
    assert answer.status_code == 400, answer.content
    return {"export": _of_export, "download": _of_download, "jobs": _of_jobs}[address.envelope](
        answer.json()
    )


def _of_export(body):
    errors = body["data"]["errors"]
    data = {"type": "validation_error", "errors": errors}
    assert body == {"code": 400, "message": "validation failed", "data": data}
    assert all(set(error) == {"key", "message", "value"} for error in errors)
    return [_sentence(**error) for error in errors]


def _sentence(key, message, value):
    return f"{key}: {message} (given: {value})" if value else f"{key}: {message}"


def _of_download(body):
    message = body["error_message"]
    flat = {"error_code": 400, "error_message": message, "error_status": True}
    assert body == {"authorization": True, "data": {"message": message}, **flat}
    return [message]


def _of_jobs(body):
    message = body["message"]
    words = {"error": "Bad Request", "errorCode": "invalid_query_string"}
    assert body == {"statusCode": 400, "message": message, **words}
    return [message]

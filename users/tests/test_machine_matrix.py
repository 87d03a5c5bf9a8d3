"""Which machine gets what: what its owner gets, but for what is a person's own.

The rows are those of test_visibility.py; a machine that may only read is refused every change.
"""

import re

import pytest

from .accounts import account_of, key_of, token_of
from .test_visibility import ABSENT, CALLERS, MATRIX, QUERIES, ROWS, VERBS, outcome

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]

# Akira and Charlie hold no role, as Ivo does.
OWNERS = [name for name in CALLERS if name not in ("nobody", "akira", "charlie")]
# The same views answer below /api.
ADDRESSES = [address for address in MATRIX if address.removeprefix("api/") not in MATRIX]
ADDRESSES += [address for address in MATRIX if f"api/{address}" in MATRIX]
OWN = ("api/me", "api/tokens")
# What asks for a file, or ends it, changes nobody.
READS = ("get", "head", "api/v2/jobs/users-exports", "api/v2/jobs/<str:job_id>/cancel")


def path_of(address):
    path = "/" + re.sub("<uuid:.*?>", ABSENT, address)
    return re.sub("<.*?>", "con_0000000000000009", path) + QUERIES.get(address, "")


def carrying(call, token):
    api = call()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return api


def words_of(address, verb):
    """Return what the row of an address says of each owner, by name."""
    row = MATRIX[address]
    words = dict(zip(CALLERS, row.get(verb, row["other"]).split(), strict=True))
    if verb == "head":
        words = {name: "200" if word in ROWS else word for name, word in words.items()}
    if address.startswith(OWN):
        return dict.fromkeys(OWNERS, "403")
    return {name: words[name] for name in OWNERS}


def verbs_of(address):
    """Return the verbs that an address has; test_visibility.py tries the others."""
    return [verb for verb in VERBS if verb in MATRIX[address]]


def found_and_expected(machine, address, verbs, words):
    """Return what machines get, and what was expected, by verb and owner."""
    apis, path = {name: machine(name) for name in OWNERS}, path_of(address)
    expected = {(verb, name): word for verb in verbs for name, word in words(address, verb).items()}
    found = {
        (verb, name): outcome(getattr(apis[name], verb)(path), word)
        for (verb, name), word in expected.items()
    }
    return found, expected


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_machine_with_all_permissions_gets_what_its_owner_gets(cast, call, address):
    def machine(name):
        return carrying(call, token_of(account_of(getattr(cast, name))))

    found, expected = found_and_expected(machine, address, verbs_of(address), words_of)
    assert found == expected


def words_of_reader(address, verb):
    """Return the same for a machine that may only read."""
    reads = verb in READS or address in READS or "token" in address or "oauth" in address
    words = words_of(address, verb)
    return words if reads else dict.fromkeys(words, "403")


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_read_key_reads_what_its_owner_reads_and_changes_nothing(cast, call, address):
    def machine(name):
        return carrying(call, key_of(account_of(getattr(cast, name)), "read"))

    verbs = verbs_of(address)
    found, expected = found_and_expected(machine, address, verbs, words_of_reader)
    assert found == expected

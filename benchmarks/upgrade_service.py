"""What the service of today answers over a directory of before, beside what was in it."""

import csv
import json
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

from upgrade_rows import Dump

PAGE = 100
SETTINGS = {
    "USERSVC_DEMO_USERS": "0",
    "USERSVC_REQUESTS_PER_MINUTE": "1000000",
    "USERSVC_FILES_PER_MINUTE": "1000000",
    "USERSVC_ACCESS_TOKEN_SECONDS": "86400",
}
FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # a CSV file shows such a text behind an apostrophe


class Api:
    """A service, and one who asks it: the administrator, by the password of before."""

    def __init__(self, service: Any, password: str) -> None:
        self.service, self.password, self.token = service, password, ""
        self.token = self.sign_in("admin")

    def sign_in(self, username: str, **words: str) -> str:
        """Return a token for the password of before; an HTTPError where there is none."""
        body = {"username": username, "password": self.password, **words}
        return str(self.ask("/api/token", body)["access"])

    def ask(self, path: str, body: Any = None) -> Any:
        """Return the JSON that a path answers."""
        return json.loads(self.text(path, body))

    def text(self, path: str, body: Any = None) -> str:
        """Return the text that a path answers."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.service.address + path, data, headers)  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return str(answer.read().decode())


def lists(api: Api, before: Dump) -> tuple[bool, str]:
    """Tell whether the list has the people of before, and nobody else."""
    listed = [(one["id"], one["email"], one["name"]) for one in _everybody(api)]
    living = [(str(uuid.UUID(one["id"])), one["email"], one["name"]) for one in _living(before)]
    passed = sorted(listed) == sorted(living)
    return passed, f"{len(listed):,} people, {_differing(listed, living)} not as before"


def downloads(api: Api, before: Dump) -> tuple[bool, str]:
    """Tell whether the file has the people of before, and nobody else."""
    text = api.text("/api/v2/users/download?_fields=userid,email,fullname")
    listed = [tuple(row) for row in csv.reader(text.splitlines(keepends=True))][1:]
    living = [
        tuple(_in_a_cell(one[name]) for name in ("username", "email", "name"))
        for one in _living(before)
    ]
    passed = sorted(listed) == sorted(living)
    return passed, f"{len(listed):,} people, {_differing(listed, living)} not as before"


def signs_in(api: Api, code: str) -> tuple[bool, str]:
    """Tell whether people sign in as before: by hashes of each kind, and a recovery code."""
    names = ["person", "person@example.com", "person-1", "person-3"]
    tokens = [api.sign_in(name) for name in names]
    tokens.append(api.sign_in("factor", otp=code))
    return all(tokens), f"{len(tokens)} of 5 sign in: argon2, pbkdf2_sha256, a second factor"


def writes(api: Api) -> tuple[bool, str]:
    """Tell whether somebody new is taken in, and found, and somebody of before is found."""
    body = {"identifier": "newcomer", "email": "newcomer@example.com", "name": "Newcomer"}
    made = api.ask("/users", body)["id"]
    found = [one["id"] for one in api.ask("/users?search=newcomer")]
    old = api.ask("/users?search=person-1@example")
    passed = found == [made] and [one["identifier"] for one in old] == ["person-1"]
    return passed, "somebody new is there, and is found; so is somebody of before"


def _everybody(api: Api) -> Iterator[dict[str, Any]]:
    number = 1
    while page := api.ask(f"/users?page={number}&page_size={PAGE}&sort_by=created_at"):
        yield from page
        number += 1


def _living(before: Dump) -> Iterator[dict[str, Any]]:
    return (one for one in before.rows("users_user") if one["deleted_at"] is None)


def _differing(listed: list[Any], living: list[Any]) -> int:
    return len(set(listed) ^ set(living))


def _in_a_cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULAS) else text

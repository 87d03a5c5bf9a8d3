"""Requests with a JSON body, and what is wrong with them."""

NEW = {"identifier": "New.One", "email": "New.One@Example.com"}


def address(person, verb=""):
    return f"/users/{person.pk}{verb}"


def send(api, method, path, body=None, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return getattr(api, method)(path, body, format="json", headers=named)


def faults(answer):
    return {fault["key"]: fault["message"] for fault in answer.json()["data"]["errors"]}


def keys(answer, status=400):
    assert answer.status_code == status, answer.content
    return [fault["key"] for fault in answer.json()["data"]["errors"]]


def message(answer, status=403):
    assert answer.status_code == status, answer.content
    return answer.json()["message"]


def post(api, path, body=None, **headers):
    return api.post(path, body or {}, format="json", headers=headers)

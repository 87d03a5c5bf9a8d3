"""Requests with a JSON body, and what is wrong with them."""

import threading

from django.db import connections

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


def at_once(*jobs):
    """Do all jobs at the same time, each with a connection of its own; return their answers."""
    start, answers = threading.Barrier(len(jobs)), [None] * len(jobs)

    def work(place, job):
        try:
            start.wait()
            answers[place] = job()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers

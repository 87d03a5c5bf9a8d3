"""A light load that goes on while something fails: every answer is read, judged and kept."""

import csv
import http.client
import io
import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from job_directories import Directory

LIST, DOWNLOAD = "/users?page_size=20&sort_by=name", "/api/v2/users/download"
SEARCH = "/users?page_size=20&search=an"
WRITE = "/users"
WRITTEN = "outage"  # how the names of those begin who are written here
PAUSE, PAUSE_OF_FILES = 0.05, 0.5  # seconds between two requests of a caller
PATIENCE = 60.0
BROKEN = 0  # instead of a status
CUT_OFF = "cut off"
Note = Callable[[http.client.HTTPResponse, bytes], str]


@dataclass(frozen=True)
class Answer:
    """What became of one request; note says what is wrong with it, or that its body was cut off."""

    kind: str
    begun: float
    seconds: float
    status: int
    note: str = ""

    @property
    def ended(self) -> float:
        return self.begun + self.seconds

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300 and not self.note


class Caller:
    """Asks over a connection of its own, and writes down what comes back."""

    def __init__(self, here: Directory) -> None:
        self.answers: list[Answer] = []
        self._here = here
        port = here.service.port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def ask(
        self,
        kind: str,
        path: str,
        data: Any = None,
        key: str = "",
        judge: Note = lambda answer, body: "",
    ) -> Answer:
        """Ask, read all, and keep the answer."""
        begun = time.monotonic()
        status, note = BROKEN, ""
        headers = {"Authorization": f"Bearer {self._here.token}"} | (
            {"Idempotency-Key": key} if key else {}
        )
        body = None if data is None else json.dumps(data)
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            self._connection.request("GET" if body is None else "POST", path, body, headers)
            got = self._connection.getresponse()
            status = got.status
            note = _faults(got) or _note(got, got.read(), judge)
        except (OSError, http.client.HTTPException) as error:
            note = CUT_OFF if status == 200 else f"broken: {type(error).__name__}"
            self._connection.close()
        answer = Answer(kind, begun, time.monotonic() - begun, status, note)
        self.answers.append(answer)
        return answer


class Load:
    """Callers who list, search, write and download for the time of a block."""

    def __init__(self, here: Directory) -> None:
        self._here, self._living = here, here.count()
        self._over = threading.Event()
        self._callers: list[Caller] = []
        self._numbers = itertools.count(time.time_ns())
        self.written: list[str] = []  # names that were answered 2xx
        self.tried: list[str] = []
        self._threads = [
            threading.Thread(target=self._run, args=(turn,), daemon=True)
            for turn in (self._list, self._search, self._write, self._insist, self._download)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    @property
    def answers(self) -> list[Answer]:
        """All answers so far, in the order in which they were asked for."""
        found = [answer for caller in self._callers for answer in list(caller.answers)]
        return sorted(found, key=lambda answer: answer.begun)

    def _run(self, turn: Callable[[Caller], float]) -> None:
        caller = Caller(self._here)
        self._callers.append(caller)
        while not self._over.wait(turn(caller)):
            pass

    def _list(self, caller: Caller) -> float:
        caller.ask("list", LIST, judge=_is_page)
        return PAUSE

    def _search(self, caller: Caller) -> float:
        caller.ask("search", SEARCH, judge=_is_page)
        return PAUSE

    def _write(self, caller: Caller) -> float:
        """Write somebody, once, and leave it at that."""
        person = self._somebody()
        if caller.ask("write", WRITE, person).is_good:
            self.written.append(person["identifier"])
        return PAUSE

    def _insist(self, caller: Caller) -> float:
        """Write somebody, again and again under one key until it is done."""
        person, key = self._somebody(), uuid.uuid4().hex
        last = time.monotonic() + PATIENCE
        while not (answer := caller.ask("write again", WRITE, person, key)).is_good:
            if time.monotonic() > last or answer.status in (409, 422):
                return PAUSE
            time.sleep(PAUSE)
        self.written.append(person["identifier"])
        return PAUSE

    def _download(self, caller: Caller) -> float:
        caller.ask("download", DOWNLOAD, judge=self._is_everybody)
        return PAUSE_OF_FILES

    def _somebody(self) -> dict[str, str]:
        name = f"{WRITTEN}{next(self._numbers)}"
        self.tried.append(name)
        return {"identifier": name, "email": f"{name}@outage.example", "name": name}

    def _is_everybody(self, answer: http.client.HTTPResponse, body: bytes) -> str:
        return everybody(self._living, len(self.tried))(answer, body)


def everybody(living: int, more: int = 0) -> Note:
    """Return what judges a file: it has all who lived, and at most so many more."""

    def judge(answer: http.client.HTTPResponse, body: bytes) -> str:
        rows = sum(1 for _ in csv.reader(io.StringIO(body.decode()))) - 1
        return "" if living <= rows <= living + more else f"wrong: {rows} people, not {living}"

    return judge


def _faults(answer: http.client.HTTPResponse) -> str:
    """Return what is wrong with the head of an answer that is no success."""
    if answer.status in (429, 503) and not answer.getheader("Retry-After"):
        return f"wrong: {answer.status} without Retry-After"
    return ""


def _note(answer: http.client.HTTPResponse, body: bytes, judge: Note) -> str:
    if b"Traceback" in body:
        return "wrong: a traceback"
    return judge(answer, body) if answer.status == 200 else ""


def _is_page(answer: http.client.HTTPResponse, body: bytes) -> str:
    people = json.loads(body)
    whole = len(people) == 20 and all(person["id"] and person["email"] for person in people)
    return "" if whole else f"wrong: {len(people)} people on a page of 20"

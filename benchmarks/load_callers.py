"""Callers of the service: each asks, reads, looks at what came, thinks, and asks again."""

import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

# Seconds on average between two requests of a caller: so long that callers without files leave half
# of two processors free. Where all are busy from the start, files could slow nothing down.
THINKS = 8.0
PATIENCE = 180.0  # seconds for one answer: longer is a fault
BLOCK = 1 << 20
DOCUMENTED = (429, 503)  # refusals of files, each with a Retry-After


@dataclass(frozen=True)
class Question:
    """What is asked for, and the kind by which it is counted."""

    kind: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    most_rows: int = 0
    file: bool = False


@dataclass(frozen=True)
class Answer:
    """What came, after how many seconds the end of it; fault says what is wrong with it."""

    phase: str
    kind: str
    status: int
    seconds: float
    words: str = ""
    fault: str = ""


@dataclass
class Body:
    """A body of which only a little is kept: its ends, its size, and how many lines it has."""

    head: bytes = b""
    tail: bytes = b""
    size: int = 0
    lines: int = 0

    def add(self, block: bytes | memoryview) -> None:
        """Take the next block."""
        piece = bytes(block)
        self.head = self.head or piece[:8]
        self.tail = (self.tail + piece[-8:])[-8:]
        self.size += len(piece)
        self.lines += piece.count(b"\n")


class Ledger:
    """All answers, each under the phase that it was asked for in; the first file of each kind."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self.folder = port, folder
        self.phase = "warming up"
        self.answers: list[Answer] = []
        self.lines: dict[str, set[int]] = {}
        self._lock = threading.Lock()

    def sample(self, kind: str) -> Path | None:
        """Return where the first file of a kind is to be kept; None for the others."""
        with self._lock:
            path = self.folder / f"sample.{kind.replace(' ', '-')}"
            if path.exists():
                return None
            path.touch()
            return path

    def note_lines(self, kind: str, lines: int) -> None:
        """Take down how many lines a file has."""
        with self._lock:
            self.lines.setdefault(kind, set()).add(lines)


class Caller(threading.Thread):
    """Asks until it is over."""

    def __init__(
        self,
        ledger: Ledger,
        token: str,
        number: int,
        think: Callable[[random.Random], Question],
        over: threading.Event,
    ) -> None:
        super().__init__(name=f"caller {number}", daemon=True)
        self._ledger, self._token = ledger, token
        self._think, self._over = think, over
        self._chance = random.Random(number)  # noqa: S311 - no secret

    def run(self) -> None:
        """Ask and think, and wait for as long as a refusal says."""
        self._over.wait(self._chance.random() * THINKS)  # not all at once
        while not self._over.is_set():
            pause = THINKS * (0.5 + self._chance.random())
            self._over.wait(pause + self._ask(self._think(self._chance)))

    def _ask(self, question: Question) -> float:
        """Ask and take down what came; return how many seconds the caller is to wait."""
        phase, started = self._ledger.phase, time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self._ledger.port, timeout=PATIENCE)
        status, wait, words, fault = 0, 0.0, "", ""
        try:
            headers = {"Authorization": f"Bearer {self._token}", **question.headers}
            connection.request("GET", question.path, headers=headers)
            answer = connection.getresponse()
            status, wait = answer.status, float(answer.headers.get("Retry-After", 0))
            words, fault = self._read(question, answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            fault = repr(error)
        finally:
            connection.close()
        seconds = time.perf_counter() - started
        self._ledger.answers.append(Answer(phase, question.kind, status, seconds, words, fault))
        return wait

    def _read(self, question: Question, answer: http.client.HTTPResponse) -> tuple[str, str]:
        """Return the words of a refusal, and what is wrong with an answer."""
        if answer.status != 200:
            text = answer.read().decode()
            known = question.file and answer.status in DOCUMENTED
            is_documented = known and "Retry-After" in answer.headers
            return text, "" if is_documented else f"{question.path}: {answer.status} {text}"
        if not question.file:
            rows = json.loads(answer.read())
            right = len(rows) <= question.most_rows and "X-Total-Count" in answer.headers
            return "", "" if right else f"{question.path}: {len(rows)} rows"
        return "", self._read_file(question, answer)

    def _read_file(self, question: Question, answer: http.client.HTTPResponse) -> str:
        body, block = Body(), memoryview(bytearray(BLOCK))
        sample = self._ledger.sample(question.kind)
        with (sample or Path("/dev/null")).open("wb") as file:
            while got := answer.readinto(block):
                body.add(block[:got])
                if sample:
                    file.write(block[:got])
        if question.kind.startswith("PDF"):
            right = body.head.startswith(b"%PDF") and body.tail.rstrip().endswith(b"%%EOF")
            return "" if right else f"{question.path}: {body}"
        if "gzip" not in answer.headers.get("Content-Encoding", ""):
            self._ledger.note_lines(question.kind, body.lines)
        return ""

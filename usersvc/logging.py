"""What is logged tells nothing of people: no address, no token, no link that opens something.

The one place that decides what a line of the log may hold. Every handler has the Scrubber, so that
libraries are covered, too. What a caller can put into a line is bounded in length and stays a line.
"""

import logging
import re
import traceback
from types import TracebackType
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from . import environment as env

# For people who look at it, or for programs that collect it: these get each request, too.
KIND = env.word("USERSVC_LOG", "text", ("text", "json"))
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        },
        "json": {
            "()": "usersvc.logging.JsonLines",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            "json_ensure_ascii": False,
        },
    },
    "filters": {
        "request_ids": {"()": "usersvc.request_log.RequestIds"},
        "scrubber": {"()": "usersvc.logging.Scrubber"},
        "tool_calls": {"()": "usersvc.logging.ToolCalls"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": KIND,
            "filters": ["scrubber", "request_ids"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django.security.DisallowedHost": {"level": "ERROR", "propagate": True},
        "usersvc.request_log": {"level": {"text": "WARNING", "json": "INFO"}[KIND]},
        "django_mcpz.calls": {"filters": ["tool_calls"]},
        # WeasyPrint and fontTools comment on every unusual glyph
        "weasyprint": {"level": "ERROR"},
        "pikepdf": {"level": "WARNING"},
        "fontTools": {"level": "ERROR"},
    },
}

TOLD = (
    *("time", "level", "logger", "message", "request_id", "exc_info"),
    *("method", "route", "family", "status", "milliseconds", "actor"),
    *("format", "outcome", "rows", "bytes"),
)
LONGEST = 4_000  # characters of a message
DEEPEST = 5  # exceptions that led to one another
MOST_FRAMES = 30
# Their messages quote what we decided; those of everybody else quote what a caller sent.
OURS = ("exports", "users", "usersvc")
# Their messages quote names in code and no values.
ABOUT_CODE = (AttributeError, ImportError, NameError, TypeError)

_WORDS = (
    "passw(?:or)?d|passwd|pwd|passphrase|secret|token|otp|one.?time.?code|api.?key|private.?key"
    "|signing.?key|session(?:.?id)?|csrf\\w{0,20}|credentials?|signature|seed|username|login"
    "|e-?mail|phone"
)
# Every repetition is bounded, or of characters at which the one before it cannot end: what is read
# twice is short, and the time is linear in the message.
_RULES = [
    # Headers: whatever follows on the line belongs to them.
    (r"(?i)((?:authorization|cookie)['\"]?\s{0,9}[:=]).*", r"\1 […]"),
    (r"(?i)\b(bearer|basic|digest)\s{1,9}[\w.~+/=-]+", r"\1 […]"),
    (r"eyJ[\w-]+(?:\.[\w-]*){0,2}", "[token]"),
    (r"gAAAA[\w-]+={0,2}", "[encrypted]"),
    # Links that open something, and every query.
    (r"(?i)(/(?:accounts?|invitations?|files?)/)[^\s'\"]+", r"\1[…]"),
    (r"\?[^\s'\"<>]+", "?[…]"),
    (r"(?i)\"[^\"\n]{1,64}\"(?:@|%40)[^\s\"'<>()\[\],;:/?&=]{1,255}", "[address]"),
    (
        r"(?i)[^\s\"'<>()\[\],;:/?&=@]{1,64}(?:@|%40)[^\s\"'<>()\[\],;:/?&=@]{1,255}",
        "[address]",
    ),
    (
        rf"(?i)((?:{_WORDS})[\w-]{{0,32}}['\"]?\]?\s{{0,9}}(?:=>|[:=])\s{{0,9}})"
        r"(?:(['\"]).*?(?:\2(?=\s{0,9}(?:[,;&})\]]|$))|$)|[^&,;})\]\n]+)",
        r"\1[…]",
    ),
    # What databases tell of the row that they refused.
    (r"(?i)\b(DETAIL|CONTEXT|HINT|LINE \d{1,9}):.*", r"\1: […]"),
    # Long words with a digit are keys of some kind, unless they are the id of a row.
    (r"(?<![\w-])(?!(?:[0-9a-f]+-){4}[0-9a-f]{12}\b)(?=[A-Za-z_-]{0,99}\d)[\w-]{32,}", "[key]"),
]
RULES = [(re.compile(pattern, re.MULTILINE), instead) for pattern, instead in _RULES]
QUOTED = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|“[^”\n]*”|‘[^’\n]*’|`[^`\n]*`")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class JsonLines(JsonFormatter):
    """Writes a record as one object of the things that are named here: others hold requests."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {name: log_data[name] for name in TOLD if name in log_data}


class Scrubber(logging.Filter):
    """Lets every record pass, once nothing in it tells of a person or opens anything."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "is_scrubbed", False):
            return True
        record.is_scrubbed = True
        quotes = not record.name.startswith(OURS)
        record.msg, record.args = scrubbed(_message(record), quotes=quotes), None
        if record.exc_info and record.exc_info[1]:
            record.exc_text = "".join(described(record.exc_info[1])).rstrip()
        elif record.exc_text:
            record.exc_text = scrubbed(record.exc_text, quotes=True)
        record.exc_info = None  # handlers write exc_text instead
        return True


class ToolCalls(logging.Filter):
    """Tells of a call of a tool which one, how it ended and for whom; never with what."""

    def filter(self, record: logging.LogRecord) -> bool:
        told = record.__dict__
        told.pop("arguments", None)  # they hold data of people, for a handler that writes all
        caller = getattr(getattr(told.get("request"), "user", None), "pk", None)
        record.msg = "tool %s: %s in %.1f ms for %s"
        record.args = (told["tool"], told["outcome"], told["duration"] * 1000, caller)
        return True


def scrubbed(text: str, quotes: bool) -> str:
    """Return a line without what tells of people; quotes says whether quoted values go, too."""
    line = _shortened(text)
    for pattern, instead in RULES:
        line = pattern.sub(instead, line)
    if quotes:
        line = QUOTED.sub("'…'", line)
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape", "replace").decode(), line)


def described(error: BaseException, deep: int = DEEPEST) -> list[str]:
    """Return an exception and what led to it as a traceback: its frames, its message scrubbed."""
    lines = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and deep > 1:
        lines = [*described(cause, deep - 1), "\nwhich led to:\n\n"]
    lines += ["Traceback (most recent call last):\n", *_frames(error.__traceback__)]
    text = scrubbed(_told(error), quotes=not isinstance(error, ABOUT_CODE))
    return [*lines, f"{type(error).__module__}.{type(error).__qualname__}: {text}\n"]


def _frames(trace: TracebackType | None) -> list[str]:
    # The innermost ones: they hold source lines and never values.
    frames = traceback.StackSummary.extract(traceback.walk_tb(trace), limit=-MOST_FRAMES)
    return frames.format()


def _message(record: logging.LogRecord) -> str:
    """Return the message, in which the address of a request is replaced by the route it took."""
    request = getattr(record, "request", None)
    if request is not None and isinstance(record.args, tuple):
        record.args = tuple(_without_path(value, request) for value in record.args)
    try:
        return record.getMessage()
    except Exception:  # logging itself would print the arguments
        return "a message that does not fit its arguments"


def _without_path(value: Any, request: Any) -> Any:
    paths = [str(getattr(request, "path", "")), str(getattr(request, "path_info", ""))]
    if value not in paths + [path.encode("unicode_escape").decode() for path in paths]:
        return value
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else "an address that is not there"


def _told(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "a message that cannot be told"


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    # Not in the middle of a word: half a token would not be known for one.
    return f"{text[:LONGEST].rpartition(' ')[0]} … ({len(text)} characters)"

"""Whatever rows say, each gets a verdict: nothing but the engine's own words comes back."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from users.importing.titles import KNOWN
from users.models import User

from .importing import run
from .test_same_bytes import NASTY

pytestmark = pytest.mark.django_db

TITLES = st.one_of(
    st.sampled_from(KNOWN),
    st.sampled_from(["user_metadata.a", "user_metadata.a.b", "app_metadata.a[0]", "Status", "x.y"]),
    st.sampled_from(["\udc00", "user_metadata.\udc00"]),
    st.text(max_size=5),
)
WORDS = [*NASTY, "ann", "ann@example.com", "ivo@example.com", "active", "Admin", "acme", "Acme, x"]
WORDS += ["2025-06-21 10:30:00 UTC", "9999-12-31T23:59:59-2359", "0001-01-01T00:00:00+2359", "{}"]
WORDS += ["$2b$10$" + "." * 53, "pbkdf2_sha256$1$a$b", "[", "1e999", "a@b.c" * 60, "\udc00", "x;y"]
WORDS += [f"pbkdf2_sha256$1${salt}${'A' * 43}=" for salt in ("\0", "\udc00")]
TEXTS = st.one_of(st.sampled_from(WORDS), st.text(max_size=8))
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS,
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
KEYS = st.fixed_dictionaries(
    {}, optional={"email": TEXTS | VALUES, "username": TEXTS | VALUES, "roles": VALUES}
)
ROWS = st.lists(
    st.tuples(KEYS, st.dictionaries(TITLES, VALUES, max_size=4)).map(
        lambda both: both[0] | both[1]
    ),
    min_size=1,
    max_size=4,
)


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=300)
@given(
    rows=ROWS,
    actor=st.sampled_from([None, "root", "alice", "bob"]),
    upsert=st.sampled_from([None, "email", "username"]),
    dry_run=st.booleans(),
)
def test_every_row_gets_a_verdict(cast, rows, actor, upsert, dry_run):
    who = actor and getattr(cast, actor)
    content = "".join(json.dumps(row, ensure_ascii=True) + "\n" for row in rows)
    options = {"upsert": upsert, "dry_run": dry_run}
    report, verdicts = run(content.encode(), who, **options)
    assert report.stopped is None
    assert report.rows == len(verdicts) == len(rows)
    for verdict in verdicts:
        assert bool(verdict.faults) is (verdict.outcome == "refused")
        assert all(fault.code and fault.message for fault in verdict.faults)
        told = [dict(verdict.user), *map(vars, verdict.faults)]
        json.dumps(told, ensure_ascii=False).encode()
    User.objects.exclude(pk__in=[each.pk for each in vars(cast).values()]).delete()


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=200)
@given(
    titles=st.lists(st.sampled_from(KNOWN), min_size=1, max_size=5, unique=True),
    cells=st.lists(st.lists(TEXTS, min_size=6, max_size=6), max_size=3),
    upsert=st.sampled_from([None, "email"]),
)
def test_every_line_gets_a_verdict(cast, titles, cells, upsert):
    titles = ["email", *(title for title in titles if title != "email")]
    lines = [titles, *(row[: len(titles)] for row in cells)]
    text = "".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in line) + "\n" for line in lines
    )
    if "\0" in text:
        return
    report, _ = run(text.encode("utf-8", "replace"), cast.root, upsert=upsert, dry_run=True)
    assert report.stopped is None or report.stopped.code == "title_twice"
    assert report.rows == len(cells)

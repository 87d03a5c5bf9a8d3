"""Whether a kept file holds somebody who is erased: however it is packed, and when in doubt."""

import gzip
import json
import uuid

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from users.withdrawing import PIECE, holds

from .jobs import keep_files_in

pytestmark = pytest.mark.once

ID = uuid.UUID(int=7)
NAME = "zélda"
LOOKED_FOR = [NAME.encode(), str(ID).encode(), ID.bytes]
LONG = b"x" * (40 * PIECE)  # more than one piece unpacks to at a time
BEFORE = b"y" * (PIECE - 3)
HELD = {
    "as it is": NAME.encode(),
    "in capitals": b"ZE\xcc\x81LDA".replace(b"E\xcc\x81", "É".encode()),
    "at the end of a piece": BEFORE + NAME.encode(),
    "as JSON escapes it": json.dumps({"name": "Zélda"}).encode(),
    "an id among ids": uuid.uuid4().bytes + ID.bytes,
    "packed": gzip.compress(NAME.encode()),
    "packed, behind much": gzip.compress(LONG + NAME.encode()),
    "in the second of two packed parts": gzip.compress(b"nobody") + gzip.compress(NAME.encode()),
    "perhaps: a ZIP is not read": b"PK\x03\x04",
    "perhaps: it is broken": gzip.compress(LONG)[:-20] + b"\xff" * 100,
    "perhaps: its end is missing": gzip.compress(LONG)[:100],
}
NOT_HELD = {
    "nobody": b"nobody",
    "nothing": b"",
    "packed": gzip.compress(LONG),
    "packed in two parts": gzip.compress(b"one") + gzip.compress(b"two"),
    "half of the name": NAME[:3].encode(),
}


@pytest.fixture
def key(settings, tmp_path):
    keep_files_in(settings, tmp_path)
    return lambda data: storages["jobs"].save("aa/file", ContentFile(data))


@pytest.mark.parametrize("content", HELD.values(), ids=HELD)
def test_whom_a_file_holds(key, content):
    assert holds(key(content), LOOKED_FOR)


@pytest.mark.parametrize("content", NOT_HELD.values(), ids=NOT_HELD)
def test_whom_a_file_does_not_hold(key, content):
    assert not holds(key(content), LOOKED_FOR)


def test_what_is_gone_holds_nobody(key):
    key(b"")
    assert not holds("aa/another", LOOKED_FOR)

"""Where the bytes of a command go: to a file that is there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that gets its name, and takes an older one's place, once it is whole.

    Whatever stops it leaves nothing behind. Only its owner may read it. What is there but is no
    regular file, such as a pipe, is written to as it is. OSError when it cannot be written.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as pipe:
            yield pipe
        return
    with NamedTemporaryFile(dir=path.parent, prefix=".export-", delete=False) as file:
        try:
            yield cast(BinaryIO, file)
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise

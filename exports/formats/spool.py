"""The spool: rows of texts that wait on disk, because what is done with them needs all of them."""

import pickle  # nosec B403 # of what we wrote ourselves
from collections.abc import Iterator, Sequence
from itertools import islice
from tempfile import TemporaryFile

Row = Sequence[str]


class Spool:
    """Rows in a file without a name, in chunks; read by one reader at a time."""

    def __init__(self, chunk: int) -> None:
        self._chunk = chunk
        self._sizes: list[int] = []
        self._file = TemporaryFile()  # noqa: SIM115 - closed by close()

    def __len__(self) -> int:
        """How many rows there are."""
        return sum(self._sizes)

    def add(self, rows: Iterator[Row]) -> Iterator[list[Row]]:
        """Keep the rows, and yield them in chunks."""
        while chunk := list(islice(rows, self._chunk)):
            pickle.dump(chunk, self._file, pickle.HIGHEST_PROTOCOL)
            self._sizes.append(len(chunk))
            yield chunk

    def chunks(self) -> Iterator[list[Row]]:
        """Yield the chunks in the order in which they came."""
        self._file.seek(0)
        for _ in self._sizes:
            yield pickle.load(self._file)  # noqa: S301  # nosec B301 # our own, in a file that nobody can open

    def close(self) -> None:
        """Forget the rows."""
        self._file.close()

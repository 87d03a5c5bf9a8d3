"""The file of an import job: a line for each refused row, of a check for every one of them."""

import gzip
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO, cast

import orjson

from exports import files

from .faults import Fault
from .report import Kind, Verdict

# What an import tells of, and a check: each in a part of the file, the worst first.
OF_IMPORTS = (Kind.ERROR,)
OF_CHECKS = tuple(Kind)
# What the public API tells of a row.
PUBLIC = ("line", "user", "errors")


class Results:
    """What became of rows, as it is written down."""

    def __init__(self, drafts: Mapping[Kind, files.Draft], packed: Mapping[Kind, Any]) -> None:
        self._drafts, self._packed = drafts, packed

    def add(self, verdicts: Sequence[Verdict]) -> None:
        """Write down what became of some rows, as far as this file tells of it."""
        for verdict in verdicts:
            if len(self._packed) > 1:
                self._packed[verdict.kind].write(_line(verdict))
            elif verdict.faults:
                self._packed[Kind.ERROR].write(_line(verdict))

    def stop(self, fault: Fault) -> None:
        """Write down why the rest of the file could not be read."""
        self._packed[Kind.ERROR].write(_as_line({**_told([fault]), "verdict": Kind.ERROR}))

    def keep(self) -> tuple[str, files.Draft]:
        """Put the file where files are kept; return its key and its draft."""
        for packed in self._packed.values():
            packed.close()
        first, *others = self._drafts.values()
        for draft in others:
            draft.file.flush()
            with open(draft.file.name, "rb") as whole:
                shutil.copyfileobj(whole, first)  # a gzip file may have several members
        return files.keep(first, "json.gz"), first


@contextmanager
def writing(is_check: bool) -> Iterator[Results]:
    """Give what takes results; they are gone after the block unless they were kept."""
    kinds = OF_CHECKS if is_check else OF_IMPORTS
    with ExitStack() as stack:
        drafts = {kind: stack.enter_context(files.draft()) for kind in kinds}
        packed = {
            kind: stack.enter_context(
                gzip.GzipFile(fileobj=cast(BinaryIO, draft), mode="wb", mtime=0)
            )
            for kind, draft in drafts.items()
        }
        yield Results(drafts, packed)


def lines(key: str) -> Iterator[dict[str, Any]]:
    """Yield what became of each row, of a check the worst first; FileNotFoundError if it is gone.

    Only the values of "row" are as they were given.
    """
    with files.open_file(key) as file, gzip.open(file) as found:
        for line in found:
            yield orjson.loads(line)


def public_lines(key: str) -> Iterator[bytes]:
    """Yield what the public API tells of each refused row, as JSON."""
    for line in lines(key):
        if not line["errors"]:
            return  # what follows are the rows of a check that are taken
        yield orjson.dumps({name: line[name] for name in PUBLIC})


def _line(verdict: Verdict) -> bytes:
    told = _told(verdict.faults, verdict.user) | {
        "line": verdict.line,
        "verdict": verdict.kind,
        "outcome": verdict.outcome,
        "warnings": [_fault(fault) for fault in verdict.warnings],
        "changes": list(verdict.changes),
    }
    if verdict.given:
        told["row"] = _as_given(verdict.given)
    return _as_line(told)


def _told(faults: Sequence[Fault], user: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what is told of a refused row, in the words of the public API."""
    line = faults[0].line if faults else 0
    return {"line": line, "user": user or {}, "errors": [_fault(fault) for fault in faults]}


def _fault(fault: Fault) -> dict[str, str]:
    return {
        "code": fault.code,
        "message": fault.message,
        "path": fault.field,
        "value": fault.value,
    }


def _as_given(given: Mapping[str, Any]) -> str:
    """Return a row as a text of JSON: it may hold numbers and halves of characters beyond ours."""
    try:
        text = json.dumps(given, ensure_ascii=False)
    except RecursionError:
        text = "{}"
    return text.encode("utf-8", "replace").decode()


def _as_line(told: Mapping[str, Any]) -> bytes:
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)

"""One directory's PDFs, measured: for each question that it reads, one export of all living.

Writes, as a line of JSON, what the export took: CPU seconds of this process and its render
processes, seconds of wall, rows, bytes, and the most MB that this and any render process ever held.
"""
# ruff: noqa: T201  (its parent reads what it prints)

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
MODEL = re.compile('<tr class="model">.*?</tr>')
CLASS = re.compile("<td([^>]*)>")
SECOND_TABLE = re.compile('(?s)(</table>.*)<table class="rows">.*?</table>')


def main() -> None:
    """Answer until there are no more lines."""
    sys.path[:0] = [str(FOLDER.parent), str(FOLDER)]
    os.environ["DJANGO_SETTINGS_MODULE"] = "usersvc.settings"
    import django

    django.setup()
    export()  # the processes are there, and warm
    for line in sys.stdin:
        page = json.loads(line).get("page")
        print(json.dumps(write_table(Path(page)) if page else measured()), flush=True)


def measured() -> dict[str, Any]:
    """Return what an export takes."""
    cpu, wall = cpu_seconds(), time.perf_counter()
    rows, size = export()
    wall = time.perf_counter() - wall
    own, *others = (highest_memory(process) for process in family(os.getpid()))
    return {
        "rows": rows,
        "bytes": size,
        "cpu": cpu_seconds() - cpu,
        "wall": wall,
        "own_mb": own,
        "render_mb": max(others),
    }


def export() -> tuple[int, int]:
    """Make the PDF; return how many rows and bytes it has."""
    from exports.formats import FORMATS

    size, sheet = 0, everybody()
    counted = Counted(sheet.blocks)
    object.__setattr__(sheet, "blocks", iter(counted))
    for block in FORMATS["pdf"].write(sheet):
        size += len(block)
    return counted.rows, size


class Counted:
    """Blocks, and how many rows were in them."""

    def __init__(self, blocks: Any) -> None:
        self.blocks, self.rows = blocks, 0

    def __iter__(self) -> Iterator[Any]:
        for block in self.blocks:
            self.rows += len(block[0])
            yield block


def everybody() -> Any:
    """Return the sheet of all that are living, with the export's columns, newest first."""
    from exports import rows
    from exports.formats import Sheet
    from exports.kinds import Style
    from users.api.export.serializers import COLUMNS
    from users.models import User

    people = User.objects.order_by("-created_at", "-id")
    about = [("Exported by", "admin"), ("Filters", "none")]
    blocks = rows.read(people, COLUMNS)
    return Sheet("Users", COLUMNS, blocks, Style(), datetime.now(UTC), about)


def write_table(path: Path) -> dict[str, Any]:
    """Write the same sheet as one HTML table, for a browser to print."""
    from exports.formats import pdf
    from exports.formats.widths import ColumnWidths

    sheet = everybody()
    texts, widths = list(pdf._rows(sheet)), ColumnWidths(sheet.columns)
    widths.learn(texts)
    html = SECOND_TABLE.sub(r"\1", pdf.frame(sheet, widths.percentages(), len(texts)))
    [model] = MODEL.findall(html)
    cells = [f"<td{css}>" for css in CLASS.findall(model)]
    rows = (
        "<tr>" + "".join(f"{td}{escape(text)}</td>" for td, text in zip(cells, row, strict=True))
        for row in texts
    )
    path.write_text(html.replace(model, "\n".join(rows)))
    return {"rows": len(texts)}


def family(process: int) -> list[int]:
    """Return a process and all that descend from it."""
    tasks = Path(f"/proc/{process}/task").iterdir()
    children = (child for task in tasks for child in (task / "children").read_text().split())
    return [process, *(each for child in children for each in family(int(child)))]


def cpu_seconds() -> float:
    """Return what this process, its descendants and those that have ended have computed."""
    stats = (Path(f"/proc/{process}/stat").read_text() for process in family(os.getpid()))
    ticks = (sum(map(int, stat.rpartition(")")[2].split()[11:15])) for stat in stats)
    return sum(ticks) / os.sysconf("SC_CLK_TCK")


def highest_memory(process: int) -> float:
    """Return the most MB that a process ever held."""
    status = Path(f"/proc/{process}/status").read_text()
    [kilobytes] = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(kilobytes) / 1024


if __name__ == "__main__":
    main()

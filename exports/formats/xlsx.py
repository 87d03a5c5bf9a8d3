from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from .base import Sheet

PIECE = 64 * 1024  # bytes


class XlsxFormat:
    """XLSX: the same cells as the CSV, but real dates, numbers and booleans, for Excel.

    Nothing leaves before the workbook is whole: it waits in a temporary file.
    """

    name = "xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    extension = "xlsx"
    most_rows = 1_048_576 - 1  # of a worksheet, the titles being one

    def write(self, sheet: Sheet) -> Iterator[bytes]:
        from . import workbooks  # its library is for those who use it

        with TemporaryDirectory(prefix="export-") as folder:
            path = Path(folder, "workbook.xlsx")
            workbooks.write(sheet, path, self.most_rows)
            file = path.open("rb")
        # An open file outlives its name: whatever happens from here on leaves nothing behind.
        with file:
            while piece := file.read(PIECE):
                yield piece

"""The one list of formats; each format imports what is heavy only when it is used."""

from .base import ExportFormat, Sheet, TooManyRows, Unavailable, Whole
from .csv import CsvFormat
from .json import JsonFormat
from .pdf import PdfFormat
from .xlsx import XlsxFormat

FORMATS: dict[str, ExportFormat] = {
    export_format.name: export_format
    for export_format in (CsvFormat(), JsonFormat(), XlsxFormat(), PdfFormat())
}

__all__ = ["FORMATS", "ExportFormat", "Sheet", "TooManyRows", "Unavailable", "Whole"]

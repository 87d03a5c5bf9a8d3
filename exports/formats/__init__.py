"""The one list of formats; each format imports what is heavy only when it is used."""

from .base import ExportFormat, Sheet, Unavailable, Whole
from .csv import CsvFormat
from .pdf import PdfFormat

FORMATS: dict[str, ExportFormat] = {
    export_format.name: export_format for export_format in (CsvFormat(), PdfFormat())
}

__all__ = ["FORMATS", "ExportFormat", "Sheet", "Unavailable", "Whole"]

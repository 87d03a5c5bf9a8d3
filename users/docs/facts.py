"""What the texts of the documentation take from the code and from the settings."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.conf import settings

from usersvc.api.fields import LONGEST_TEXT, MOST_TERMS, MOST_VALUES
from usersvc.api.operations import PAGE_HEADERS
from usersvc.api.pagination import COUNTED
from usersvc.openapi import document

from ..api.directory.serializers import UserShape
from ..api.export.serializers import COLUMNS
from ..api.families import FAMILIES
from ..api.files import FILE_HEADERS
from ..api.jobs.filters import STATUSES, JobFilterSet
from ..api.jobs.profile import DEFAULT_FIELDS
from ..api.jobs.serializers import CSV, JSON, MOST_FIELDS, ExportSerializer, FieldSerializer
from ..models.sign_in_step import LIFETIME as STEP_LIFETIME
from . import columns, mistakes, operations, parameters, snippets, tools
from .tables import codes


def facts() -> dict[str, Any]:
    """Return what templates may name; what is a function is called only where it is named."""
    return {
        "base_url": settings.BASE_URL,
        "version": document()["info"]["version"],
        "parameters": _parameters(),
        "columns": _columns(),
        "headers": {
            "page": partial(columns.headers, PAGE_HEADERS),
            "file": partial(columns.headers, FILE_HEADERS),
        },
        "refusals": mistakes.refusals,
        "strangers": mistakes.strangers,
        "operations": {tag["name"]: _operations(tag["name"]) for tag in document()["tags"]},
        "snippets": {
            family.prefix: partial(snippets.snippets, family.prefix) for family in FAMILIES
        },
        "limits": limits(),
        "words": {
            "job_statuses": codes(STATUSES),
            "default_fields": codes(DEFAULT_FIELDS),
        },
        "mcp": {
            "address": tools.address(),
            "configuration": tools.configuration_text,
            "tools": tools.tools_table,
        },
    }


def limits() -> dict[str, Any]:
    """Return bounds and lifetimes, as they are set here."""
    jwt: Any = settings.SIMPLE_JWT
    return {
        "access_minutes": jwt["ACCESS_TOKEN_LIFETIME"].total_seconds() / 60,
        "refresh_hours": jwt["REFRESH_TOKEN_LIFETIME"].total_seconds() / 3600,
        "family_days": settings.TOKEN_FAMILY_LIFETIME.days,
        "step_minutes": STEP_LIFETIME.total_seconds() / 60,
        "requests": settings.REQUESTS_PER_MINUTE,
        "files": settings.FILES_PER_MINUTE,
        "failures": settings.FAILED_SIGN_INS_PER_MINUTE,
        "files_at_once": settings.EXPORTS_PER_CALLER,
        "export_rows": settings.EXPORT_MAX_ROWS,
        "export_columns": settings.EXPORT_MAX_COLUMNS,
        "jobs": settings.JOBS_PER_CALLER,
        "job_hours": settings.JOB_HOURS,
        "link_seconds": settings.JOB_LINK_SECONDS,
        "csv_fields": MOST_FIELDS[CSV],
        "json_fields": MOST_FIELDS[JSON],
        "upload_megabytes": settings.IMPORT_MAX_UPLOAD // 1024**2,
        "body_kilobytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024,
        "invitation_hours": settings.INVITATION_HOURS,
        "counted": COUNTED,
        "text": LONGEST_TEXT,
        "terms": MOST_TERMS,
        "values": MOST_VALUES,
    }


def _parameters() -> Mapping[str, Callable[[], str]]:
    asked = {family.prefix: family.filterset for family in FAMILIES if family.export_of}
    return {
        **{name: partial(parameters.parameters, each) for name, each in asked.items()},
        "jobs": partial(parameters.parameters, JobFilterSet),
        "job": partial(parameters.keys, ExportSerializer),
        "job_field": partial(parameters.keys, FieldSerializer),
    }


def _columns() -> Mapping[str, Callable[[], str]]:
    return {
        "directory": partial(columns.fields_of, UserShape),
        "export": partial(columns.titles_of, COLUMNS),
        "download": columns.tokens,
        "jobs": columns.profile,
    }


def _operations(tag: str) -> Callable[[], str]:
    return partial(operations.operations, tag)

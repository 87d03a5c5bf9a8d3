"""What the dialog of an export asks: which columns under which titles, which format, which zone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from usersvc import clock, zones
from usersvc.api import words

from ..list_exports import columns_at

SHOWN, ALL, OWN = "shown", "all", "own"
LONGEST_TITLE = 100
# The columns of a file for each column of the list, where they go by another name there.
IN_FILE = {
    "person": ("name", "username"),
    "standing": ("status",),
    "state": ("account_state",),
    "signed_in": ("last_login",),
    "created": ("created_at",),
    "updated": ("updated_at",),
    "role_names": ("roles",),
    "group_names": ("groups",),
    "site_names": ("sites",),
    "tag_names": ("tags",),
    "second_factor": ("mfa",),
    "verified": ("email_verified",),
    "password_expires": ("password_expires_at",),
    "access_ends": ("access_ends_at",),
}
FORMAT_LABELS = {
    "csv": _("CSV"),
    "xlsx": _("Excel"),
    "pdf": _("PDF"),
    "json": _("JSON, an object a line"),
}


@dataclass(frozen=True)
class ColumnRow:
    """One line of the choice of columns: its name, and the fields that say what becomes of it."""

    name: str
    header: str
    use: BoundField
    place: BoundField
    title: BoundField


class ExportForm(forms.Form):
    """The choice of a file; shown are the columns of the list, in their order."""

    format = forms.ChoiceField(
        label=_("Format"),
        choices=[(name, FORMAT_LABELS[name]) for name in FORMAT_LABELS],
        widget=forms.RadioSelect,
        initial="csv",
    )
    columns = forms.ChoiceField(
        label=_("Columns"),
        choices=[
            (SHOWN, _("Those that the list shows")),
            (ALL, _("All that there are")),
            (OWN, _("My own choice, order and titles")),
        ],
        widget=forms.RadioSelect,
        initial=SHOWN,
    )
    zone = forms.CharField(
        label=_("Time zone"),
        initial="UTC",
        widget=forms.TextInput({"list": "zones", "autocomplete": "off"}),
        help_text=_("In which dates and times are written, such as Europe/Rome."),
    )
    bom = forms.BooleanField(
        label=_("Byte order mark, by which older versions of Excel know UTF-8"), required=False
    )

    def __init__(self, actor: Any, shown: Sequence[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._headers = {
            column.name: column.header
            for column in columns_at(clock.now())
            if column.permission is None or actor.has_perm(column.permission)
        }
        self._shown = list(dict.fromkeys(in_file(map(str, shown), self._headers)))
        self._order = [*self._shown, *(name for name in self._headers if name not in self._shown)]
        for place, name in enumerate(self._order, 1):
            self._add_row(name, place)

    def _add_row(self, name: str, place: int) -> None:
        header = self._headers[name]
        self.fields[f"use_{name}"] = forms.BooleanField(
            label=header, required=False, initial=name in self._shown
        )
        self.fields[f"place_{name}"] = forms.IntegerField(
            label=gettext("Place of %(column)s") % {"column": header},
            initial=place,
            min_value=1,
            max_value=len(self._headers),
            required=False,
        )
        self.fields[f"title_{name}"] = forms.CharField(
            label=gettext("Title of %(column)s") % {"column": header},
            max_length=LONGEST_TITLE,
            required=False,
            widget=forms.TextInput({"placeholder": header}),
        )

    def rows(self) -> Iterator[ColumnRow]:
        """Yield the lines of the choice of columns."""
        for name in self._order:
            fields = (self[f"{part}_{name}"] for part in ("use", "place", "title"))
            yield ColumnRow(name, self._headers[name], *fields)

    def zones(self) -> list[str]:
        """Return the zones that there are."""
        return sorted(zones.names().values())

    def clean_zone(self) -> str:
        """Return the canonical name of the zone."""
        given = self.cleaned_data["zone"].strip()
        try:
            return zones.zone(given).key
        except KeyError:
            near = words.nearest(given, list(zones.names().values()))
            message = gettext("%(value)s is not an IANA time zone such as Europe/Rome")
            raise forms.ValidationError(message % {"value": given} + near) from None

    def clean(self) -> dict[str, Any]:
        """Refuse a choice of no column, and two columns of one title."""
        cleaned = super().clean() or {}
        if cleaned.get("columns") != OWN or self.errors:
            return cleaned
        chosen = self.chosen()
        if not chosen:
            self.add_error("columns", gettext("Choose at least one column."))
        titles = [title or self._headers[name] for name, title in chosen]
        if twice := {title for title in titles if titles.count(title) > 1}:
            message = gettext("More than one column has the title %(titles)s.")
            self.add_error("columns", message % {"titles": ", ".join(sorted(twice))})
        return cleaned

    def chosen(self) -> list[tuple[str, str]]:
        """Return the names and titles of the columns, in order; "" for a column's own title."""
        cleaned = self.cleaned_data
        if cleaned["columns"] == SHOWN:
            return [(name, "") for name in self._shown]
        if cleaned["columns"] == ALL:
            return [(name, "") for name in self._headers]
        used = [name for name in self._order if cleaned[f"use_{name}"]]
        last = len(self._headers) + 1
        used.sort(key=lambda name: cleaned[f"place_{name}"] or last)
        return [(name, cleaned[f"title_{name}"]) for name in used]


def in_file(shown: Iterable[str], known: dict[str, str]) -> Iterator[str]:
    """Yield the columns of a file that say what the columns of a list do."""
    for name in shown:
        yield from (each for each in IN_FILE.get(name, (name,)) if each in known)

"""The panel of filters beside the list of people: what each of them offers, and what is chosen."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelectMultiple

from ..models import Connection, Role, User
from .people_question import LABELS, PeopleQuestion

# Presets of a range: what it is called, and the days from and to, counted from today.
Preset = tuple[str, int | None, int | None]
PAST: list[Preset] = [("Today", 0, 0), ("7 days", -7, 0), ("30 days", -30, 0), ("90 days", -90, 0)]
COMING: list[Preset] = [("Over", None, -1), ("Next 7 days", 0, 7), ("Next 30 days", 0, 30)]
DAY = 10  # characters of a date without a time


@dataclass(frozen=True)
class Option:
    """One thing to choose."""

    value: str
    label: str
    is_chosen: bool


@dataclass
class Control:
    """A filter of the panel: boxes to tick, one of several, things to look up, or a range."""

    kind: str
    name: str
    label: str
    options: list[Option] = field(default_factory=list)
    widget: str = ""
    bounds: list[tuple[str, str, str, str]] = field(default_factory=list)
    presets: list[Preset] = field(default_factory=list)
    value: str = ""

    @property
    def is_used(self) -> bool:
        """Whether it narrows the list now."""
        return any(one.is_chosen and one.value for one in self.options) or bool(
            self.value or any(bound[2] for bound in self.bounds)
        )


class LookUp(AutocompleteSelectMultiple):
    """A field that looks things up while one types; what is chosen is shown without asking."""

    def __init__(self, relation: str, site: Any, chosen: dict[str, str]) -> None:
        super().__init__(User._meta.get_field(relation), site)
        self._chosen = chosen

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        options = [
            self.create_option(name, key, label, True, place)
            for place, (key, label) in enumerate(self._chosen.items())
        ]
        return [(None, options, 0)]


class FilterPanel:
    """All filters of a question, section by section."""

    def __init__(self, question: PeopleQuestion, site: Any) -> None:
        self._question, self._site = question, site

    @property
    def sections(self) -> list[tuple[str, list[Control]]]:
        """The titles of the sections, and the filters of each."""
        return [
            ("State", [self._checks("status"), self._checks("account_state")]),
            ("Place", self._places()),
            ("Belongs to", [*self._belongings(), *self._few()]),
            (
                "Security",
                [
                    self._one("mfa"),
                    self._one("email_verified"),
                    self._one("locked"),
                    self._checks("user_type"),
                ],
            ),
            ("Sign-ins", self._sign_ins()),
            ("Dates", self._dates()),
            ("Deleted", [self._one("deleted")]),
        ]

    def media(self) -> Any:
        """Return the files that the panel needs."""
        return LookUp("organization", self._site, {}).media

    def _places(self) -> list[Control]:
        return [self._look_up("organization", "organization"), self._look_up("site", "sites")]

    def _belongings(self) -> list[Control]:
        return [self._look_up("group", "groups"), self._look_up("tag", "tags")]

    def _few(self) -> list[Control]:
        """Roles and connections, of which there are few."""
        return [
            self._control("checks", name, options=self._options(name, self._rows(model)))
            for name, model in (("role", Role), ("connection", Connection))
        ]

    def _rows(self, model: Any) -> Iterable[tuple[str, str]]:
        rows = model.objects.visible_to(self._question.actor).order_by("name_key")
        return [(str(pk), name) for pk, name in rows.values_list("pk", "name")[:100]]

    def _security(self) -> list[Control]:
        return [self._one("mfa"), self._one("email_verified"), self._checks("user_type")]

    def _sign_ins(self) -> list[Control]:
        return [
            self._one("signed_in"),
            self._control("number", "dormant_days", value=self._first("dormant_days")),
            self._range("signed_in", "Last sign-in", PAST),
        ]

    def _dates(self) -> list[Control]:
        return [
            self._range("created", "Created", PAST),
            self._range("updated", "Changed", PAST),
            self._range("password_expires", "Password expires", COMING),
            self._range("access_ends", "Access ends", COMING),
        ]

    # -- the kinds

    def _control(self, kind: str, name: str, **more: Any) -> Control:
        return Control(kind, name, str(self._question.filters[name].label), **more)

    def _checks(self, name: str) -> Control:
        return self._control("checks", name, options=self._options(name, LABELS[name].items()))

    def _one(self, name: str) -> Control:
        words = [("", "Living" if name == "deleted" else "Any"), *LABELS[name].items()]
        return self._control("one", name, options=self._options(name, words))

    def _look_up(self, name: str, relation: str) -> Control:
        chosen = self._question.named(name)
        widget = LookUp(relation, self._site, chosen).render(
            name, list(chosen), {"id": f"filter-{name}"}
        )
        value = " ".join(chosen)
        return self._control("look-up", name, widget=widget, value=value)

    def _range(self, stem: str, label: str, presets: list[Preset]) -> Control:
        bounds = []
        for end, words in (("from", "From"), ("to", "To")):
            value = self._first(f"{stem}_{end}")
            kind = "date" if len(value) in (0, DAY) else "text"
            bounds.append((f"{stem}_{end}", words, value, kind))
        return Control("range", stem, label, bounds=bounds, presets=presets)

    def _options(self, name: str, words: Iterable[tuple[str, str]]) -> list[Option]:
        given = {value.casefold() for value in self._question.data.getlist(name)} or {""}
        return [Option(value, label, value.casefold() in given) for value, label in words]

    def _first(self, name: str) -> str:
        return next((value for value in self._question.data.getlist(name) if value.strip()), "")

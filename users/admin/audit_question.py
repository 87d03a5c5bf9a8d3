"""What the list of the audit is asked, as its address holds it, and the panel that asks it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from usersvc.api.fields import is_storable
from usersvc.api.filters import StrictFilterSet
from usersvc.api.parameters import Earliest, Ids, Latest, Number, Search, Words

from ..models import AuditEntry, User
from ..models.doings import Doing
from .audit_words import KINDS
from .filter_panel import PAST, Control, LookUp, Option

DAY = 10  # characters of a date without a time
LABELS: dict[str, dict[str, Any]] = {
    "what": {str(value): label for value, label in Doing.choices},
    "kind": dict(KINDS),
}
PEOPLE = ("actor", "object")


class AuditQuestion(StrictFilterSet):
    """The question of the list; entries() answers it within the actor's sight."""

    what = Words(asks="telling_of", allowed=Doing.values, label=_("What"))
    kind = Words(asks="about_kinds", allowed=list(KINDS), label=_("Kind"))
    actor = Ids(asks="by", label=_("Who"))
    object = Ids(asks="about", label=_("On whom"))
    at_from = Earliest(asks="between", label=_("From"))
    at_to = Latest(asks="between", after="at_from", label=_("To"))
    q = Search(asks="search", label=_("Search"))
    p = Number(least=1, label=_("Page"))

    def __init__(self, data: Mapping[str, Any], reader: Any) -> None:
        super().__init__(data, AuditEntry.objects.all())
        self.reader = reader

    def entries(self) -> Any:
        """Return the entries asked for, newest first; RequestInvalid where it is not understood."""
        self.check()
        visible = AuditEntry.objects.visible_to(self.reader)
        return self.filter_queryset(visible).newest_first()

    def text_of(self, name: str, value: str) -> str:
        """Return how a reader is told of one value of a filter."""
        words = self.named(name) if name in PEOPLE else LABELS.get(name, {})
        return str(words.get(value, value))

    def named(self, name: str) -> dict[str, str]:
        """Return the ids that a filter was given, with the names of the people in sight."""
        given = self.data.getlist(name)
        ids = [value for value in given if value.strip() and is_storable(value)]
        people = User.all_objects.visible_to(self.reader).with_ids(ids)
        names = {str(pk): name for pk, name in people.values_list("pk", "username")} if ids else {}
        return {value: names.get(value, value) for value in ids}


class AuditPanel:
    """The filters of the audit."""

    def __init__(self, question: AuditQuestion, site: Any) -> None:
        self._question, self._site = question, site

    @property
    def controls(self) -> list[Control]:
        """The filters, in order."""
        return [
            self._checks("what"),
            self._checks("kind"),
            self._look_up("actor"),
            self._look_up("object"),
            self._range(),
        ]

    def media(self) -> Any:
        """Return the files that the panel needs."""
        return LookUp("created_by", self._site, {}).media

    def _control(self, kind: str, name: str, **more: Any) -> Control:
        return Control(kind, name, str(self._question.filters[name].label), **more)

    def _checks(self, name: str) -> Control:
        given = set(self._question.data.getlist(name))
        options = [Option(word, label, word in given) for word, label in LABELS[name].items()]
        return self._control("checks", name, options=options)

    def _look_up(self, name: str) -> Control:
        chosen = self._question.named(name)
        field = LookUp("created_by", self._site, chosen)
        widget = field.render(name, list(chosen), {"id": f"filter-{name}"})
        return self._control("look-up", name, widget=widget, value=" ".join(chosen))

    def _range(self) -> Control:
        bounds = []
        for name, words in (("at_from", gettext("From")), ("at_to", gettext("To"))):
            value = next((text for text in self._question.data.getlist(name) if text.strip()), "")
            bounds.append((name, words, value, "date" if len(value) in (0, DAY) else "text"))
        return Control("range", "at", gettext("When"), bounds=bounds, presets=PAST)

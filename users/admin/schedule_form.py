"""What is asked of a scheduled export: its name, when it runs, and in which time zone."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from usersvc import clock, zones
from usersvc.api import words

from ..models import ExportSchedule
from ..models.export_schedule import MOST
from ..notices import rules

OWN = "own"
PRESETS = [
    ("0 6 * * *", _("Every day at 06:00")),
    ("0 6 * * 1", _("Every Monday at 06:00")),
    ("0 6 1 * *", _("On the first day of each month at 06:00")),
    (OWN, _("By a rule of my own")),
]
DEFAULT = PRESETS[0][0]


class ScheduleForm(forms.ModelForm):
    """A name, a rule and a zone; what a file of the list is beside that, the schedule knows."""

    owner: Any

    preset = forms.ChoiceField(label=_("When"), choices=PRESETS, initial=DEFAULT)
    rule = forms.CharField(
        label=_("Rule"),
        required=False,
        max_length=rules.LONGEST,
        widget=forms.TextInput({"placeholder": DEFAULT, "spellcheck": "false"}),
        help_text=_("Minute, hour, day, month, day of the week, as cron reads them: 30 7 * * 1-5."),
    )
    zone = forms.CharField(
        label=_("Time zone of the rule"),
        initial="UTC",
        widget=forms.TextInput({"list": "zones", "autocomplete": "off"}),
        help_text=_("Such as Europe/Rome: summer time is minded."),
    )

    class Meta:
        model = ExportSchedule
        fields = ("name", "preset", "rule", "zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = self.instance.rule
        if rule:
            self.initial["preset"] = rule if rule in dict(PRESETS) else OWN

    def clean_name(self) -> str:
        """Refuse a name that another schedule of the owner has, and one schedule too many."""
        name: str = self.cleaned_data["name"]
        others = ExportSchedule.objects.of(self.owner).exclude(pk=self.instance.pk)
        if others.filter(name=name).exists():
            raise ValidationError(gettext("Another schedule has this name."), code="unique")
        if others.count() >= MOST:
            message = gettext("You have %(most)s scheduled exports, and can have no more.")
            raise ValidationError(message % {"most": MOST}, code="too_many")
        return name

    def clean_zone(self) -> str:
        """Return the canonical name of the zone."""
        given = self.cleaned_data["zone"].strip()
        try:
            return zones.zone(given).key
        except KeyError:
            near = words.nearest(given, list(zones.names().values()))
            message = gettext("%(value)s is not an IANA time zone such as Europe/Rome")
            raise ValidationError(message % {"value": given} + near) from None

    def clean(self) -> dict[str, Any]:
        """Find the rule that is meant, and refuse one that may not be."""
        cleaned = super().clean() or {}
        preset = cleaned.get("preset")
        if preset is None or "zone" not in cleaned:
            return cleaned
        rule = cleaned.get("rule", "") if preset == OWN else preset
        try:
            cleaned["rule"] = rules.check(rule, cleaned["zone"], clock.now())
        except rules.BadRule as error:
            self.add_error("rule", str(error))
        return cleaned

    def save(self, commit: bool = True) -> Any:
        schedule = self.instance
        schedule.next_run_at = rules.next_run(schedule.rule, schedule.zone, clock.now())
        return super().save(commit)

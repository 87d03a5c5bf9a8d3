"""Fields of forms that say more than Django's own."""

from typing import Any

from django.contrib.admin.widgets import AdminSplitDateTime


class InstantWidget(AdminSplitDateTime):
    """A day and a time, each of which says what it is of."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        words = name.rpartition("-")[2].replace("_", " ")
        for part, widget in zip(("day", "time"), context["widget"]["subwidgets"], strict=True):
            widget["attrs"]["aria-label"] = f"{words}, {part}"
        return context

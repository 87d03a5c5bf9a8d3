"""What the tests of the admin share."""

from django.contrib.admin.utils import quote
from django.urls import reverse

from users.models import Role

BACKEND = "users.authentication.RoleBackend"
PEOPLE = "/admin/users/user/"


def enter(client, person):
    """Return the client with a session of the person."""
    client.force_login(person, backend=BACKEND)
    return client


def page_of(row):
    """Return the address of a row's page."""
    return reverse(f"admin:users_{row._meta.model_name}_change", args=[quote(row.pk)])


def listed(answer):
    """Return the usernames of a list of people, in order."""
    return [person.username for person in answer.context["cl"].queryset]


def people(client, **parameters):
    """Return the usernames of the list with these parameters."""
    answer = client.get(PEOPLE, parameters)
    assert answer.status_code == 200, answer.status_code
    return listed(answer)


def fields_of(answer):
    """Return what a browser would post of a page, unchanged."""
    form = answer.context["adminform"].form
    values = {}
    for part in [form, *formset_forms(answer)]:
        for name in part.fields:
            bound = part[name]
            value = bound.value()
            widget = bound.field.widget
            html_name = part.add_prefix(name)
            if hasattr(widget, "decompress"):
                for index, piece in enumerate(widget.decompress(value)):
                    values[f"{html_name}_{index}"] = "" if piece is None else str(piece)
            elif isinstance(value, list):
                values[html_name] = [str(getattr(item, "pk", item)) for item in value]
            elif value is not None and value is not False:
                values[html_name] = "on" if value is True else str(value)
    return values


def formset_forms(answer):
    for inline in answer.context["inline_admin_formsets"]:
        yield inline.formset.management_form
        yield from inline.formset.forms


def messages_of(answer):
    """Return the messages that a page shows."""
    return [str(message) for message in answer.context["messages"]]


def save(client, row, **changes):
    """Open a row's page, change fields, save; return the answer."""
    url = page_of(row)
    values = fields_of(client.get(url)) | changes
    return client.post(url, {name: value for name, value in values.items() if value is not None})


def errors_of(answer):
    """Return the errors that a page shows after a refused save."""
    assert answer.status_code == 200
    errors = dict(answer.context["adminform"].form.errors)
    for inline in answer.context["inline_admin_formsets"]:
        for form in inline.formset.forms:
            errors |= form.errors
        if inline.formset.non_form_errors():
            errors[inline.formset.prefix] = list(inline.formset.non_form_errors())
    return errors


def act(client, action, *rows, across=False):
    """Tick people, or take all that match, and do something with them."""
    ticked = [str(row.pk) for row in rows]
    values = {"action": action, "_selected_action": ticked, "confirm": "yes"}
    return client.post(PEOPLE, values | ({"select_across": "1"} if across else {}), follow=True)


def role(name):
    """Return a role by its name."""
    return Role.objects.get(name=name)


def choices_of(form):
    """Return the names of the actions that a list offers."""
    groups = [choices for name, choices in form.fields["action"].choices if name]
    return {name for choices in groups for name, _ in choices}

"""What the tests of the admin share."""

from django.urls import reverse

BACKEND = "users.authentication.RoleBackend"
PEOPLE = "/admin/users/user/"


def enter(client, person):
    """Return the client with a session of the person."""
    client.force_login(person, backend=BACKEND)
    return client


def page_of(row):
    """Return the address of a row's page."""
    return reverse(f"admin:users_{row._meta.model_name}_change", args=[row.pk])


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

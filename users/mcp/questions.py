"""Questions of a model: a family's words, without what is about pages or files."""

from collections.abc import Mapping
from typing import Any

from django.utils.datastructures import MultiValueDict

from usersvc.api import fields as kinds
from usersvc.api.errors import Fault, RequestInvalid
from usersvc.api.pagination import Window, window

from ..admin.people_question import PeopleQuestion
from ..api.directory.serializers import people_as_rows
from ..api.families import FAMILIES
from ..api.filtering import PeopleFilterSet
from ..columns import METADATA
from ..list_exports import FAMILY as ADMIN
from ..querysets import UserQuerySet
from .fields import Number, Parameters, Word

PAGE_SIZE, MOST_ROWS = 20, 100
FURTHEST_PAGE = 10**9
# What is no word of a question here, and what to use instead.
ELSEWHERE = {
    "page": "is no word here: use the argument page of find_people",
    "p": "is no word here: use the argument page of find_people",
    "page_size": "is no word here: use the argument page_size of find_people",
    "count": "is no word here: use the argument exact of count_people",
    "format": "is no word here: use the argument format of start_export",
    "_fields": "is no word here: use the argument columns of start_export",
}
PARAMETERS = "parameters"


def _question_class(filterset: type[PeopleFilterSet]) -> type[PeopleFilterSet]:
    """Return a FilterSet without the options; None takes a parameter away."""
    options = filterset.base_filters.keys() & ELSEWHERE  # type: ignore[attr-defined]
    return type("UserFilterSet", (filterset,), dict.fromkeys(options))


QUESTIONS: Mapping[str, type[PeopleFilterSet]] = {
    **{family.prefix: _question_class(family.filterset) for family in FAMILIES},
    ADMIN: _question_class(PeopleQuestion),
}


def family_argument() -> Word:
    """Return the argument that names the vocabulary."""
    return Word(
        "Whose words the parameters are; words of different families do not mix.",
        allowed=QUESTIONS,
        otherwise="directory",
    )


def page_arguments() -> dict[str, Number]:
    """Return the arguments that choose a page."""
    return {
        "page": Number("Which page; from 1.", least=1, most=FURTHEST_PAGE, otherwise=1),
        "page_size": Number(
            "How many users a page holds.", least=1, most=MOST_ROWS, otherwise=PAGE_SIZE
        ),
    }


def parameters_argument(about: str) -> Parameters:
    """Return the argument that holds the words."""
    return Parameters(about, otherwise={})


def question_of(family: str, parameters: Mapping[str, list[str]], actor: Any) -> PeopleFilterSet:
    """Return the question, understood whole; RequestInvalid with all that is wrong."""
    faults = [
        Fault(name, ELSEWHERE[name], ", ".join(values))
        for name, values in parameters.items()
        if name in ELSEWHERE
    ]
    rest = {name: values for name, values in parameters.items() if name not in ELSEWHERE}
    question = QUESTIONS[family](MultiValueDict(rest), actor)
    try:
        question.check()
    except RequestInvalid as error:
        faults += error.faults
    if faults:
        raise RequestInvalid(
            Fault(f"{PARAMETERS}.{fault.key}", fault.message, fault.value) for fault in faults
        )
    return question


def page_of(people: UserQuerySet, actor: Any, page: int, size: int) -> dict[str, Any]:
    """Return one page of people as the directory shows them, and where it stands."""
    found = window(people, page, size)
    shown = {
        "people": people_as_rows(found.rows, actor.has_perm(METADATA)),
        **total_of(found),
        "page": page,
        "page_size": size,
    }
    return shown | ({"next_page": page + 1} if found.more else {})


def total_of(found: Window) -> dict[str, Any]:
    """Return how many match; capped: there are more than that."""
    return {"total": found.total, "total_is_capped": found.is_capped}


def vocabulary() -> str:
    """Return the words of all families, a line each, for a model to read."""
    return "\n".join(f"{name}: {_words_of(question)}" for name, question in QUESTIONS.items())


def _words_of(question: type[PeopleFilterSet]) -> str:
    declared = question.base_filters.items()  # type: ignore[attr-defined]
    return "; ".join(f"{name} ({_kind_of(parameter.field)})" for name, parameter in declared)


def _kind_of(field: Any) -> str:
    match field:
        case kinds.WordsField():
            return f"any of {', '.join(field.allowed)}"
        case kinds.WordField():
            return f"one of {', '.join(field.allowed)}"
        case kinds.BooleanField():
            return "true or false"
        case kinds.NumberField():
            return f"a whole number from {field.least} to {field.most}"
        case kinds.InstantField():
            return "an instant"
        case kinds.SortField():
            return f"word:asc or word:desc, of {', '.join(field.word.allowed)}"
        case kinds.ZoneField():
            return "an IANA time zone"
        case kinds.UuidField():
            return "a UUID"
        case kinds.IdsField() | kinds.NamesField():
            return f"{'ids' if isinstance(field, kinds.IdsField) else 'names'}, any of them"
        case kinds.IdField():
            return "an id"
    return "a text"

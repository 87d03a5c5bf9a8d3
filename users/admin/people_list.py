"""The list of people: one question, one page of answers, and what a reader needs to change it."""

from typing import Any

from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from usersvc.api.errors import RequestInvalid
from usersvc.api.pagination import window

from .. import status
from ..models import ListPreference, User
from ..querysets import SortKey
from .people_columns import GATHERED, JOINED
from .people_question import EXACT, NOT_ASKED, PeopleQuestion
from .question_list import QuestionList

# The columns that sort, and the domain words they sort by.
SORT_WORDS = {
    "person": "name",
    "username": "username",
    "name": "name",
    "email": "email",
    "organization": "organization",
    "user_type": "user_type",
    "standing": "status",
    "signed_in": "last_login",
    "created": "created_at",
    "updated": "updated_at",
    "password_expires": "password_expires_at",  # nosec B105 # the name of a column
    "access_ends": "access_ends_at",
}
SORT = "sort"
NO_FILTERS = {PAGE_VAR, SORT, "count", *NOT_ASKED}


class PeopleList(QuestionList):
    """A page of the people asked for, in the one order that every list and file has."""

    question: PeopleQuestion
    not_filters = frozenset(NO_FILTERS)

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        self.question = question_of(request)
        try:
            people = self.question.people()
        except RequestInvalid as error:
            self.faults = error.faults
            return User.objects.none().order_by("pk")
        self.faults = []
        keys = self._keys()
        return people.sorted_by(*keys) if keys else people

    def spec(self, file_format: str) -> dict[str, Any]:
        """Return what a job is to do that exports all who match, as plain data."""
        return {
            "family": "admin",
            "filters": dict(self.question.data.lists()),
            "order": [(key.word, key.descending) for key in self._keys()],
            "format": file_format,
            "limit": None,
        }

    def _keys(self) -> list[SortKey]:
        if order := self.question.order:
            return order
        # An address of before, which names columns by their places.
        return [
            SortKey(word, direction == "desc")
            for index, direction in super().get_ordering_field_columns().items()
            if (word := self._word(index))
        ]

    def _word(self, index: Any) -> str | None:
        """Return what the column at a place sorts by."""
        names = dict(enumerate(map(str, self.list_display)))
        return SORT_WORDS.get(names.get(int(index), ""))

    def get_ordering_field_columns(self) -> dict[Any, Any]:
        """Return by which of the shown columns the list is sorted, and how."""
        if self.faults:
            return {}
        directions = {key.word: "desc" if key.descending else "asc" for key in self._keys()}
        places = {self._word(index): index for index in range(len(self.list_display))}
        return {places[word]: each for word, each in directions.items() if word in places}

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """Return an address of the list; an order by places, as headers ask for it, in words."""
        wanted = dict(new_params or {})
        if ORDER_VAR in wanted:
            places = [each for each in str(wanted.pop(ORDER_VAR)).split(".") if each]
            wanted[SORT] = ",".join(filter(None, map(self._ordered, places))) or None
            wanted[ORDER_VAR] = None
        found: str = super().get_query_string(wanted, remove)
        return found

    def _ordered(self, place: str) -> str:
        word = self._word(place.lstrip("-"))
        return f"{word}:{'desc' if place.startswith('-') else 'asc'}" if word else ""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        return list(queryset.query.order_by)

    def get_results(self, request: HttpRequest) -> None:
        person: Any = request.user
        size = self.size = ListPreference.objects.of(person).page_size
        answers = {} if self.faults else self.question.answers
        self.page_num = number = answers.get("p") or 1
        found = window(self.queryset, number, size, exact=answers.get("count") == EXACT)
        self.is_capped, self.has_next = found.is_capped, found.more
        self.result_count, self.full_result_count = found.total, None
        self.result_list = list(self._dressed(found.rows))
        self.show_full_result_count = self.show_admin_actions = bool(found.total)
        self.can_show_all, self.multi_page = False, found.more or number > 1
        self.paginator = None
        self.first = (number - 1) * size + 1
        self.last = self.first + len(self.result_list) - 1

    def _dressed(self, rows: Any) -> Any:
        """Add what the columns show beside the people's own rows."""
        shown = set(map(str, self.list_display))
        if joined := [name for name in JOINED if name in shown]:
            rows = rows.select_related(*joined)
        gathered = [relation for name, relation in GATHERED.items() if name in shown]
        state = status.account_state_sql(self.question.at)
        return rows.annotate(account_state=state).prefetch_related(*gathered)

    # -- what a reader needs to change the question

    @property
    def figure(self) -> str:
        """How many match, for a reader; with a plus for more than were counted."""
        return f"{self.result_count:,}{'+' if self.is_capped else ''}"

    @property
    def filter_count(self) -> int:
        """How many values narrow the list beside the search."""
        return sum(
            len([value for value in values if value.strip()])
            for name, values in self.question.data.lists()
            if name not in NO_FILTERS | {SEARCH_VAR}
        )

    @property
    def without_any(self) -> str:
        """The address of the list without filters, in the same order."""
        query = QueryDict(mutable=True)
        for name in (ORDER_VAR, SORT):
            if order := self.params.get(name):
                query[name] = order
        return f"?{query.urlencode()}"

    @property
    def counted_exactly(self) -> str:
        """The address of this page with the exact number of those who match."""
        return self.get_query_string({"count": EXACT})


def question_of(request: HttpRequest) -> PeopleQuestion:
    """Return what the address of a list asks, without what is the admin's own in it."""
    asked = request.GET.copy()
    for name in NOT_ASKED:
        asked.pop(name, None)
    return PeopleQuestion(asked, request.user)

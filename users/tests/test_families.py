"""What holds for every family that the one list names."""

import pytest

from users.api.families import FAMILIES


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.prefix)
def test_every_filter_asks_a_word_of_the_queryset(family):
    from users.querysets import UserQuerySet

    for parameter in family.filterset.base_filters.values():
        assert parameter.asks is None or hasattr(UserQuerySet, parameter.asks)

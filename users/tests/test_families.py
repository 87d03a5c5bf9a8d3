"""What holds for every family that the one list names."""

from pathlib import Path

import pytest

from users.api.families import FAMILIES

HERE = Path(__file__).parent


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.prefix)
def test_every_declared_filter_has_a_test(family):
    tests = "".join(path.read_text() for path in HERE.glob(f"test_{family.prefix}_*.py"))
    assert [name for name in family.filterset.base_filters if f"{name}=" not in tests] == []


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.prefix)
def test_every_filter_asks_a_word_of_the_queryset(family):
    from users.querysets import UserQuerySet

    for parameter in family.filterset.base_filters.values():
        assert parameter.asks is None or hasattr(UserQuerySet, parameter.asks)

"""How pairs are chosen and written; pairs.py says what for."""

from django.db import models

from users.models import Tag, User, UserTag

from .pairs import LEFT, PAIRS, RIGHT, Plan


def plans(writers=2, per_second=50):
    """Pair people from both ends of the directory, make them ready, and return the plans."""
    everybody = list(User.objects.order_by("created_at", "pk").values_list("pk", "username"))
    count = writers * PAIRS
    step = len(everybody) // (2 * count)
    chosen = everybody[::step][: 2 * count]
    pairs = [
        [list(map(str, one)) for one in pair] for pair in zip(chosen, chosen[::-1], strict=True)
    ]
    left, right = (str(Tag.objects.get_or_create(name=name)[0].pk) for name in (LEFT, RIGHT))
    made = [Plan(pairs[writer:count:writers], left, right, per_second) for writer in range(writers)]
    for plan in made:
        for number in range(PAIRS):
            write(plan, number)
    return made


def write(plan, number):
    """Change the pair whose turn it is, within the transaction of the caller's."""
    first, second = (pk for pk, _ in plan.pairs[number % PAIRS])
    models.QuerySet(User).filter(pk__in=[first, second]).update(phone=str(number))
    tags = [plan.left, plan.right]
    UserTag.objects.filter(user__in=[first, second], tag__in=tags).delete()
    first_tag, second_tag = tags if number % 2 == 0 else reversed(tags)
    UserTag.objects.bulk_create(
        [UserTag(user_id=first, tag_id=first_tag), UserTag(user_id=second, tag_id=second_tag)]
    )

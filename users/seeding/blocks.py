"""Blocks of people, made ahead by other processes while this one feeds the database."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

import django

from . import people
from .load import Packed, packed

# Fewer people are made before another process has started.
WORTH_A_PROCESS = 50_000
# Making people takes longer than loading them.
PROCESSES = 2
AHEAD = 3


def blocks(plan: people.Plan, size: int) -> Iterator[Packed]:
    """Yield the people of a plan, at most size at a time."""
    offsets = range(0, plan.count, size)
    if plan.count < WORTH_A_PROCESS:
        yield from (block(plan, offset, size) for offset in offsets)
        return
    # Only so many ahead, or memory would grow with the number of people.
    made: deque[Future[Packed]] = deque()
    # A fork would share this process's connection to the database.
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), initializer=django.setup) as pool:
        for offset in offsets:
            made.append(pool.submit(block, plan, offset, size))
            if len(made) > AHEAD:
                yield made.popleft().result()
        while made:
            yield made.popleft().result()


def block(plan: people.Plan, offset: int, size: int) -> Packed:
    """Return the people from an offset on, ready to be loaded."""
    return packed(people.block(plan, offset, min(size, plan.count - offset)).rows)

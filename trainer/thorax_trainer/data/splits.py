"""Splits that never put one patient on two sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

import numpy as np


def grouped_folds(groups: Sequence[Hashable], weights: Sequence[int], fold_count: int, seed: int) -> list[list[int]]:
    """Indices of each fold. All items of a group share a fold, and the folds carry about the same weight.

    ``weights`` says how much an item counts in balancing, for example its number of boxes plus one.
    """
    members: dict[Hashable, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    if len(members) < fold_count:
        raise ValueError(f"{fold_count} folds need as many groups, got {len(members)}")
    order = list(members.values())
    np.random.default_rng(seed).shuffle(order)
    # The heaviest group first, each to the lightest fold: the customary greedy balance. The sort is stable, so the
    # shuffle decides among equals.
    order.sort(key=lambda indices: -sum(weights[index] for index in indices))
    folds: list[list[int]] = [[] for _ in range(fold_count)]
    for indices in order:
        lightest = min(folds, key=lambda fold: (sum(weights[index] for index in fold), len(fold)))
        lightest.extend(indices)
    return [sorted(fold) for fold in folds]

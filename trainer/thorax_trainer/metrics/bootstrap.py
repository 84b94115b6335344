"""Confidence intervals by resampling patients, because images of one patient are not independent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % percentile interval."""

    value: float
    low: float
    high: float
    resamples: int


def bootstrap_interval(
    groups: Sequence[Hashable], statistic: Callable[[list[int]], float], resamples: int, seed: int
) -> Interval:
    """Evaluates ``statistic`` on item indices; each resample draws whole groups with replacement.

    Resamples on which the statistic is undefined (NaN) are left out.
    """
    members: dict[Hashable, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    pools = list(members.values())
    random = np.random.default_rng(seed)
    values = []
    for _ in range(resamples):
        drawn = random.integers(0, len(pools), len(pools))
        values.append(statistic([index for pool in drawn for index in pools[pool]]))
    defined = np.array([value for value in values if not np.isnan(value)])
    low, high = np.percentile(defined, [2.5, 97.5]) if len(defined) else (float("nan"), float("nan"))
    return Interval(statistic(list(range(len(groups)))), float(low), float(high), len(defined))

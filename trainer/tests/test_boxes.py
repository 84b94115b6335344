import numpy as np
import pytest

from thorax_trainer.boxes import corners_from_centres, intersection_over_union, non_maximum_suppression


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, dtype=np.float32).reshape(-1, 4)


def test_iou_of_half_overlapping_squares_is_a_third() -> None:
    assert intersection_over_union(boxes((0, 0, 2, 2)), boxes((1, 0, 3, 2)))[0, 0] == pytest.approx(1 / 3)


def test_iou_of_touching_and_of_empty_boxes_is_zero() -> None:
    overlap = intersection_over_union(boxes((0, 0, 1, 1)), boxes((1, 0, 2, 1), (5, 5, 5, 5)))
    assert overlap.tolist() == [[0, 0]]
    assert intersection_over_union(boxes((5, 5, 5, 5)), boxes((5, 5, 5, 5)))[0, 0] == 0


def test_iou_with_no_boxes_keeps_its_shape() -> None:
    assert intersection_over_union(boxes(), boxes((0, 0, 1, 1))).shape == (0, 1)


def test_centres_become_corners() -> None:
    assert corners_from_centres(boxes((10, 20, 4, 6))).tolist() == [[8, 17, 12, 23]]


def test_suppression_keeps_the_best_of_a_pile_and_what_lies_apart() -> None:
    pile = boxes((0, 0, 10, 10), (1, 0, 11, 10), (50, 50, 60, 60))
    kept = non_maximum_suppression(pile, np.array([0.5, 0.9, 0.1], dtype=np.float32), 0.5)
    assert kept.tolist() == [1, 2]


def test_suppression_of_nothing_is_nothing() -> None:
    assert non_maximum_suppression(boxes(), np.empty(0, np.float32), 0.5).size == 0

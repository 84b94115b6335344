import math

import numpy as np
import pytest

from thorax_trainer.detection import Detections, decode
from thorax_trainer.metrics.average_precision import average_precision, average_precisions
from thorax_trainer.metrics.bootstrap import bootstrap_interval
from thorax_trainer.metrics.calibration import expected_calibration_error, reliability
from thorax_trainer.metrics.froc import froc, match_any_class, sensitivity_at
from thorax_trainer.metrics.matching import Matches, match_class, match_image
from thorax_trainer.metrics.thresholds import best_f1


def detections(*rows: tuple[float, float, float, float, float, int]) -> Detections:
    """Rows of x_min, y_min, x_max, y_max, score, class."""
    table = np.array(rows, dtype=np.float32).reshape(-1, 6)
    return Detections(table[:, :4], table[:, 4], table[:, 5].astype(np.int64))


def matches(scores: list[float], correct: list[bool], box_count: int) -> Matches:
    images = np.zeros(len(scores), np.int64)
    return Matches(np.array(scores, np.float32), np.array(correct), images, np.array([box_count]))


def test_a_box_is_found_once() -> None:
    truth = detections((0, 0, 10, 10, 1, 0))
    found = detections((0, 0, 10, 9, 0.6, 0), (0, 0, 10, 10, 0.9, 0))
    assert match_image(found, truth, 0.5).tolist() == [False, True]


def test_another_class_does_not_count() -> None:
    assert match_image(detections((0, 0, 10, 10, 0.9, 1)), detections((0, 0, 10, 10, 1, 0)), 0.5).tolist() == [False]


def test_an_overlap_of_exactly_the_threshold_counts() -> None:
    assert match_image(detections((0, 0, 10, 5, 0.9, 0)), detections((0, 0, 10, 10, 1, 0)), 0.5).tolist() == [True]


def test_nothing_found_and_nothing_there() -> None:
    assert match_image(detections(), detections((0, 0, 1, 1, 1, 0)), 0.5).tolist() == []
    assert match_image(detections((0, 0, 1, 1, 1, 0)), detections(), 0.5).tolist() == [False]


def test_perfect_detections_have_average_precision_one() -> None:
    assert average_precision(matches([0.9, 0.8], [True, True], 2)) == 1


def test_average_precision_of_a_known_case() -> None:
    # Recall 0.5 at precision 1, recall 1 at precision 2/3: 51 points of 1 and 50 of 2/3.
    assert average_precision(matches([0.9, 0.8, 0.7], [True, False, True], 2)) == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_half_of_the_boxes_found_gives_51_of_101() -> None:
    assert average_precision(matches([0.9], [True], 2)) == pytest.approx(51 / 101)


def test_average_precision_without_boxes_is_undefined_and_without_detections_zero() -> None:
    assert math.isnan(average_precision(matches([0.9], [False], 0)))
    assert average_precision(matches([], [], 3)) == 0


def test_classes_are_judged_apart() -> None:
    found = [detections((0, 0, 10, 10, 0.9, 0)), detections((0, 0, 10, 10, 0.9, 1))]
    truth = [detections((0, 0, 10, 10, 1, 0)), detections((50, 50, 60, 60, 1, 1))]
    assert average_precisions(found, truth, 3).tolist()[:2] == [1, 0]


def test_froc_counts_per_image_and_ignores_classes() -> None:
    found = [detections((0, 0, 10, 10, 0.9, 1), (50, 50, 60, 60, 0.8, 0)), detections((0, 0, 10, 10, 0.7, 0))]
    truth = [detections((0, 0, 10, 10, 1, 0)), detections((0, 0, 10, 10, 1, 0))]
    matched = match_any_class(found, truth, 0.5)
    false_positives, sensitivity = froc(matched, 2)
    assert false_positives.tolist() == [0, 0.5, 0.5]
    assert sensitivity.tolist() == [0.5, 0.5, 1]
    assert sensitivity_at(matched, 2, 0.25) == 0.5
    assert sensitivity_at(matched, 2, 1) == 1


def test_two_classes_on_one_spot_are_one_mark() -> None:
    found = [detections((0, 0, 10, 10, 0.9, 1), (0, 0, 10, 11, 0.8, 0))]
    truth = [detections((0, 0, 10, 10, 1, 0), (0, 0, 10, 11, 1, 1))]
    matched = match_any_class(found, truth, 0.5)
    assert matched.correct.tolist() == [True]
    assert matched.box_count == 2


def test_sensitivity_is_zero_when_the_first_detection_is_already_too_many() -> None:
    assert sensitivity_at(matches([0.9], [False], 1), 1, 0.5) == 0


def test_resampling_repeats_images_and_keeps_the_order_of_scores() -> None:
    found = [detections((0, 0, 10, 10, 0.2, 0)), detections((0, 0, 10, 10, 0.9, 0))]
    truth = [detections((0, 0, 10, 10, 1, 0)), detections()]
    drawn = match_class(found, truth, 0, 0.5).resampled([0, 0, 1])
    np.testing.assert_allclose(drawn.scores, [0.9, 0.2, 0.2])
    assert drawn.correct.tolist() == [False, True, True]
    assert drawn.box_count == 2


def test_best_f1_cuts_between_scores() -> None:
    point = best_f1(matches([0.9, 0.8, 0.4], [True, True, False], 2))
    assert point is not None
    assert point.threshold == pytest.approx(0.6)
    assert (point.precision, point.recall, point.f1) == (1, 1, pytest.approx(1))


def test_best_f1_never_cuts_between_equal_scores() -> None:
    point = best_f1(matches([0.5, 0.5], [True, False], 1))
    assert point is not None
    assert point.precision == 0.5


def test_best_f1_needs_something_correct() -> None:
    assert best_f1(matches([0.9], [False], 1)) is None


def test_bootstrap_draws_whole_groups() -> None:
    seen: list[list[int]] = []

    def statistic(indices: list[int]) -> float:
        seen.append(indices)
        return float(len(indices))

    bootstrap_interval(["a", "a", "b"], statistic, resamples=50, seed=0)
    assert all(indices.count(0) == indices.count(1) for indices in seen)


def test_bootstrap_interval_of_a_constant_is_a_point() -> None:
    interval = bootstrap_interval(["a", "b", "c"], lambda indices: 0.5, resamples=20, seed=0)
    assert (interval.value, interval.low, interval.high, interval.resamples) == (0.5, 0.5, 0.5, 20)


def test_reliability_pools_classes_and_leaves_out_the_floor() -> None:
    bins = reliability([matches([0.95, 0.01], [True, False], 1), matches([0.91], [False], 1)], 0.05)
    assert [one.count for one in bins] == [2]
    assert bins[0].precision == 0.5
    assert expected_calibration_error(bins) == pytest.approx(0.43)


def test_decode_suppresses_within_a_class_only() -> None:
    # Two anchors on one spot; the first is sure of both classes.
    output = np.array([[50, 50], [50, 51], [20, 20], [20, 20], [0.9, 0.8], [0.7, 0.1]], dtype=np.float32)
    found = decode(output, confidence_threshold=0.25, iou_threshold=0.5)
    assert found.classes.tolist() == [0, 1]
    np.testing.assert_allclose(found.scores, [0.9, 0.7])
    np.testing.assert_allclose(found.boxes[0], [40, 40, 60, 60])


def test_match_class_sorts_over_images() -> None:
    found = [detections((0, 0, 10, 10, 0.2, 0)), detections((0, 0, 10, 10, 0.9, 0))]
    truth = [detections((0, 0, 10, 10, 1, 0)), detections()]
    result = match_class(found, truth, 0, 0.5)
    assert result.images.tolist() == [1, 0]
    assert result.correct.tolist() == [False, True]
    assert result.box_count == 1

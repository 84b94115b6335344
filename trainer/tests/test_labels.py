from pathlib import Path

import numpy as np
import pytest

from thorax_trainer.data.labels import LabelError, label_path, parse_labels, read_labels


def test_reads_classes_and_corner_boxes() -> None:
    classes, boxes = parse_labels("3 0.5 0.5 0.2 0.4\n\n0 0.25 0.25 0.5 0.5\n", 14)
    assert classes.tolist() == [3, 0]
    np.testing.assert_allclose(boxes, [[0.4, 0.3, 0.6, 0.7], [0, 0, 0.5, 0.5]], atol=1e-6)


def test_cuts_a_box_at_the_edge() -> None:
    _, boxes = parse_labels("0 0.95 0.5 0.2 0.2", 1)
    assert boxes[0, 2] == 1


def test_an_empty_file_says_that_nothing_is_there() -> None:
    classes, boxes = parse_labels("", 14)
    assert classes.shape == (0,)
    assert boxes.shape == (0, 4)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("0 0.5 0.5 0.2", "expected 5 fields"),
        ("14 0.5 0.5 0.2 0.2", "not within 0..13"),
        ("-1 0.5 0.5 0.2 0.2", "not within 0..13"),
        ("1.5 0.5 0.5 0.2 0.2", "line 1"),
        ("0 0.5 0.5 0 0.2", "no area"),
        ("0 0.5 nan 0.2 0.2", "no area"),
        ("0 0.5 0.5 0.2 0.2\n0 a b c d", "line 2"),
    ],
)
def test_refuses_what_it_cannot_trust(text: str, complaint: str) -> None:
    with pytest.raises(LabelError, match=complaint):
        parse_labels(text, 14)


def test_labels_lie_beside_the_last_images_folder() -> None:
    assert label_path(Path("/images/set/images/val/a.b.png")) == Path("/images/set/labels/val/a.b.txt")


def test_a_missing_file_is_not_a_negative(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="no label file"):
        read_labels(tmp_path / "images" / "a.png", 14)

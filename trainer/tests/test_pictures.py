import numpy as np

from thorax_trainer.data.augmentation import Augmentation
from thorax_trainer.data.letterbox import PADDING, Letterbox, letterboxed


def test_letterbox_centres_and_pads() -> None:
    square, placement = letterboxed(np.zeros((320, 640), np.uint8), 640)
    assert placement == Letterbox(1.0, 0, 160)
    assert square[159, 0] == PADDING
    assert square[160, 0] == 0
    assert square[479, 0] == 0
    assert square[480, 0] == PADDING


def test_letterbox_can_be_undone() -> None:
    placement = Letterbox.fit(1000, 500, 640)
    boxes = np.array([[10, 20, 110, 220]], dtype=np.float32)
    shift = np.array([placement.left, placement.top] * 2)
    placed = (boxes * placement.scale + shift).astype(np.float32)
    np.testing.assert_allclose(placement.restore(placed), boxes, atol=1e-3)


STILL = Augmentation(scale=0, translate=0, rotate=0, gamma=0, contrast=0, brightness=0, noise=0)


def test_no_amount_of_change_changes_nothing() -> None:
    random = np.random.default_rng(0)
    image = random.integers(0, 255, (64, 64), dtype=np.uint8)
    boxes = np.array([[10, 12, 30, 40]], dtype=np.float32)
    moved, classes, moved_boxes = STILL.apply(image, np.array([3]), boxes, random)
    assert np.abs(moved.astype(int) - image).max() <= 1
    assert classes.tolist() == [3]
    np.testing.assert_allclose(moved_boxes, boxes, atol=1e-4)


def test_boxes_stay_on_their_finding() -> None:
    image = np.zeros((200, 200), np.uint8)
    image[80:120, 60:100] = 255
    boxes = np.array([[60, 80, 100, 120]], dtype=np.float32)
    mover = Augmentation(rotate=0, gamma=0, contrast=0, brightness=0, noise=0)
    for seed in range(20):
        moved, _, moved_boxes = mover.apply(image, np.array([0]), boxes, np.random.default_rng(seed))
        rows, columns = np.nonzero(moved > 200)
        x_min, y_min, x_max, y_max = moved_boxes[0]
        assert abs(columns.min() - x_min) < 2 and abs(columns.max() + 1 - x_max) < 2
        assert abs(rows.min() - y_min) < 2 and abs(rows.max() + 1 - y_max) < 2


def test_a_box_that_left_the_image_goes() -> None:
    boxes = np.array([[0, 0, 4, 4], [90, 90, 110, 110]], dtype=np.float32)
    zoom = Augmentation(scale=0, translate=0.15, rotate=0)
    counts = {
        len(zoom.apply(np.zeros((200, 200), np.uint8), np.array([0, 1]), boxes, np.random.default_rng(seed))[1])
        for seed in range(30)
    }
    assert counts == {1, 2}

import pytest

from thorax_trainer.training.pace import learning_rate_factor
from thorax_trainer.training.size_schedule import SizeSchedule


def test_one_size_throughout() -> None:
    assert SizeSchedule.parse("640").at(0) == 640
    assert SizeSchedule.parse("640").final == 640


def test_sizes_grow_with_progress() -> None:
    schedule = SizeSchedule.parse("256:0.3,320:0.8,640:1")
    assert [schedule.at(progress) for progress in (0, 0.3, 0.79, 0.8, 1)] == [256, 320, 320, 640, 640]


@pytest.mark.parametrize("text", ["250", "256:0.8,320:0.3", "256:0.5", "0", "-32"])
def test_refuses_a_schedule_that_cannot_be_followed(text: str) -> None:
    with pytest.raises(ValueError, match="image sizes"):
        SizeSchedule.parse(text)


def test_learning_rate_rises_then_falls_to_the_floor() -> None:
    assert learning_rate_factor(0, 0, warmup_steps=10) == pytest.approx(0.1)
    assert learning_rate_factor(10, 0, warmup_steps=10) == pytest.approx(1)
    assert learning_rate_factor(100, 0.5, warmup_steps=10) == pytest.approx(0.51)
    assert learning_rate_factor(100, 1, warmup_steps=10) == pytest.approx(0.02)

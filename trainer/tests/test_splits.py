import pytest

from thorax_trainer.data.splits import grouped_folds

PATIENTS = ["a", "b", "a", "c", "d", "e", "b", "f"]


def test_no_patient_lies_in_two_folds() -> None:
    folds = grouped_folds(PATIENTS, [1] * 8, 3, seed=1)
    homes = [{PATIENTS[index] for index in fold} for fold in folds]
    assert sum(len(home) for home in homes) == len(set(PATIENTS))


def test_every_image_lies_in_exactly_one_fold() -> None:
    folds = grouped_folds(PATIENTS, [1] * 8, 3, seed=1)
    assert sorted(index for fold in folds for index in fold) == list(range(8))


def test_folds_carry_about_the_same_weight() -> None:
    weights = [5, 1, 1, 1, 1, 1, 1, 1]
    folds = grouped_folds(list("abcdefgh"), weights, 2, seed=0)
    assert sorted(sum(weights[index] for index in fold) for fold in folds) == [6, 6]


def test_the_seed_decides() -> None:
    assert grouped_folds(PATIENTS, [1] * 8, 3, seed=4) == grouped_folds(PATIENTS, [1] * 8, 3, seed=4)


def test_refuses_more_folds_than_patients() -> None:
    with pytest.raises(ValueError, match="as many groups"):
        grouped_folds(["a", "a"], [1, 1], 2, seed=0)

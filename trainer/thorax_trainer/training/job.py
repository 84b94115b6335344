"""What a training run is asked for and what it answers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

from thorax_trainer.training.size_schedule import SizeSchedule


@dataclass(frozen=True)
class TrainingJob:
    """One run. The same job on the same machine with the same versions gives the same weights, unless a time
    budget cuts it short."""

    data: Path
    """``data.yaml`` of the dataset."""
    output: Path
    """Folder for metrics.csv, checkpoints and result.json."""
    epochs: int
    sizes: SizeSchedule
    """Side of the square that the network sees, in pixels, as the run progresses."""
    seed: int = 0
    weights: Path | None = None
    """Checkpoint to start from; without it the network starts from random weights."""
    also: tuple[Path, ...] = ()
    """Further ``data.yaml`` files whose train split is mixed in."""
    also_repeat: int = 1
    """How often an image of ``also`` comes in each epoch."""
    data_limit: int | None = None
    """At most this many images of each split of ``data``, drawn by the seed; for short fine-tuning."""
    batch_size: int = 8
    learning_rate: float = 1.5e-3
    """Peak of the cosine schedule (AdamW)."""
    weight_decay: float = 0.02
    warmup_steps: int = 150
    empty_share: float = 1.0
    """Fraction of the images without findings that an epoch takes, drawn anew each epoch."""
    time_budget_minutes: float | None = None
    """The schedule ends when this wall time has passed, even if epochs are left."""
    threads: int = 2
    keep_all_checkpoints: bool = False


@dataclass(frozen=True)
class EpochMetrics:
    """One line of metrics.csv."""

    epoch: int
    """Counted from 1."""
    seconds: float
    """Wall time since the start of the run."""
    image_size: int
    learning_rate: float
    """At the end of the epoch (after warm-up and cosine)."""
    train_box_loss: float
    train_class_loss: float
    train_dfl_loss: float
    val_map50: float
    """Mean AP50 over the classes on the validation split, seen at ``image_size``."""

    def row(self) -> dict[str, str]:
        """As text, in the order of the columns."""
        return {key: f"{value:.6g}" for key, value in asdict(self).items()}


@dataclass(frozen=True)
class TrainingResult:
    """What result.json says."""

    checkpoint: Path
    names: tuple[str, ...]
    epochs: int
    seconds: float
    image_size: int
    images_seen: int
    val_map50: float
    val_ap50: dict[str, float] = field(default_factory=dict)

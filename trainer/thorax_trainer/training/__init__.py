"""One training run: schedule, moving average, loop."""

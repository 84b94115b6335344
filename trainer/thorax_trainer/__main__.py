"""Entry of ``python -m thorax_trainer``."""

from thorax_trainer.cli import main

if __name__ == "__main__":
    raise SystemExit(main())

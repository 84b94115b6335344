"""Trains, judges and exports chest-radiograph detectors for Thorax."""

__version__ = "0.1.0"

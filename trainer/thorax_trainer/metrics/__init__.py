"""Detection metrics in plain NumPy."""

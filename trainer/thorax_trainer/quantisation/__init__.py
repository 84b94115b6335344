"""Eight-bit detectors: made from a float file, and judged against it."""

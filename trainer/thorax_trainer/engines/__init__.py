"""Detector implementations behind one port."""

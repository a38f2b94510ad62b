"""Decisions: events in, effects out. Pure: no clock, no randomness, no I/O, no logging."""

"""Find protected names and identifiers, mask them, and look at finished words for the last time.

Pure: no clock, no network, no disk. It proposes and reports; people decide what is sent.
"""

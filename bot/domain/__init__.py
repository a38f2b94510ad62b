"""The mediation itself: cases, seats, commitments, watches, as records and their fold.

Pure: no clock, no randomness, no I/O. It refuses to hold prose: a case is folded from
skeletons, and wording is opened on demand by whoever may read it.
"""

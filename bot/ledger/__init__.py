"""PROOF: what was recorded, and when, checkable offline by people who trust nobody here.

The package is pure: standard library, PyNaCl and (for stamps) rfc3161-client, no clock, no randomness, no files.
It refuses to decide who may read what (policy) and to keep anything (storage).
The formats are specified in docs/spec/ledger.md; code cites its sections.
"""

"""The Matrix adapter: the only place that speaks HTTP, Olm and Megolm.

It exists so that nothing above it has to know a library's type or exception. It refuses to
decide who may read what: it answers who *can* read, and sends only what was cleared.
"""

"""Digests: what one principal may read, composed by inclusion. Pure."""

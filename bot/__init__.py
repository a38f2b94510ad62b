"""Parley: a Matrix bot that mediates encrypted rooms over prisoners and missing persons."""

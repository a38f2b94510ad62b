"""Scenarios: what people do, step by step, and what each of them must see."""

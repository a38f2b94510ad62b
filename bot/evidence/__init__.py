"""Attachments made safe to show elsewhere; see `kinds` for what that means and what it cannot mean."""

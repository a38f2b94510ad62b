"""The way to the world outside Matrix: an outside monitor, and channels that carry no content."""

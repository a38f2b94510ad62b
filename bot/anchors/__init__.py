"""Outside anchors of the log."""

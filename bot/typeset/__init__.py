"""PDF: documents and their charts on paper. One library (typst), fonts of our own, no network."""

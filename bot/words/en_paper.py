"""English, of a digest on paper. Same rules as `en`."""

PAPER: dict[str, str] = {
    "paper.index": "How held people are, from 1 (worst) to 10",
    "paper.count": "Commitments on record",
    "paper.page": "Page {page} of {pages}",
    "paper.caption": "This digest on paper, with its chart. It says what the message says.",
}

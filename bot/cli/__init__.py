"""The `parley` command: what an operator, or a party with a receipt, types.

It shows no content of any case. Errors are one line each that says what to do; exit codes:
0 done, 1 a check failed or a receipt is not proved, 2 wrong use or settings, 70 a bug.
"""

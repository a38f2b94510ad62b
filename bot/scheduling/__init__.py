"""Time: the only reader of the clock, the deadlines' alarm, and the housekeeping clock."""

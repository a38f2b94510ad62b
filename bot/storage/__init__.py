"""What lasts: records, proofs, what came in, what must go out, what waits for the clock.

The only package that imports SQLAlchemy. Everything in it is synchronous and belongs to one
thread. It refuses to judge: who may read is policy's, what it means is the engine's.
"""

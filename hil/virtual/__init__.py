"""The virtual rig: a Cortex-M3 board on the Unicorn engine behind a real tty.

A separate program (``python -m hil.virtual DIR``) that shares no code with the rest of ``hil``, so
that no bug sits on both sides of the line.
"""

"""The published record of one image: ``hil`` writes it, ``fwrelease`` reads it."""

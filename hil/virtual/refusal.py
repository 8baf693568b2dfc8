"""A refusal: the one sentence for whoever asked for what cannot be."""


class Refused(Exception):
    """What was asked cannot be done; the message is one sentence saying why and what would do."""

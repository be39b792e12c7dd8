"""Digest: watches news feeds for an operator's topics and mails subscribers what is new and why it is there."""

__version__ = "0.1.0"

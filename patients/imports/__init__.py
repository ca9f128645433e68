"""Parsers of what senders deliver, one file per format: to facts, or to a list of every fault. Pure."""

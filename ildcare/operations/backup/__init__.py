"""Backups that are encrypted, restored into another database, and compared with what was backed up, row by row."""

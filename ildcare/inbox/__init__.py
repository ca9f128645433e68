"""The inbox of alerts and the worklists: what waits on the reader's wards, each with an owner and a time."""

"""The rules as a reader looks them up: what each tells and when, how grave, out of which source."""

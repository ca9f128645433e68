"""The processes in which `manage.py mutate` tries changed code against the tests; never run by the tests themselves."""

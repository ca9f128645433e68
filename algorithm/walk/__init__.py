"""The walk through a chart: its shape, the engine, how values are read, what decides, what would change it. Pure."""

"""A simulated year of a ward: invented patients with known troubles, walked through chart, rules and cards."""

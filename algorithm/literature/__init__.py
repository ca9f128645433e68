"""What the literature adds to a step: evidence, prognosis, notices. Pure."""

"""Do the tests notice? Small changes of the pure rooms are tried against the tests; what none notices is told."""

"""FHIR R4 for other systems: what comes in, what goes out, and CDS Hooks."""

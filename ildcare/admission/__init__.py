"""Coming and going: a new patient, the stay page of a patient, who is not on a ward, and whose patients are whose."""

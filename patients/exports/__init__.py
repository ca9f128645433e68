"""What is known of a patient, as other systems read it. Pure: facts in, documents out."""

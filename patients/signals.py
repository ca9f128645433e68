"""How the ground floor wakes the floors above without knowing them."""

from django.dispatch import Signal

# sent once per deed, inside its transaction, with `patient_id`: a receiver enqueues on commit and never fails the deed
record_changed = Signal()

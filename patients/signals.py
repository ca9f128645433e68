"""How the ground floor wakes the floors above without knowing them."""

from django.dispatch import Signal

# sent once per change, inside its transaction, with `patient_id`: a receiver enqueues on commit and never raises
record_changed = Signal()

# sent inside the transaction of a merge and of its taking back, with `patient_id` of the absorbed record: a receiver
# writes in the same transaction
record_absorbed = Signal()
record_returned = Signal()

"""The demonstration: two wards of invented patients whose courses end today, beside published cases.

Nobody here exists. The courses are data that go the way of every case file; names are common ones put together.
"""

"""How the forms of a panel are drawn: crispy draws the fields, the page the form element and its addresses.

{% csrf_token %}
{% crispy form %}
"""

from __future__ import annotations

from typing import Any

from crispy_forms.bootstrap import StrictButton
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout

WHOLE_FORM = "patients/_form.html"  # faults of the whole form, its token, what is new, the layout
LAYOUT_ONLY = "patients/_layout.html"  # one of several parts of a form: the page draws the rest


def helper_of(*parts: Any, template: str = WHOLE_FORM) -> FormHelper:
    """Draw these parts, with the small labels of a panel."""
    helper = FormHelper()
    helper.layout = Layout(*parts)
    helper.label_class = "small soft"
    helper.template = template
    return helper


def beside(*fields: Any, button: Any, wide: bool = False) -> FormHelper:
    """Fields next to each other, and the button that sends them. `wide`: it is the first thing to do on its page."""
    looks = "btn-primary" if wide else "btn-outline-primary"
    return helper_of(Div(*fields, StrictButton(button, type="submit", css_class=looks), css_class="beside"))

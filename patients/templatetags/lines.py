"""`{% joined %} ... {% endjoined %}`: pieces on lines of their own that stand on the page without a space between them.

A line break in a template is a space on the page. Where words must touch ("step 1; step 2", "H12.3") the pieces would
have to share one long line. Inside `joined` every line break, with the indentation around it, is taken out when the
template is read, and what surrounds the text of an included file is left out. A space within a line stays; where one is
wanted at a line break, write `{{ " " }}`; at the end, where nothing follows it, it is none.
"""

from __future__ import annotations

import re

from django import template
from django.template.base import Node, NodeList, Parser, TextNode, Token
from django.template.context import Context
from django.template.loader_tags import IncludeNode
from django.utils.safestring import SafeString

register = template.Library()


class JoinedNode(Node):
    """What stands between `{% joined %}` and `{% endjoined %}`."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        return SafeString(self.nodelist.render(context).rstrip(" "))


class Included(IncludeNode):
    """An included file without the line breaks at its ends: every file ends with one."""

    def render(self, context: Context) -> SafeString:
        """As written, but for the blanks around it."""
        return SafeString(super().render(context).strip())


@register.tag
def joined(parser: Parser, token: Token) -> JoinedNode:  # noqa: ARG001 - Django calls a tag with both
    """Take the line breaks of the template out up to `{% endjoined %}`; an included file keeps its own."""
    nodelist = parser.parse(("endjoined",))
    parser.delete_first_token()
    for text in nodelist.get_nodes_by_type(TextNode):
        assert isinstance(text, TextNode)
        text.s = re.sub(r"\s*\n\s*", "", text.s)
    for included in nodelist.get_nodes_by_type(IncludeNode):
        included.__class__ = Included
    return JoinedNode(nodelist)

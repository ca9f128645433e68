"""A long statement that is asked again and again: the server plans it once for a connection, and not each time.

Only for statements of which one plan suits every parameter: all of them are found by indexes, for whomever.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection as database
from django.db.backends.utils import CursorWrapper


@contextmanager
def prepared_cursor() -> Iterator[CursorWrapper]:
    """A cursor whose statements stay prepared as long as the connection lives."""
    with database.cursor() as usual, type(usual)(_Prepared(usual.connection), database) as prepared:
        yield prepared


class _Prepared(psycopg.Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **_: Any) -> _Prepared:
        """Prepared now; other cursors of the connection go on without."""
        connection = self.connection
        usual, connection.prepare_threshold = connection.prepare_threshold, 0
        try:
            super().execute(query, params, prepare=True)
        finally:
            connection.prepare_threshold = usual
        if database.queries_logged:  # Django's log shows what was asked with its parameters in place
            self._query = self._convert_query(psycopg.ClientCursor(connection).mogrify(query, params))
        return self

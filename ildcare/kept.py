"""What was worked out once for a state of the data, kept in the memory of this process and nowhere else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """The newest `most` answers by their keys. A key must name everything that the answer hangs on."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, Made] = OrderedDict()
        self._lock = Lock()

    def get(
        self, key: Hashable, make: Callable[[], Made], unless: Callable[[Made], bool] = lambda _made: False
    ) -> Made:
        """The answer for this key, made if it is not there. `unless`: which answers are not to be kept."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        made = make()
        if not unless(made):
            with self._lock:
                self._answers[key] = made
                while len(self._answers) > self._most:
                    self._answers.popitem(last=False)
        return made

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._answers.clear()

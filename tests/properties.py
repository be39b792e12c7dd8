"""How many examples a property is tried with.

    @examples(300)
    @given(st.text())
    def test_…

`tests/conftest.py` chooses the profile: `long` where the slow tests run too, `fast` where they do not.
"""

from __future__ import annotations

from hypothesis import settings

LONG, FAST = "long", "fast"


def examples(number: int) -> settings:
    """So many in the long run; in the fast one no more than its profile has for every other property."""
    if settings.get_current_profile_name() == FAST:
        number = min(number, settings.get_profile(FAST).max_examples)
    return settings(max_examples=number)

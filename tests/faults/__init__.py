"""What breaks in the field, replayed: the rows of catalogue.toml."""

import pytest

pytest.register_assert_rewrite("tests.faults.rows")  # it compares for the tests

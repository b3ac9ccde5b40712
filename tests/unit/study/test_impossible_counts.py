"""Enrollments that cannot be: a record that tells one is refused as it comes."""

import pytest

from sync.errors import UnreadableRecord
from sync.study.shape import PEOPLE, check_shape


def enrolling(count: float) -> dict:
    return {"protocolSection": {"designModule": {"enrollmentInfo": {"count": count, "type": "ACTUAL"}}}}


@pytest.mark.parametrize("count", [PEOPLE + 1, 10**18, 10**40])
def test_more_people_than_there_are_are_no_enrollment(count: int) -> None:
    with pytest.raises(UnreadableRecord, match="more people than there are"):
        check_shape(enrolling(count))


@pytest.mark.parametrize("count", [0, 24, 24.0, 188_814_085])
def test_large_real_enrollments_are_taken(count: float) -> None:
    check_shape(enrolling(count))

"""What studies are: the classifier's answer, a person's above it, and each step with what made it."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from storage import audit, classes
from storage.classes import ClassFilter, Computed
from storage.errors import UnknownEntry
from storage.new_versions import add_versions
from storage.verify import verify

A, B = "NCT00000001", "NCT00000002"


def said(
    class_="car_t_product", antigens=("CD19",), source="unknown", area="autoimmune", confidence="certain"
):
    answer = {"class": class_, "antigens": list(antigens), "source": source, "area": area}
    return answer | {"confidence": confidence, "evidence": []}


def keep(session, now, answer, nct_id=A, version=1, classifier="1-aa"):
    found = [Computed(nct_id, version, classifier, answer)]
    return classes.keep(session, found, now, lambda _was, _now, cause: f"because of the {cause}")


@pytest.fixture
def session(database, make_version):
    with database.write() as session:
        add_versions(session, [make_version("{}", A), make_version("{}", B)])
        yield session


def test_a_first_answer_is_no_step(session, now):
    assert keep(session, now, said()) == []
    assert classes.class_of(session, A).answer == {
        "class": "car_t_product",
        "antigens": ["CD19"],
        "source": "unknown",
        "area": "autoimmune",
    }
    assert classes.class_of(session, B) is None


def test_a_step_of_a_newer_version_is_the_records(session, now):
    keep(session, now, said("around_car_t"))
    (step,) = keep(session, now, said(), version=2)
    assert (step.cause, step.before["class"], step.after["class"]) == (
        "record",
        "around_car_t",
        "car_t_product",
    )
    assert classes.steps(session, A) == [step]


def test_a_step_of_the_same_version_is_our_view(session, now):
    keep(session, now, said("around_car_t"))
    (step,) = keep(session, now, said(), classifier="2-bb")
    assert (step.cause, step.why) == ("classifier", "because of the classifier")


def test_the_same_answer_of_another_classifier_leaves_no_trace_but_its_version(session, now):
    keep(session, now, said())
    assert keep(session, now, said(), classifier="2-bb") == []
    assert classes.steps(session, A) == []
    assert classes.class_of(session, A).classifier == "2-bb"


def test_of_a_stub_the_answer_before_stays(session, now):
    keep(session, now, said())
    assert keep(session, now, None, version=2) == []
    assert classes.class_of(session, A).study_class == "car_t_product"
    assert classes.class_of(session, A).version == 2
    assert keep(session, now, None, nct_id=B) == []
    assert classes.class_of(session, B) is None


def test_a_decision_stays_whatever_the_classifier_comes_to_say(session, now):
    keep(session, now, said("not_related", (), confidence="uncertain"))
    step = classes.decide(session, A, {"class": "car_t_product"}, reason="protocol", by="ana", at=now)
    assert (step.cause, step.why) == ("person", "ana: protocol")
    assert keep(session, now, said("around_car_t", ("BCMA",)), version=2)[0].after["antigens"] == ["BCMA"]
    stands = classes.class_of(session, A)
    assert (stands.study_class, stands.antigens, stands.confidence) == ("car_t_product", ("BCMA",), "decided")
    assert stands.computed["class"] == "around_car_t"


def test_a_second_decision_adds_to_the_first_and_undoing_takes_back_both(session, now):
    keep(session, now, said("not_related", ()))
    classes.decide(session, A, {"class": "car_t_product"}, reason="protocol", by="ana", at=now)
    classes.decide(session, A, {"antigens": ["CD20"]}, reason="poster", by="ben", at=now)
    assert classes.decisions(session, [A])[A].decided == {"class": "car_t_product", "antigens": ["CD20"]}
    step = classes.undo(session, A, reason="the record says it now", by="ana", at=now)
    assert (step.before["class"], step.after["class"]) == ("car_t_product", "not_related")
    assert classes.decisions(session, [A]) == {}
    assert classes.class_of(session, A).confidence == "certain"
    with pytest.raises(UnknownEntry, match="nothing was decided by a person"):
        classes.undo(session, A, reason="again", by="ana", at=now)


def test_nothing_can_be_decided_of_what_is_not_stored(session, now):
    with pytest.raises(UnknownEntry, match="nothing can be decided of it"):
        classes.decide(session, "NCT09999999", {"class": "follow_up"}, reason="x", by="ana", at=now)


def test_each_decision_stands_in_the_audit_log(session, now):
    keep(session, now, said())
    classes.decide(session, A, {"source": "autologous"}, reason="paper", by="ana", at=now)
    classes.undo(session, A, reason="wrong paper", by="ben", at=now)
    undone, decided = audit.latest(session, limit=2)
    assert (decided.who, decided.action, decided.subject) == ("ana", "class decided", A)
    assert (decided.detail["reason"], decided.detail["now"]["source"]) == ("paper", "autologous")
    assert (undone.who, undone.action, undone.detail["now"]["source"]) == (
        "ben",
        "class undecided",
        "unknown",
    )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE class_decision SET reason = 'another'",
        "UPDATE class_decision SET decided = '{}'",
        "UPDATE class_change SET cause = 'record' WHERE cause = 'person'",
        "DELETE FROM class_change",
    ],
)
def test_what_is_changed_beside_the_service_is_found(database, make_version, now, change):
    with database.write() as session:
        add_versions(session, [make_version("{}", A)])
        keep(session, now, said())
        classes.decide(session, A, {"class": "follow_up"}, reason="paper", by="ana", at=now)
    with database.read() as session:
        assert list(verify(session)) == []
    with database.write() as session:
        session.execute(text(change))
    with database.read() as session:
        assert list(verify(session))


def test_studies_are_found_by_class_antigen_and_area(session, now):
    keep(session, now, said(antigens=("CD19", "BCMA")))
    keep(session, now, said("around_car_t", ("CD1",), area="other", confidence="uncertain"), nct_id=B)
    both = (
        (ClassFilter(), {A, B}),
        (ClassFilter(classes=("car_t_product", "follow_up")), {A}),
        (ClassFilter(antigens=("BCMA",)), {A}),
        # the whole name: CD1 is not in CD19
        (ClassFilter(antigens=("CD1",)), {B}),
        (ClassFilter(antigens=("CD_9", "%")), set()),
        (ClassFilter(areas=("autoimmune",), antigens=("CD1",)), set()),
        (ClassFilter(open=True), {B}),
    )
    for which, found in both:
        assert set(classes.that_match(session, which)) == found, which
    assert classes.tallies(session)["antigens"] == {"BCMA": 1, "CD1": 1, "CD19": 1}


def test_what_a_study_was_until_its_newest_version_is_known_beside_what_it_is(session, now, make_version):
    keep(session, now, said("around_car_t"))
    keep(session, now, said(), version=2)
    assert [each["class"] for each in classes.answers_of(session, [A])[A]] == [
        "car_t_product",
        "around_car_t",
    ]
    keep(session, now + timedelta(days=1), said(), version=3)
    assert [each["class"] for each in classes.answers_of(session, [A])[A]] == ["car_t_product"]


def test_what_another_classifier_has_seen_or_none_is_due(session, now):
    assert classes.not_up_to_date(session, "1-aa", "", 10) == [(A, 1), (B, 1)]
    keep(session, now, said())
    assert classes.not_up_to_date(session, "1-aa", "", 10) == [(B, 1)]
    assert classes.not_up_to_date(session, "2-bb", "", 10) == [(A, 1), (B, 1)]
    assert classes.not_up_to_date(session, "2-bb", A, 10) == [(B, 1)]

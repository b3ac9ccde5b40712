"""What is said of options that were typed for a watch."""

import sys

import pytest

from sync.cli import main
from sync.cli.watch_options import by_options
from sync.watches.typed import WrongWatch


def test_a_fault_is_told_by_the_option_that_it_was_typed_for() -> None:
    with pytest.raises(WrongWatch) as wrong:
        by_options("near", classes=("CAR-T",), areas=("heart",), related_to=("NCT1",))
    assert [fault.partition(":")[0] for fault in wrong.value.faults] == ["--class", "--area", "--related-to"]


@pytest.mark.parametrize(
    "words",
    [
        ("watch", "add", "NCT90000001", "--watch", ""),
        ("watch", "remove", "NCT90000001", "--watch", " "),
        ("export", "versions", "--watch="),
    ],
)
def test_the_empty_name_of_an_unset_variable_is_refused_and_does_not_mean_all_watches(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["trialdelta", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "--watch is empty" in capsys.readouterr().err

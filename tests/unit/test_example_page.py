"""docs/example.md is what the code says."""

from sync.demo.example import PAGE, page


def test_the_example_page_is_written_by_the_code_as_it_is():
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m sync.demo.example"


def test_the_example_shows_a_threshold_and_a_criterion_that_went():
    assert "platelets: ≥ 50 ×10⁹/L → ≥ 30 ×10⁹/L (wider)" in page()
    assert "[-Hepatitis B, hepatitis C or HIV infection-]" in page()

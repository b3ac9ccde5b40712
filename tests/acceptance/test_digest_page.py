"""docs/digest-example.md is what the code says."""

from sync.demo.digest_example import PAGE, page


def test_the_digest_page_is_written_by_the_code_as_it_is():
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m sync.demo.digest_example"

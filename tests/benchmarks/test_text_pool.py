import text_pool
from made_library import make_library


def test_the_pool_takes_the_beginning_of_each_document(tmp_path):
    make_library(tmp_path / "made", 4, suffixes=(".pdf",))
    (tmp_path / "made" / "damaged.pdf").write_bytes(b"%PDF-1.7")
    paths = sorted((tmp_path / "made").rglob("*.pdf"))

    assert text_pool.text_of(str(paths[-1])) > 0
    assert text_pool.bare(tmp_path / "made") == sum(map(text_pool.text_of, map(str, paths)))

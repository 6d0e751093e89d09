"""Images and scans, shown to a model over real HTTP; cached beside what was read as text."""

import io
import logging

import pytest
from PIL import Image

import endpoint as models
from books import make_scan, pdf
from endpoint import Endpoint
from renai import BookProcessor, VisualProcessor, get_file_hash, get_metadata_cache_path
from renai.errors import DocumentError, ProviderError
from renai.settings import Settings

DATE_TIME_ORIGINAL, ORIENTATION, MAKE, MODEL, DESCRIPTION = 0x9003, 0x0112, 0x010F, 0x0110, 0x010E

# The header of a PNG that promises so many pixels.
PNG_OF_50000_BY_50000 = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000c3500000c3500802000000"
) + (0xB35BF6A0).to_bytes(4, "big")


@pytest.fixture(autouse=True)
def model(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("RENAI_CACHE_DIR", str(tmp_path / "cache"))
    with Endpoint() as served:
        monkeypatch.setenv("CUSTOM_API_BASE_URL", served.url)
        monkeypatch.setenv("CUSTOM_MODEL", "eyes")
        yield served


@pytest.fixture
def photo(tmp_path):
    """Red on its left, 3,000 by 2,000 pixels, from a camera that lay on its side."""
    image = Image.new("RGB", (3000, 2000), "blue")
    image.paste("red", (0, 0, 1000, 2000))
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned a quarter clockwise
    exif[MAKE], exif[MODEL] = "Acme", "Acme One"
    exif.get_ifd(0x8769)[DATE_TIME_ORIGINAL] = "2024:05:01 12:30:00"
    path = tmp_path / "IMG_0001.jpg"
    image.save(path, exif=exif)
    return path


async def test_an_image_is_shown_once_upright_and_small(photo, model):
    async with VisualProcessor("custom") as looks:
        first = await looks.process(photo)
        again = await looks.process(photo)
    (call,) = model.calls
    (shown,) = call.pictures
    with Image.open(io.BytesIO(shown)) as picture:
        assert picture.size == (1024, 1536)
        red, _, blue = picture.getpixel((500, 100))
        assert red > 200 > 50 > blue
        assert not picture.getexif()
    assert first == again
    assert first.title.startswith("A Picture of")
    assert (first.date, first.camera) == ("2024-05-01", "Acme One")


@pytest.mark.parametrize("absurd", ["2024:02:30 10:00:00", "9999:99:99 99:99:99", "0000:00:00"])
async def test_absurd_dates_and_endless_cameras_do_not_come_into_names(tmp_path, model, absurd):
    exif = Image.Exif()
    exif[MODEL] = "One " * 10_000
    exif.get_ifd(0x8769)[DATE_TIME_ORIGINAL] = absurd
    Image.new("RGB", (90, 60), "blue").save(tmp_path / "a.jpg", exif=exif)
    async with VisualProcessor("custom") as looks:
        seen = await looks.process(tmp_path / "a.jpg")
    assert seen.date is None
    assert 400 < len(seen.camera) <= 500


async def test_an_images_entry_lies_where_the_path_functions_say(photo):
    async with VisualProcessor("custom") as looks:
        await looks.process(photo)
    path = get_metadata_cache_path(get_file_hash(photo), "custom", "eyes", mode="img")
    assert path.name.startswith("img_")
    assert path.name.endswith("_vision.json")
    assert path.is_file()


async def test_the_log_lines_are_word_for_word(photo, caplog):
    caplog.set_level(logging.INFO, "renai")
    async with VisualProcessor("custom") as looks:
        await looks.process(photo)
        await looks.process(photo)
    entry = get_metadata_cache_path(get_file_hash(photo), "custom", "eyes", mode="img").name
    assert caplog.messages == [
        "Processing image IMG_0001.jpg with vision model",
        f"Cached vision metadata for IMG_0001.jpg ({entry})",
        "Using cached vision metadata for IMG_0001.jpg",
    ]


async def test_text_then_vision_then_text_asks_twice(tmp_path, model):
    scan = make_scan(tmp_path / "scan.pdf", ["The Salt Road", "by Ilse Marwood"])
    text, vision = Settings(fallback_mode="ocr"), Settings(fallback_mode="vision")
    async with BookProcessor("custom", settings=text) as books:
        read = await books.process(scan)
    async with VisualProcessor("custom", settings=vision) as looks:
        seen = await looks.process(scan)
    async with BookProcessor("custom", settings=text) as books:
        assert await books.process(scan) == read
    assert len(model.calls) == 2
    assert read.title == "The Salt Road"
    assert seen.title.startswith("A Picture")
    hash_ = get_file_hash(scan)
    assert get_metadata_cache_path(hash_, "custom", "eyes").is_file()
    assert get_metadata_cache_path(hash_, "custom", "eyes", vision=True).is_file()


async def test_vision_mode_reads_a_pdf_with_text_as_text_and_takes_over_what_is_known(
    tmp_path, model
):
    book = tmp_path / "book.pdf"
    book.write_bytes(pdf("Harbour Tales and Others"))
    async with BookProcessor("custom", settings=Settings(fallback_mode="none")) as books:
        read = await books.process(book)
    async with VisualProcessor("custom", settings=Settings(fallback_mode="vision")) as looks:
        assert await looks.process(book) == read
        assert not model.calls[0].pictures
    assert len(model.calls) == 1
    assert get_metadata_cache_path(get_file_hash(book), "custom", "eyes", vision=True).is_file()


async def test_another_size_of_sample_is_another_question(tmp_path, model):
    scan = make_scan(tmp_path / "scan.pdf", ["The Salt Road"])
    for most in (1, 1, 2):
        settings = Settings(fallback_mode="vision", vision_max_pages=most)
        async with VisualProcessor("custom", settings=settings) as looks:
            await looks.process(scan)
    assert len(model.calls) == 2


@pytest.mark.parametrize("suffix", ["png", "webp", "tiff", "gif", "heic"])
async def test_all_formats_are_looked_at(tmp_path, suffix, model):
    if suffix == "heic":
        pytest.importorskip("pillow_heif").register_heif_opener()
    path = tmp_path / f"picture.{suffix}"
    Image.new("RGB", (64, 48), "green").save(path)
    async with VisualProcessor("custom") as looks:
        assert (await looks.process(path)).title
    assert len(model.calls[0].pictures) == 1


async def test_offline_reads_what_an_image_says_of_itself(tmp_path, model):
    exif = Image.Exif()
    exif[DESCRIPTION] = "Harbour at Dusk"
    path = tmp_path / "IMG_2.jpg"
    Image.new("RGB", (64, 48)).save(path, exif=exif)
    settings = Settings(fallback_mode="none")
    async with VisualProcessor("offline", settings=settings) as looks:
        assert (await looks.process(path)).title == "Harbour at Dusk"
    assert not model.calls


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\xd8\xff\xe0 cut", "damaged"),
        (b"not an image at all", "damaged or not an image"),
        (PNG_OF_50000_BY_50000, "too large|damaged"),
    ],
)
async def test_a_bad_image_is_one_clear_line(tmp_path, data, reason):
    path = tmp_path / "bad.png"
    path.write_bytes(data)
    async with VisualProcessor("custom") as looks:
        with pytest.raises(DocumentError, match=reason):
            await looks.process(path)


async def test_a_model_that_takes_no_pictures_costs_one_clear_error(photo, monkeypatch):
    refusal = models.fails(400, "this model does not support image input")
    with Endpoint(always=refusal) as blind:
        monkeypatch.setenv("CUSTOM_API_BASE_URL", blind.url)
        async with VisualProcessor("custom") as looks:
            with pytest.raises(ProviderError, match="image input"):
                await looks.process(photo)

"""Golden outputs: what reading the sample library gives, to the letter.

Texts and metadata that people have paid for stay in their caches until a revision of ours is
bumped. So when this test fails because a step gives another result than before, bump the
`revision` of that reader or provider, and write the new outputs with
`python tests/golden/test_golden.py`.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from sample_library import make_sample_library

from renai.documents.discover import discover
from renai.documents.formats import readers_for
from renai.documents.sandbox.pool import WorkerPool
from renai.errors import DocumentError
from renai.providers.offline.provider import OfflineProvider
from renai.settings import DEFAULT_CATEGORIES

GOLDEN = Path(__file__).with_name("sample_library.json")


async def read_all(folder):
    make_sample_library(folder)
    offline = OfflineProvider(categories=DEFAULT_CATEGORIES)
    outputs = {}
    async with WorkerPool(2) as pool:
        for found in discover([folder]):
            name = found.path.relative_to(folder).as_posix()
            reader = readers_for(found.path)[0]
            output = outputs[name] = {"reader": [reader.name, reader.revision]}
            try:
                extraction = await pool.read(found.path)
            except DocumentError as error:
                output["refused"] = error.reason
                continue
            answer = await offline.ask(extraction)
            facts = extraction.facts()
            del facts["extractor"]  # recorded, never compared
            output |= {
                "text": extraction.text,
                "facts": facts,
                "offline": [offline.revision, answer.metadata.fields()],
            }
    return json.loads(json.dumps(outputs))


async def test_the_sample_library_reads_as_it_did(tmp_path):
    outputs = await read_all(tmp_path / "books")
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert outputs.keys() == golden.keys()
    for name, output in outputs.items():
        assert output == golden[name], f"{name}: bump a revision? See {__file__}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        written = asyncio.run(read_all(Path(temporary) / "books"))
    GOLDEN.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

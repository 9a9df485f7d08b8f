"""What nearly every page needs, loaded once by the process that kernels are copies of: libraries, texts, registers.

Importing this module does it, because such a process is told what to load by names of modules. A kernel looks whether
the files are still as they were read, as whoever reads them twice; nothing of a page is here.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from importlib import import_module

# Nearly all that is loaded stays: looking for what can go takes a sixth of the time. A kernel looks again.
gc.disable()

from stagekansen_lib.registers.reading import read_registers  # noqa: E402
from stagekansen_lib.releases.shown import shown_releases  # noqa: E402
from stagekansen_lib.wording import LANGUAGES, say  # noqa: E402

__all__: list[str] = []

for _name in (
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "IPython.core.completerlib",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "ipywidgets",
    "jinja2",
    "pandas",
    "stagekansen_lib.registers.noting",
    "stagekansen_lib.views",
    "scipy.special",
    "stagekansen_lib.site.copies",
):
    with suppress(ImportError):
        import_module(_name)

for _language in LANGUAGES:
    say("frame.brand", _language)

# Whatever is wrong with them, a page that needs them says so itself.
with suppress(Exception):
    read_registers()
with suppress(Exception):
    shown_releases()

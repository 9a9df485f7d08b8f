"""Write what the workbench is made of, as a bill of materials (CycloneDX 1.6), from a lock file.

    python scripts/make_sbom.py                       of requirements.lock, into build/sbom.json
    python scripts/make_sbom.py --lock OTHER.lock --into FILE

Names, versions, hashes and licences, and no address to download from. The same lock gives the same bytes where the
same packages are installed; a licence is told of installed packages only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import uuid
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)


def components(lock: str) -> list[dict[str, Any]]:
    """Every package of a lock, by name."""
    found = []
    for name, version, rest in _PACKAGE.findall(lock):
        purl = f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version}"
        # One hash a file that may be installed (of each system); the lock does not say which is whose.
        hashes = [{"alg": "SHA-256", "content": one} for one in sorted(set(re.findall(r"sha256:([0-9a-f]{64})", rest)))]
        licence = _licence(name)
        told = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
        found.append({**told, **({"hashes": hashes} if hashes else {}), **({"licenses": licence} if licence else {})})
    return sorted(found, key=lambda one: str(one["name"]))


def _licence(name: str) -> list[dict[str, Any]]:
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return []
    if expression := told.get("License-Expression"):
        return [{"expression": expression}]
    named = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or [] if one.startswith("License ::")]
    return [{"license": {"name": one}} for one in named if one != "OSI Approved"]


def bill(lock: str, version: str) -> dict[str, Any]:
    """The bill of materials of a lock."""
    serial = uuid.UUID(bytes=hashlib.sha256(lock.encode()).digest()[:16], version=4)
    own = {"type": "application", "bom-ref": "stagekansen", "name": "stagekansen", "version": version}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": own},
        "components": components(lock),
    }


def main(words: Sequence[str]) -> int:
    """Write it, and say how many parts there are and of how many no licence is known here."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lock", type=Path, default=ROOT / "requirements.lock")
    parser.add_argument("--into", type=Path, default=ROOT / "build" / "sbom.json")
    asked = parser.parse_args(words)
    init = (ROOT / "stagekansen_lib" / "__init__.py").read_text("utf-8")
    version = re.findall(r'^__version__ = "(.+)"$', init, re.MULTILINE)[0]
    made = bill(asked.lock.read_text("utf-8"), version)
    asked.into.parent.mkdir(parents=True, exist_ok=True)
    asked.into.write_text(json.dumps(made, indent=1) + "\n", "utf-8", newline="\n")
    silent = sum("licenses" not in one for one in made["components"])
    print(f"{asked.into}: {len(made['components'])} parts; of {silent} no licence is known here.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

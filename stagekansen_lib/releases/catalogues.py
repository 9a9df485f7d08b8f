"""``catalogue_record``: a release as a record for an open-data catalogue, with known facts and no other."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from stagekansen_lib.errors import InputError, Problem, RefusedError
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.releases.proofs import prove_release
from stagekansen_lib.releases.seen_releases import SeenRelease, see_release
from stagekansen_lib.wording import LANGUAGES, Language, say

__all__ = ["catalogue_record", "lacking_in"]

_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_LISTS = "http://publications.europa.eu/resource/authority"
_LICENCES = {"CC-BY-4.0": "licence/CC_BY_4_0"}
_THEMES = {"EDUC": "Education, culture and sport", "SOCI": "Population and society"}
# What DCAT-AP-NL 3.0 says that a dataset and a distribution must have (Geonovum, shapes 3.0.0).
_DATASET = (
    "dct:title", "dct:description", "dct:identifier", "dct:accessRights", "dct:creator", "dct:publisher",
    "dcat:contactPoint", "dcat:theme",
)  # fmt: skip
_DISTRIBUTION = ("dcat:accessURL", "dct:license")


def catalogue_record(
    release: str | Path,
    *,
    address: str = "",
    creator: str = "",
    publisher: str = "",
    contact: str = "",
    folder: Path | None = None,
) -> dict[str, Any]:
    """A release as a dataset of DCAT-AP-NL 3.0, in JSON-LD: each table is a distribution.

    Parameters
    ----------
    release : path of the folder of a release, or the name of one.
    address : where the folder will stand on the web, such as "https://example.org/data/2026"; when left out the tables
        have no address, and the record names the release by the sha256 of its release.json (RFC 6920).
    creator : organisation that made the figures; left out of the record when not given.
    publisher : organisation that publishes it; when left out, the one in the register "maintainer" of the release.
    contact : e-mail address to write to; when left out, the one in that register.
    folder : folder that holds the folder of the release; ``data/published`` when left out.

    Returns
    -------
    A dict to write as JSON. What is unknown stays out: ``lacking_in`` names what the profile still asks.

    Raises
    ------
    InputError : there is no such release, or the address is not one of the web.
    RefusedError : something speaks against the release, as ``prove_release`` tells; or it is a draft.

    Notes
    -----
    With all facts given it conforms to the shapes of DCAT-AP-NL 3.0.0 (Geonovum: what must be there, classes, lists)
    and of DCAT-AP 3.0.1 (SEMIC), checked once with pyshacl 0.40.1.

    Examples
    --------
    >>> record = catalogue_record("example-2022", address="https://example.org/2022", creator="Somebody")
    >>> record["@type"], len(record["dcat:distribution"]), lacking_in(record)
    ('dcat:Dataset', 17, ['dct:publisher', 'dcat:contactPoint'])
    """
    parts = urlsplit(address)
    if address and not (parts.scheme in ("http", "https") and parts.netloc and not parts.query and not parts.fragment):
        raise InputError(
            Problem("The address is not one of a folder on the web.", do="Write it like https://example.org/data/2026.")
        )
    seen = see_release(release, folder)
    proof = prove_release(seen.place)
    if not proof.proven:
        raise RefusedError(f"{proof.sentence('en')} Run: stagekansen prove {seen.place.name}")
    base = address.rstrip("/")
    distributions = [_distribution(one, base, seen) for one in seen.json("datapackage.json")["resources"]]
    agents = _agents(seen, creator.strip(), publisher.strip(), contact.strip())
    return {"@context": _CONTEXT, **_dataset(seen, base), **agents, "dcat:distribution": distributions}


def lacking_in(record: dict[str, Any]) -> list[str]:
    """What DCAT-AP-NL 3.0 asks of a dataset and of its distributions, and this record does not have.

    Parameters
    ----------
    record : what ``catalogue_record`` gave.
    """
    lacking = [name for name in _DATASET if name not in record]
    return lacking + [name for name in _DISTRIBUTION if any(name not in one for one in record["dcat:distribution"])]


def _dataset(seen: SeenRelease, base: str) -> dict[str, Any]:
    facts = seen.facts
    name = base or _hash_name(seen.seal)
    values = {"wave": facts["wave"], "survey": facts["survey"], "rules": facts["rules"]["used"]}
    made_up = "_synthetic" if facts["synthetic"] else ""
    return {
        "@id": name,
        "@type": "dcat:Dataset",
        "dct:title": [_said(one, f"catalogue.title{made_up}", **values) for one in LANGUAGES],
        "dct:description": [_said(one, f"catalogue.description{made_up}", **values) for one in LANGUAGES],
        "dct:identifier": name,
        "dct:issued": {"@type": "xsd:date", "@value": facts["date"]},
        "dcat:version": facts["date"],
        "dct:language": [_listed(f"language/{one}", "dct:LinguisticSystem") for one in ("NLD", "ENG")],
        "dct:accessRights": _listed("access-right/PUBLIC", "dct:RightsStatement"),
        "dcat:theme": [_theme(code, label) for code, label in _THEMES.items()],
        "dcat:keyword": [
            {"@language": one, "@value": word}
            for one in LANGUAGES
            for word in say("catalogue.keywords", one).split(", ")
        ],
    }


def _agents(seen: SeenRelease, creator: str, publisher: str, contact: str) -> dict[str, Any]:
    """Who made and publishes it and where to write: as given, else as the register says, else nothing."""
    told = read_yaml(seen.place / "registers" / "maintainer.yaml")
    publisher = publisher or str(told.get("name") or "").strip()
    contact = contact or str(told.get("email") or "").strip()
    found: dict[str, Any] = {}
    if creator:
        found["dct:creator"] = {"@type": "foaf:Agent", "foaf:name": creator}
    if publisher:
        found["dct:publisher"] = {"@type": "foaf:Agent", "foaf:name": publisher}
    if publisher and contact:
        found["dcat:contactPoint"] = {
            "@type": ["vcard:Organization", "vcard:Kind"],
            "vcard:fn": publisher,
            "vcard:hasEmail": {"@id": f"mailto:{contact}"},
        }
    return found


def _distribution(entry: dict[str, Any], base: str, seen: SeenRelease) -> dict[str, Any]:
    """A table as its file; where it stands only when an address is known."""
    package = seen.json("datapackage.json")
    licences = [_LICENCES[one["name"]] for one in package["licenses"] if one["name"] in _LICENCES]
    place = f"{base}/{quote(entry['path'])}"
    return {
        "@type": "dcat:Distribution",
        "dct:title": [
            {"@language": "nl", "@value": entry["title_nl"]},
            {"@language": "en", "@value": entry["title"]},
        ],
        "dct:format": _listed("file-type/CSV", "dct:MediaTypeOrExtent"),
        "dcat:mediaType": {"@id": "https://www.iana.org/assignments/media-types/text/csv", "@type": "dct:MediaType"},
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(entry["bytes"])},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {
                "@id": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256",
                "@type": "spdx:ChecksumAlgorithm",
            },
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": entry["hash"].removeprefix("sha256:")},
        },
        **({"dct:license": _listed(licences[0], "dct:LicenseDocument")} if licences else {}),
        **({"dcat:accessURL": {"@id": place}, "dcat:downloadURL": {"@id": place}} if base else {}),
    }


def _listed(name: str, kind: str) -> dict[str, str]:
    """An entry of a list of the Publications Office, with its class: a reader need not fetch the list."""
    return {"@id": f"{_LISTS}/{name}", "@type": kind}


def _theme(code: str, label: str) -> dict[str, Any]:
    return {
        **_listed(f"data-theme/{code}", "skos:Concept"),
        "skos:prefLabel": {"@language": "en", "@value": label},
    }


def _said(language: Language, key: str, **values: str) -> dict[str, str]:
    return {"@language": language, "@value": say(key, language, **values)}


def _hash_name(seal: str) -> str:
    """The name of bytes by their sha256 (RFC 6920, doi:10.17487/RFC6920)."""
    return f"ni:///sha-256;{base64.urlsafe_b64encode(bytes.fromhex(seal)).decode().rstrip('=')}"

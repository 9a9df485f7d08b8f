"""What travels beside the code: the files that ``data/datapackage.json`` lists, with the cards of their
folders. Answers of people are never in that list. In an editable install the clone itself serves.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DataHook(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        data = Path(self.root) / "data"
        listed = [
            resource["path"] for resource in json.loads((data / "datapackage.json").read_text("utf-8"))["resources"]
        ]
        cards = {f"{path.split('/')[0]}/card.yaml" for path in listed}
        into = "data" if self.target_name == "sdist" else "stagekansen_lib/_data"
        for path in ["datapackage.json", *listed, *cards]:
            build_data["force_include"][str(data / path)] = f"{into}/{path}"

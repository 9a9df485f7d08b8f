"""What a Jupyter server leaves out when it saves a notebook: opening one must not change it for git."""

from __future__ import annotations

from typing import Any

__all__ = ["without_versions"]


def without_versions(model: dict[str, Any], **_: Any) -> None:
    """Keep of the kernel and its language the names only: versions are this computer's, and no part of the work.

    Parameters
    ----------
    model : what is about to be saved, as Jupyter's contents manager gives it to a ``pre_save_hook``; it is changed.

    >>> saved = {"type": "notebook", "content": {"metadata": {"language_info": {"name": "python", "version": "3.13"}}}}
    >>> without_versions(saved)
    >>> saved["content"]["metadata"]
    {'language_info': {'name': 'python'}}
    """
    if model.get("type") != "notebook" or not isinstance(model.get("content"), dict):
        return
    metadata = model["content"].get("metadata", {})
    if "display_name" in metadata.get("kernelspec", {}):
        metadata["kernelspec"]["display_name"] = metadata["kernelspec"]["display_name"].removesuffix(" (ipykernel)")
    if "name" in metadata.get("language_info", {}):
        metadata["language_info"] = {"name": metadata["language_info"]["name"]}

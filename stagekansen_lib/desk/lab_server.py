"""What JupyterLab's server does for us beside its own work: a PDF of a notebook."""

from __future__ import annotations

from typing import Any

from stagekansen_lib.project.extras import needs

__all__ = ["_load_jupyter_server_extension"]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "stagekansen_lib.desk.lab_server"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Called by JupyterLab's server when it starts."""
    with needs("pages"):
        from jupyter_server.base.handlers import JupyterHandler
        from jupyter_server.utils import url_path_join
        from tornado.ioloop import IOLoop
        from tornado.web import HTTPError, authenticated

    from stagekansen_lib.desk.notebook_pdfs import notebook_pdf
    from stagekansen_lib.errors import InputError
    from stagekansen_lib.wording import chosen_language

    class PdfHandler(JupyterHandler):
        """The notebook at ``path``, as it is saved; only for whoever may read it in JupyterLab."""

        @authenticated
        async def get(self) -> None:
            path = self.get_query_argument("path").strip("/")
            try:
                contents: Any = self.contents_manager
                found = await _awaited(contents.get(path, type="notebook", content=True))
            except FileNotFoundError:
                raise HTTPError(404) from None
            name = path.rpartition("/")[2].removesuffix(".ipynb")
            language = chosen_language("en" if path.startswith("notebooks/en/") else None)
            try:
                made = await IOLoop.current().run_in_executor(None, notebook_pdf, found["content"], language, name)
            except InputError as failure:
                self.set_header("Content-Type", "text/plain; charset=utf-8")
                self.finish("\n".join(f"{one.what} {one.do}" for one in failure.problems))
                return
            self.set_header("Content-Type", "application/pdf")
            safe = "".join(one for one in name if one.isascii() and (one.isalnum() or one in "-_ "))
            self.set_header("Content-Disposition", f'inline; filename="{safe or "notebook"}.pdf"')
            self.finish(made)

    address = url_path_join(server.web_app.settings["base_url"], "stagekansen", "pdf")
    server.web_app.add_handlers(".*$", [(address, PdfHandler)])


async def _awaited(found: Any) -> Any:
    """A contents manager answers at once or later."""
    return await found if hasattr(found, "__await__") else found

"""The link from the HTML view of an estimator to its page of the documentation."""

from __future__ import annotations

__all__ = ["SITE", "DocLinkMixin"]

SITE = ""
"""Address of the built documentation, which ends in a slash; empty as long as it has none."""


class DocLinkMixin:
    """Give an estimator the link that scikit-learn shows in its HTML view.

    Without a `SITE`, and in classes of other packages, there is no link.
    """

    _doc_link_module = "compressclf"
    _doc_link_template = "{link}"

    def _doc_link_url_param_generator(self, *_: object) -> dict[str, str]:
        module, name = type(self).__module__, type(self).__name__
        page, place = module.split(".")[1], f"{module}.{name}"
        if page == "classifiers":  # they are names of the package itself
            page, place = "index", f"compressclf.{name}"
        return {"link": f"{SITE}reference/api/{page}.html#{place}" if SITE else ""}

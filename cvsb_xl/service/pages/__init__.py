"""The service's pages: what a person sees. Rules and merging stand elsewhere; here things are shown and handed on."""

from cvsb_xl.service.pages.static import static

__all__ = ["static"]

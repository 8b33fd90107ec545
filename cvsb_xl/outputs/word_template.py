"""A board's own Word template: its page, header, footer and styles, without its text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from cvsb_xl.errors import CannotDo
from cvsb_xl.outputs.word_style import add_missing_styles

if TYPE_CHECKING:
    from docx.document import Document

_LIST_STYLE = "List Bullet"


def from_template(template: bytes, language: str) -> Document:
    """Return an empty document in the template's look.

    Raises:
        CannotDo: when it is no .docx, or has no list style: a list without one is no list to a screen reader.
    """
    import docx
    from docx.oxml.ns import qn

    try:
        document = docx.Document(io.BytesIO(template))
    except Exception as error:  # python-docx and zipfile raise a dozen kinds for a file that is none
        raise CannotDo(
            "The template is no Word document that can be opened. Open it in Word and save it as a Word document (.docx); "
            "a Word template (.dotx) must be saved as .docx too."
        ) from error
    body = document.element.body
    for child in list(body):
        if child.tag != qn("w:sectPr"):
            body.remove(child)
    if _LIST_STYLE not in document.styles:
        raise CannotDo(
            f'The template has no style "{_LIST_STYLE}". Open it in Word, give one line that style, save it, and try again.'
        )
    add_missing_styles(document, language)
    return document

"""Labels of checkpoints as a PDF: a QR code for the phone page, what to write into the NFC tag, names in two languages.

Chinese needs no font file here: the PDF names a standard font of Adobe's collection (STSong-Light) that readers and
printers of PDF bring along, so nothing is embedded or fetched.
"""

import io
from collections.abc import Sequence
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfgen.canvas import Canvas

from domain.site import Checkpoint, Site
from vigil.qr_code import qr_squares

_COLUMNS: Final = 2
_ROWS: Final = 4
_CHINESE: Final = "STSong-Light"
_PLAIN: Final = "Helvetica"
_STRONG: Final = "Helvetica-Bold"
_CODE: Final = 40 * mm
_MARGIN: Final = 6 * mm
_WIDTH: Final = A4[0] / _COLUMNS
_HEIGHT: Final = A4[1] / _ROWS
_OVERLAP: Final = 0.05
"""Points by which squares overlap, so that no viewer shows light between them."""
_SMALLEST: Final = 5.0
"""Points; below that nobody reads it, and the end of the text is cut off."""


def tag_text(site: str, checkpoint: str) -> str:
    """What a checkpoint's tag says, as QR code and as NFC text record. `api/web/phone/tag.js` reads it."""
    return f"vigil:{site}/{checkpoint}"


def labels_pdf(site: Site, checkpoints: Sequence[Checkpoint]) -> bytes:
    """A PDF of A4 pages with eight labels each, in the order given; the same labels give the same bytes."""
    registerFont(UnicodeCIDFont(_CHINESE))
    paper = io.BytesIO()
    canvas = Canvas(paper, pagesize=A4, invariant=True)
    canvas.setTitle(f"Vigil: {site.id}")
    for number, checkpoint in enumerate(checkpoints):
        place = number % (_COLUMNS * _ROWS)
        if number and place == 0:
            canvas.showPage()
        canvas.saveState()
        canvas.translate(place % _COLUMNS * _WIDTH, A4[1] - (place // _COLUMNS + 1) * _HEIGHT)
        _draw(canvas, site, checkpoint)
        canvas.restoreState()
    canvas.save()
    return paper.getvalue()


def _draw(canvas: Canvas, site: Site, checkpoint: Checkpoint) -> None:
    """One label, its lower left corner at the origin."""
    text = tag_text(site.id, checkpoint.id)
    canvas.setDash(1, 3)
    canvas.rect(0, 0, _WIDTH, _HEIGHT)
    canvas.setDash()
    _draw_code(canvas, text, _MARGIN, _HEIGHT - _MARGIN - _CODE)
    room = _WIDTH - _CODE - 3 * _MARGIN
    column = _CODE + 2 * _MARGIN
    lines = [
        (checkpoint.name.zh, _CHINESE, 19.0, 17),
        (checkpoint.name.en, _STRONG, 15.0, 26),
        (checkpoint.id, _PLAIN, 11.0, 33),
        (site.name.zh, _CHINESE, 10.0, 42),
        (site.name.en, _PLAIN, 10.0, 47),
    ]
    for words, font, size, below in lines:
        _write(canvas, words, font, size, column, _HEIGHT - below * mm, room)
    whole = _WIDTH - 2 * _MARGIN
    _write(canvas, f"NFC: {text}", _PLAIN, 9.0, _MARGIN, 14 * mm, whole)
    _write(canvas, "巡更点：请用巡更手机扫码或贴近标签", _CHINESE, 8.5, _MARGIN, 9 * mm, whole)
    _write(canvas, "Checkpoint: scan with the patrol phone, or hold it to the tag", _PLAIN, 8.5, _MARGIN, 5 * mm, whole)


def _draw_code(canvas: Canvas, text: str, x: float, y: float) -> None:
    """The code in `_CODE` of space; the label's own white is its quiet zone."""
    squares = qr_squares(text)
    side = _CODE / len(squares)
    for row, line in enumerate(reversed(squares)):
        for column, is_dark in enumerate(line):
            if is_dark:
                canvas.rect(x + column * side, y + row * side, side + _OVERLAP, side + _OVERLAP, stroke=0, fill=1)


def _write(canvas: Canvas, words: str, font: str, size: float, x: float, y: float, room: float) -> None:
    """A line that fits: smaller where it must be, cut off where that is not enough."""
    face = font if words.isascii() else _CHINESE
    while size > _SMALLEST and stringWidth(words, face, size) > room:
        size -= 0.5
    while words and stringWidth(words, face, size) > room:
        words = words[:-1]
    canvas.setFont(face, size)
    canvas.drawString(x, y, words)

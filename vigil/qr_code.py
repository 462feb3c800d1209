"""QR codes as squares, for whatever draws them: a page of labels, a terminal."""

from typing import Final

from reportlab.graphics.barcode.qrencoder import QR8bitByte, QRCode, QRErrorCorrectLevel

QUIET_SQUARES: Final = 4
"""How many light squares must surround a code so that readers find it (ISO/IEC 18004)."""

_BLOCKS: Final = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}


def qr_squares(text: str) -> tuple[tuple[bool, ...], ...]:
    """The code's rows, dark squares True, without the quiet zone; it is read with a quarter of it dirty or torn."""
    code = QRCode(None, QRErrorCorrectLevel.Q)
    code.addData(QR8bitByte(text))
    code.make()
    rows: list[list[bool]] = code.modules
    return tuple(tuple(bool(is_dark) for is_dark in row) for row in rows)


def qr_in_terminal(text: str) -> str:
    """The code in half blocks, light on dark as terminals are, with its quiet zone."""
    squares = qr_squares(text)
    side = len(squares) + 2 * QUIET_SQUARES
    empty = (False,) * side
    padding = (False,) * QUIET_SQUARES
    rows = [empty] * QUIET_SQUARES + [(*padding, *row, *padding) for row in squares] + [empty] * QUIET_SQUARES
    rows += [empty] * (len(rows) % 2)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("".join(_BLOCKS[pair] for pair in zip(above, below, strict=True)) for above, below in pairs)

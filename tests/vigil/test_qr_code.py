"""QR codes as squares. That they can be read is shown by the phone page's camera (tests/page/test_phone_camera.py)."""

from vigil.qr_code import QUIET_SQUARES, qr_in_terminal, qr_squares

FINDER = [(True,) * 7, (True, *(False,) * 5, True), (True, False, True, True, True, False, True)]


def test_it_is_a_square_with_its_finders() -> None:
    squares = qr_squares("vigil:riverside/cp-lobby")
    side = len(squares)
    assert {len(row) for row in squares} == {side}
    assert (side - 17) % 4 == 0
    for corner in (squares[:3], [row[side - 7 :] for row in squares[:3]]):
        assert [row[:7] for row in corner] == FINDER


def test_a_terminal_shows_two_rows_in_one_line_with_the_quiet_zone() -> None:
    squares = qr_squares("x")
    lines = qr_in_terminal("x").split("\n")
    side = len(squares) + 2 * QUIET_SQUARES
    assert len(lines) == (side + 1) // 2
    assert {len(line) for line in lines} == {side}
    assert set(lines[0]) == {"█"}
    # The first row of the code is the upper half of a line: dark above, light or dark below.
    first = lines[QUIET_SQUARES // 2][QUIET_SQUARES : QUIET_SQUARES + 7]
    assert first == " ▄▄▄▄▄ "

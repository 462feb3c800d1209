from api.engine_lag import EngineLag


class Places:
    def __init__(self) -> None:
        self.stored = 0
        self.judged = 0
        self.now = 100.0
        self.lag = EngineLag(lambda: self.stored, lambda: self.judged, lambda: self.now)

    def after(self, seconds: float, stored: int, judged: int) -> float:
        self.now += seconds
        self.stored, self.judged = stored, judged
        return self.lag.seconds()


def test_an_engine_that_has_judged_all_is_not_behind() -> None:
    places = Places()
    assert [places.after(2, stored, stored) for stored in (0, 7, 900)] == [0.0, 0.0, 0.0]


def test_an_engine_that_stands_still_is_behind_since_the_first_record_it_left() -> None:
    places = Places()
    places.after(0, 10, 10)
    assert places.after(2, 11, 10) == 0.0
    assert places.after(2, 50, 10) == 2.0
    assert places.after(3, 50, 10) == 5.0


def test_one_that_keeps_a_distance_is_behind_by_that_distance() -> None:
    places = Places()
    found = [places.after(1, 100 * step, max(0, 100 * (step - 2))) for step in range(1, 8)]
    assert found[2:] == [1.0] * 5


def test_one_that_catches_up_is_calm_again() -> None:
    places = Places()
    places.after(0, 10, 0)
    assert places.after(9, 10, 0) == 9.0
    assert places.after(1, 20, 20) == 0.0
    assert places.after(1, 21, 20) == 0.0

from statistics import fmean, stdev

from simulators.physics.sensor import Sensor, SensorFault

SPAN = (0.0, 100.0)


def test_a_sound_sensor_says_what_is_there_within_its_range() -> None:
    sensor = Sensor(SPAN)
    assert [sensor.measure(value, 10.0) for value in (50.0, -5.0, 130.0)] == [50.0, 0.0, 100.0]


def test_a_flat_line_says_what_it_said_last() -> None:
    sensor = Sensor(SPAN)
    sensor.measure(42.0, 10.0)
    sensor.begin(SensorFault.FLATLINE)
    assert [sensor.measure(value, 10.0) for value in (10.0, 90.0)] == [42.0, 42.0]
    sensor.mend()
    assert sensor.measure(90.0, 10.0) == 90.0


def test_a_sensor_that_begins_flat_takes_the_first_value_it_sees() -> None:
    sensor = Sensor(SPAN)
    sensor.begin(SensorFault.FLATLINE)
    assert [sensor.measure(value, 10.0) for value in (10.0, 90.0)] == [10.0, 10.0]


def test_drift_grows_with_time_and_ends_at_the_range() -> None:
    sensor = Sensor(SPAN)
    sensor.begin(SensorFault.DRIFT)
    assert sensor.measure(20.0, 1800.0) == 45.0
    assert sensor.measure(20.0, 1800.0) == 70.0
    assert sensor.measure(20.0, 360_000.0) == 100.0


def test_a_noisy_one_trembles_around_what_is_there_within_its_range() -> None:
    sensor = Sensor(SPAN)
    sensor.begin(SensorFault.NOISE)
    said = [sensor.measure(50.0, 10.0) for _ in range(400)]
    values = [each for each in said if each is not None]
    assert len(values) == 400
    assert 48.0 < fmean(values) < 52.0
    assert 8.0 < stdev(values) < 12.0
    assert all(0.0 <= each <= 100.0 for each in values)
    sensor.mend()
    assert sensor.measure(50.0, 10.0) == 50.0


def test_one_that_drops_out_says_nothing() -> None:
    sensor = Sensor(SPAN)
    sensor.begin(SensorFault.DROPOUT)
    assert sensor.measure(20.0, 10.0) is None

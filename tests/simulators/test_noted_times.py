from domain.identity import MessageIdentity
from simulators.noted_times import NotedTimes


def test_the_first_time_of_each_message_holds() -> None:
    times = NotedTimes()
    third = MessageIdentity("gw", "b1", 3)
    times.note(third, 30)
    times.note(third, 99)
    times.note(MessageIdentity("gw", "b1", 1), 10)
    times.note(MessageIdentity("gw", "b2", 1), 11)
    assert times.get(third) == 30
    assert [times.get(MessageIdentity("gw", "b1", seq)) for seq in (0, 1, 2, 4)] == [None, 10, None, None]
    assert times.get(MessageIdentity("other", "b1", 1)) is None
    assert third in times
    assert MessageIdentity("gw", "b1", 2) not in times
    assert len(times) == 3
    assert list(times) == [MessageIdentity("gw", "b1", 1), third, MessageIdentity("gw", "b2", 1)]

"""Simulated time passes in order, and the seed decides everything."""

from domain.instant import SECOND
from simulators.device import Message
from simulators.world import Actor, World


def said(world: World, word: str) -> None:
    world.send(Message(at=world.now, topic=word, payload=b""))


def talker(world: World, word: str, every: float, times: int) -> Actor:
    for _ in range(times):
        yield every
        said(world, word)


def test_messages_come_in_the_order_of_simulated_time() -> None:
    world = World(0, seed=1)
    world.join(talker(world, "slow", 3.0, 2))
    world.join(talker(world, "quick", 2.0, 3))
    assert [(message.at // SECOND, message.topic) for message in world.run()] == [
        (2, "quick"),
        (3, "slow"),
        (4, "quick"),
        (6, "slow"),
        (6, "quick"),
    ]


def test_the_world_stops_at_the_asked_time() -> None:
    world = World(0, seed=1)
    world.join(talker(world, "on", 1.0, 100))
    assert len(list(world.run(until=5 * SECOND))) == 5


def test_an_actor_that_waits_nothing_still_lets_time_pass() -> None:
    world = World(0, seed=1)
    world.join(talker(world, "busy", 0.0, 3))
    assert [message.at for message in world.run()] == [1, 2, 3]

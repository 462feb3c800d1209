"""All deliveries of a service: one thread for each channel, started when the engine has its epoch."""

from notify.sender import Sender
from runtime.clock import wall_clock
from runtime.deliver import Delivery, Fault, Persistence, Watch
from stores.ports import Outbox


class Deliveries:
    """Wakes all of them when something was committed, and stops them together."""

    def __init__(self, on_fault: Fault) -> None:
        """None yet."""
        self._on_fault = on_fault
        self._running: list[Delivery] = []

    def start(
        self, outbox: Outbox, sender: Sender, epoch: int, persistence: Persistence, watch: Watch = lambda _: None
    ) -> None:
        """Begin to deliver what a sender is for.

        When to try again is a matter of the real world, whatever time it is in the building.
        """
        delivery = Delivery(outbox, sender, epoch, wall_clock, self._on_fault, persistence=persistence, watch=watch)
        delivery.start()
        self._running.append(delivery)

    def wake(self) -> None:
        """Something may be waiting now. Safe from any thread."""
        for delivery in self._running:
            delivery.wake()

    def stop(self) -> None:
        """Finish what is in hand, leave the rest in the outbox."""
        for delivery in reversed(self._running):
            delivery.stop()

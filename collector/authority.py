"""Topic = body = configuration: whether this sender may say this about that thing."""

from collector.decode.bodies import AccessBody, EventBody, PanelBody, ReadingsBody, ScanBody, VideoBody
from collector.refusal import Reason, Refused
from collector.topics import Topic
from domain.directory import Directory
from domain.site import Device, DeviceKind


def require_sender(topic: Topic, directory: Directory) -> Device:
    """Give the device that the topic names.

    Raises:
        Refused: `unknown_site`, `unknown_device` or `kind_not_allowed`.
    """
    device = directory.device(topic.site, topic.device)
    if device is None:
        if directory.site(topic.site) is None:
            raise Refused(Reason.UNKNOWN_SITE, f"no site '{topic.site}' is configured")
        raise Refused(Reason.UNKNOWN_DEVICE, f"no device '{topic.device}' is configured at site '{topic.site}'")
    if not directory.may_send(device, topic.kind):
        raise Refused(Reason.KIND_NOT_ALLOWED, f"'{device.id}' is a {device.kind}, which may not send {topic.kind}")
    return device


def require_same_identity(topic: Topic, body: EventBody | ReadingsBody) -> None:
    """Refuse a body that claims another sender than its topic.

    Raises:
        Refused: `identity_mismatch`.
    """
    if body.device != topic.device:
        raise Refused(Reason.IDENTITY_MISMATCH, f"the topic says device '{topic.device}', the body another")
    if body.site is not None and body.site != topic.site:
        raise Refused(Reason.IDENTITY_MISMATCH, f"the topic says site '{topic.site}', the body another")


def require_carried(body: EventBody, device: Device, directory: Directory) -> None:
    """Refuse an event about a thing that this device does not report for.

    Cameras and panels are devices themselves: they speak for themselves only, a gateway for those behind it.

    Raises:
        Refused: `not_carried`.
    """
    match body:
        case ScanBody(checkpoint=checkpoint) if not directory.may_scan(device, checkpoint):
            what = f"checkpoint '{checkpoint}'"
        case AccessBody(door=door) if not directory.carries_door(device, door):
            what = f"door '{door}'"
        case VideoBody(camera=camera) if device.kind is not DeviceKind.GATEWAY and camera != device.id:
            what = f"camera '{camera}'"
        case PanelBody(panel=panel) if device.kind is not DeviceKind.GATEWAY and panel != device.id:
            what = f"panel '{panel}'"
        case _:
            return
    raise Refused(Reason.NOT_CARRIED, f"device '{device.id}' does not report for {what}; list it in the configuration")

"""Every observation has a type name of its own, which is what stands in the journal."""

from domain.observations import (
    AccessEvent,
    CheckpointScan,
    DeviceStatus,
    PanelEvent,
    PersonSignal,
    Quarantined,
    VideoEvent,
)


def test_type_names_are_pinned_because_journals_hold_them() -> None:
    kinds = (CheckpointScan, AccessEvent, DeviceStatus, PersonSignal, VideoEvent, PanelEvent, Quarantined)
    assert [kind.__struct_config__.tag for kind in kinds] == [
        "checkpoint_scan",
        "access_event",
        "device_status",
        "person_signal",
        "video_event",
        "panel_event",
        "quarantined",
    ]

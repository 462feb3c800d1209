from pathlib import Path

import pytest

from vigil.configuration.loading import load_configuration
from vigil.example_sites import EXAMPLES, UnknownSite, site_folder


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_sound(name: str) -> None:
    assert load_configuration(site_folder(name)).configuration.sites


def test_any_folder_will_do_and_what_is_none_is_refused(tmp_path: Path) -> None:
    assert site_folder(str(tmp_path)) == tmp_path
    with pytest.raises(
        UnknownSite, match="site 'towr' is neither an example nor a folder: give 'tower' or 'riverside'"
    ):
        site_folder("towr")

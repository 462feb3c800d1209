"""`vigil labels`: a PDF with a label for each checkpoint of a site, to print, cut and stick up."""

import sys
from pathlib import Path

import msgspec

from domain.errors import VigilError
from domain.site import Checkpoint, Site
from vigil.configuration.loading import load_configuration
from vigil.labels import labels_pdf, tag_text
from vigil.settings import read_settings


class NoLabels(VigilError):
    """There is nothing to print a label for, or nowhere to write it."""


def run(config: str | None, site_id: str, out: Path, only: tuple[str, ...], *, as_json: bool) -> int:
    """Write the PDF and say what each NFC tag is to hold; gives the exit status."""
    configuration = load_configuration(Path(read_settings({"config": config}).settings.config)).configuration
    site = configuration.site(site_id)
    if site is None:
        known = ", ".join(each.id for each in configuration.sites)
        raise NoLabels(f"the configuration has no site '{site_id}': name one of: {known}")
    checkpoints = _chosen(site, only)
    try:
        out.write_bytes(labels_pdf(site, checkpoints))
    except OSError as error:
        raise NoLabels(f"{out} cannot be written ({error.strerror}): name another place with --out") from None
    tags = [(each.id, tag_text(site.id, each.id)) for each in checkpoints]
    if as_json:
        shown = {"file": str(out), "labels": [{"checkpoint": name, "text": text} for name, text in tags]}
        sys.stdout.write(msgspec.json.encode(shown).decode() + "\n")
    else:
        width = max(len(name) for name, _ in tags)
        sys.stdout.write(f"{len(tags)} labels in {out}. Text record for each NFC tag:\n")
        sys.stdout.writelines(f"  {name:{width}}  {text}\n" for name, text in tags)
    return 0


def _chosen(site: Site, only: tuple[str, ...]) -> list[Checkpoint]:
    known = {each.id: each for each in site.checkpoints}
    unknown = [name for name in only if name not in known]
    if unknown:
        raise NoLabels(f"site '{site.id}' has no checkpoint '{unknown[0]}': name one of: {', '.join(known)}")
    if not known:
        raise NoLabels(f"site '{site.id}' has no checkpoint yet: list some under 'checkpoints:'")
    return [known[name] for name in only] if only else list(site.checkpoints)

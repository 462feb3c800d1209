// What a tag says: labels carry `vigil:SITE/CHECKPOINT`, as QR code and as NFC text; another maker's tag is its own id.
const LABEL = /^vigil:([A-Za-z0-9_-]{1,64})\/([A-Za-z0-9_-]{1,64})$/;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

// {checkpoint} of a site's own tag, {foreign} with the other site's id, {unreadable} where it can be no tag of a patrol.
export function readTag(text, site) {
  const trimmed = text.trim();
  const label = LABEL.exec(trimmed);
  if (label) return label[1] === site ? { checkpoint: label[2] } : { foreign: label[1] };
  return ID.test(trimmed) ? { checkpoint: trimmed } : { unreadable: trimmed.slice(0, 80) };
}

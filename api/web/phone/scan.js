// Proving a visit: by camera, by NFC where there is any, or by hand, which is marked as weak.
import { html, useEffect, useRef, useState } from "../view.js";
import { go } from "../app/router.js";
import { said, say } from "../words/words.js";
import { hasCamera, watchCamera } from "./camera.js";
import { checkpoints, day } from "./day.js";
import { hasNfc, watchNfc } from "./nfc.js";
import { prove, tell } from "./proof.js";
import { readTag } from "./tag.js";

// Takes the first tag that is read and leaves the others alone; a tag that is no checkpoint's is told and passed over.
function useTags() {
  const taken = useRef(false);
  return (text, method) => {
    if (taken.current) return;
    const tag = readTag(text, day.value.site);
    if (tag.checkpoint) {
      taken.current = true;
      prove(tag.checkpoint, method);
    } else {
      tell(tag.foreign ? "phone.foreign_tag" : "phone.no_tag", { id: tag.foreign ?? tag.unreadable }, "bad");
    }
  };
}

// Runs a source of tags while the screen is there; gives why it cannot, or null.
function useSource(start) {
  const [trouble, setTrouble] = useState(null);
  useEffect(() => {
    let stop = null;
    let gone = false;
    start().then(
      (stopping) => {
        if (gone) stopping();
        else stop = stopping;
      },
      (error) => setTrouble(error),
    );
    return () => {
      gone = true;
      stop?.();
    };
  }, []);
  return trouble;
}

function Camera({ take }) {
  const video = useRef(null);
  const trouble = useSource(() => watchCamera(video.current, (text) => take(text, "qr")));
  return html`<div class="camera"><video ref=${video} muted playsinline aria-label=${say("phone.camera")}></video>
    <p>${trouble ? say("phone.no_camera") : say("phone.point")}</p></div>`;
}

function Nfc({ take }) {
  const trouble = useSource(() => watchNfc((text) => take(text, "nfc")));
  return html`<p class="pad">${trouble ? say("phone.no_nfc") : say("phone.hold_to_tag")}</p>`;
}

function ByHand() {
  const [chosen, setChosen] = useState("");
  const submit = (event) => {
    event.preventDefault();
    prove(chosen, "manual");
  };
  return html`<form class="by-hand" onSubmit=${submit}>
    <label class="field"><span>${say("phone.by_hand")}</span>
      <select required value=${chosen} onChange=${(event) => setChosen(event.currentTarget.value)}>
        <option value="">${say("phone.choose_checkpoint")}</option>
        ${[...checkpoints.value.values()].map(({ id, name }) => html`<option key=${id} value=${id}>${said(name)}</option>`)}
      </select></label>
    <p class="quiet">${say("phone.by_hand_weak")}</p>
    <button type="submit" class="wide">${say("phone.by_hand_submit")}</button>
  </form>`;
}

export function Scan() {
  const take = useTags();
  return html`<h1>${say("phone.scan_title")}</h1>
    ${hasCamera() ? html`<${Camera} take=${take} />` : html`<p class="pad">${say("phone.no_camera")}</p>`}
    ${hasNfc() && html`<${Nfc} take=${take} />`}
    <${ByHand} />
    <button type="button" class="wide" onClick=${() => go("tours")}>${say("phone.back")}</button>`;
}

// Reads NFC tags where the browser can (Chrome on Android, over HTTPS).
export const hasNfc = () => "NDEFReader" in globalThis;

// A tag's text, or its serial number where it carries none.
function textOf({ message, serialNumber }) {
  const record = message.records.find((one) => one.recordType === "text" || one.recordType === "url");
  if (!record) return serialNumber.replaceAll(":", "");
  return new TextDecoder(record.encoding || "utf-8").decode(record.data);
}

// Tells each tag that is held to the phone; gives a function that stops it. Raises where it is not allowed.
export async function watchNfc(tell) {
  const control = new AbortController();
  const reader = new NDEFReader();
  reader.onreading = (event) => tell(textOf(event));
  await reader.scan({ signal: control.signal });
  return () => control.abort();
}

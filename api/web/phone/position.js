// Where the phone is, for as long as somebody asks: a fix is evidence beside a scan, and never awaited.
const FRESH_MS = 60000;

let last = null;
let watching = null;

export function watchPosition() {
  if (watching !== null || !navigator.geolocation) return;
  const options = { enableHighAccuracy: true, maximumAge: FRESH_MS };
  watching = navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => {
      last = { at: timestamp, lat: coords.latitude, lon: coords.longitude, accuracy_m: coords.accuracy };
    },
    () => {},
    options,
  );
}

export function forgetPosition() {
  if (watching !== null) navigator.geolocation.clearWatch(watching);
  watching = null;
}

// As a message's `position`: {} where nothing recent is known.
export function position() {
  if (!last || Date.now() - last.at > FRESH_MS) return {};
  const { lat, lon, accuracy_m } = last;
  return { position: { lat, lon, accuracy_m: Math.min(accuracy_m, 100000) } };
}

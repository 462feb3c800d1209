// Reads QR codes from the phone's camera: by the browser where it can, else by jsQR, fetched when it is first needed.
const EVERY_MS = 150;
const WIDEST = 640;

export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

async function browsersDetector() {
  if (!("BarcodeDetector" in globalThis)) return null;
  const formats = await BarcodeDetector.getSupportedFormats();
  if (!formats.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  return async (video) => (await detector.detect(video))[0]?.rawValue ?? null;
}

async function ownDetector() {
  const { default: jsQR } = await import("../vendor/jsqr.js");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, WIDEST / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    return jsQR(data, width, height)?.data ?? null;
  };
}

// Shows the camera in `video` and tells each code that it sees; gives a function that stops it. Raises where the officer
// or the browser allows no camera.
export async function watchCamera(video, tell) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  let timer = null;
  let stopped = false;
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    stream.getTracks().forEach((track) => track.stop());
  };
  try {
    video.srcObject = stream;
    await video.play();
    const detect = (await browsersDetector()) ?? (await ownDetector());
    const look = async () => {
      const found = video.videoWidth > 0 ? await detect(video).catch(() => null) : null;
      if (stopped) return;
      if (found) tell(found);
      timer = setTimeout(look, EVERY_MS);
    };
    look();
  } catch (error) {
    stop();
    throw error;
  }
  return stop;
}

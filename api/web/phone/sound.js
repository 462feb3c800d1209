// The sound of a loud call for help: two tones, again and again until it is stopped.
const TONES = [880, 660];
const TONE_MS = 400;

// Starts it and gives a function that stops it; silent where the browser makes no sound.
export function alarmSound() {
  const context = globalThis.AudioContext ? new AudioContext() : null;
  if (!context) return () => {};
  const oscillator = context.createOscillator();
  oscillator.type = "square";
  oscillator.connect(context.destination);
  oscillator.start();
  let turn = 0;
  const change = () => {
    oscillator.frequency.value = TONES[turn % TONES.length];
    turn += 1;
    navigator.vibrate?.(TONE_MS / 2);
  };
  change();
  const timer = setInterval(change, TONE_MS);
  return () => {
    clearInterval(timer);
    context.close();
  };
}
